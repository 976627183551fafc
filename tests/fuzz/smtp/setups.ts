import { COMMON_DRAFTS, lineDrafts, type LineDraft, setupsOf } from "../setup.ts";

interface SmtpDraft extends LineDraft {
  readonly dialect?: string;
}

const DRAFTS: Readonly<Record<string, SmtpDraft>> = {
  ...COMMON_DRAFTS,
  ...lineDrafts(512, "eod"),
  lmtp: { dialect: "lmtp", verbosity: "high" },
  smtp: { dialect: "smtp" },
  "record, plain, lmtp": { access_log: { record: true, identities: "plain" }, dialect: "lmtp" },
};

/** Every configuration of SMTP. */
export const SETUPS = setupsOf(DRAFTS);
