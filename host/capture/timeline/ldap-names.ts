// Names of what messages hold as numbers.

/** Result codes (RFC 4511 appendix A, RFC 3909, RFC 4533 …). */
const RESULTS: Readonly<Record<number, string>> = {
  0: "success",
  1: "operationsError",
  2: "protocolError",
  3: "timeLimitExceeded",
  4: "sizeLimitExceeded",
  5: "compareFalse",
  6: "compareTrue",
  7: "authMethodNotSupported",
  8: "strongerAuthRequired",
  10: "referral",
  11: "adminLimitExceeded",
  12: "unavailableCriticalExtension",
  13: "confidentialityRequired",
  14: "saslBindInProgress",
  16: "noSuchAttribute",
  17: "undefinedAttributeType",
  18: "inappropriateMatching",
  19: "constraintViolation",
  20: "attributeOrValueExists",
  21: "invalidAttributeSyntax",
  32: "noSuchObject",
  33: "aliasProblem",
  34: "invalidDNSyntax",
  36: "aliasDereferencingProblem",
  48: "inappropriateAuthentication",
  49: "invalidCredentials",
  50: "insufficientAccessRights",
  51: "busy",
  52: "unavailable",
  53: "unwillingToPerform",
  54: "loopDetect",
  60: "sortControlMissing",
  61: "offsetRangeError",
  64: "namingViolation",
  65: "objectClassViolation",
  66: "notAllowedOnNonLeaf",
  67: "notAllowedOnRDN",
  68: "entryAlreadyExists",
  69: "objectClassModsProhibited",
  71: "affectsMultipleDSAs",
  76: "virtualListViewError",
  80: "other",
  118: "canceled",
  119: "noSuchOperation",
  120: "tooLate",
  121: "cannotCancel",
  122: "assertionFailed",
  123: "authorizationDenied",
  4096: "e-syncRefreshRequired",
};

/** `noSuchObject (32)`; success without its number. */
export function resultText(code: number): string {
  const name = RESULTS[code];
  if (name === undefined) return `result ${code}`;
  return code === 0 ? name : `${name} (${code})`;
}

/** Extended operations, notices and intermediate responses. */
const OIDS: Readonly<Record<string, string>> = {
  "1.3.6.1.4.1.1466.20037": "StartTLS",
  "1.3.6.1.4.1.4203.1.11.1": "Password Modify",
  "1.3.6.1.4.1.4203.1.11.3": "Who am I?",
  "1.3.6.1.1.8": "Cancel",
  "1.3.6.1.1.21.1": "Start Transaction",
  "1.3.6.1.1.21.3": "End Transaction",
  "1.3.6.1.1.21.4": "Aborted Transaction Notice",
  "1.3.6.1.4.1.1466.101.119.1": "Refresh",
  "1.3.6.1.4.1.1466.20036": "Notice of Disconnection",
  "1.2.840.113556.1.4.1781": "Fast Bind",
  "1.2.840.113556.1.4.2212": "Batch",
  "1.3.6.1.4.1.4203.1.9.1.4": "Sync Info",
};

export function oidText(oid: string): string {
  return OIDS[oid] ?? oid;
}

/** Scopes of a search as `ldapsearch -s` has them. */
export const SCOPES = ["base", "one", "sub", "subordinate"];

/** What a modification does (RFC 4511 §4.6, RFC 4525). */
export const CHANGES = ["add", "delete", "replace", "increment"];
