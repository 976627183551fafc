import { words } from "../../../assembly/bytes/words";

/** Groups of result codes (label `class`; docs/ldap.md, rule 12), in the order of `RESULT_CLASSES`. */
export const enum ResultClass {
  success,
  /** A bind goes on (`continue`). */
  continued,
  referral,
  /** Who the client is, or what it may do. */
  security,
  /** More than the server gives. */
  limit,
  not_found,
  /** The request is wrong. */
  invalid,
  /** The server is at fault. */
  server,
  unknown,
}

/** Label values of `ResultClass`, by its number. */
export const RESULT_CLASSES: string[] = words(
  "success continue referral security limit not_found invalid server unknown",
);

/** Result codes that are looked at (RFC 4511 §4.1.9, appendix A). */
export const enum Code {
  success = 0,
  operationsError = 1,
  protocolError = 2,
  strongerAuthRequired = 8,
  referral = 10,
  confidentialityRequired = 13,
  saslBindInProgress = 14,
  inappropriateAuthentication = 48,
  invalidCredentials = 49,
  unwillingToPerform = 53,
  /** RFC 3909 §2.3. */
  canceled = 118,
}

/** What stands for a code that is negative or cannot be read. */
export const NO_CODE: i32 = -1;

/** Codes that client libraries use among themselves (LDAP_SERVER_DOWN … LDAP_REFERRAL_LIMIT_EXCEEDED). */
export function isApiCode(code: i32): bool {
  return code >= 81 && code <= 112;
}

/** The class of a code. `isAuthenticated`: a bind that proves who the client is has succeeded (rule 12). */
export function classOf(code: i32, isAuthenticated: bool): ResultClass {
  switch (code) {
    case 0:
    case 5:
    case 6:
      return ResultClass.success;
    case 14:
      return ResultClass.continued;
    case 9:
    case 10:
      return ResultClass.referral;
    case 7:
    case 8:
    case 13:
    case 48:
    case 49:
    case 50:
    case 123:
      return ResultClass.security;
    case 3:
    case 4:
    case 11:
      return ResultClass.limit;
    case 32:
      return ResultClass.not_found;
    case 1:
      return isAuthenticated ? ResultClass.server : ResultClass.security;
    case 51:
    case 52:
    case 53:
    case 80:
      return ResultClass.server;
    default:
      return isInvalid(code) ? ResultClass.invalid : ResultClass.unknown;
  }
}

function isInvalid(code: i32): bool {
  if (code == 2 || code == 12 || code == 33 || code == 34 || code == 36 || code == 54) return true;
  if (code == 60 || code == 61 || code == 76) return true;
  if (code >= 16 && code <= 21) return true;
  return (code >= 64 && code <= 71) || (code >= 118 && code <= 122);
}
