import { COMMON_DRAFTS, lineDrafts, setupsOf } from "../setup.ts";

/** Every configuration of POP3. */
export const SETUPS = setupsOf({ ...COMMON_DRAFTS, ...lineDrafts(255, "retr") });
