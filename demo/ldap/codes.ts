/** Result codes that the demo's server gives (RFC 4511 appendix A). */
export const CODE = {
  success: 0,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  compareFalse: 5,
  compareTrue: 6,
  referral: 10,
  unavailableCriticalExtension: 12,
  noSuchAttribute: 16,
  inappropriateMatching: 18,
  noSuchObject: 32,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  unwillingToPerform: 53,
  notAllowedOnNonLeaf: 66,
  entryAlreadyExists: 68,
} as const;

/** A group of result codes, as a label. */
export type ResultClass = "success" | "referral" | "security" | "limit" | "not_found" | "invalid" | "server";

const CLASSES: Readonly<Record<number, ResultClass>> = {
  [CODE.success]: "success",
  [CODE.compareFalse]: "success",
  [CODE.compareTrue]: "success",
  [CODE.timeLimitExceeded]: "limit",
  [CODE.sizeLimitExceeded]: "limit",
  [CODE.referral]: "referral",
  [CODE.noSuchObject]: "not_found",
  [CODE.invalidCredentials]: "security",
  [CODE.insufficientAccessRights]: "security",
  [CODE.unwillingToPerform]: "server",
};

/** The group of a code that this server gives; the others all mean a wrong request. */
export function classOf(code: number): ResultClass {
  return CLASSES[code] ?? "invalid";
}

/** A code that this server gives, in words: `invalid credentials`. */
export function codeWords(code: number): string {
  const [name = `code ${code}`] = Object.entries(CODE).find(([, known]) => known === code) ?? [];
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** What a bind came to, as a label. */
export function bindResult(code: number): string {
  const results: Readonly<Record<number, string>> = {
    [CODE.success]: "success",
    [CODE.protocolError]: "protocol_error",
    [CODE.invalidCredentials]: "invalid_credentials",
    [CODE.unwillingToPerform]: "unwilling",
  };
  return results[code] ?? "other";
}

/** Object identifiers of extended operations. */
export const STARTTLS = "1.3.6.1.4.1.1466.20037";
export const WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3";

/** The extended operation, as a label. */
export function extendedName(oid: string): string {
  const names: Readonly<Record<string, string>> = {
    [STARTTLS]: "starttls",
    [WHO_AM_I]: "whoami",
    "1.3.6.1.4.1.4203.1.11.1": "passwd_modify",
    "1.3.6.1.1.8": "cancel",
  };
  return names[oid] ?? "other";
}

/** Object identifiers of controls. */
export const PAGED = "1.2.840.113556.1.4.319";
export const SORT = "1.2.840.113556.1.4.473";
const SORTED = "1.2.840.113556.1.4.474";

/** The control, as a label of the filter's at verbosity `standard`. */
export function controlName(oid: string): string {
  const names: Readonly<Record<string, string>> = { [PAGED]: "paged", [SORT]: "sort", [SORTED]: "sort" };
  return names[oid] ?? "other";
}
