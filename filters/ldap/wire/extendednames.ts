import { words } from "../../../assembly/bytes/words";
import { Slice } from "../../../assembly/bytes/slice";

/** Extended operations (label `name`, docs/ldap.md), in the order of `EXTENDED_NAMES`. */
export const enum ExtendedName {
  /** RFC 4511 §4.14. */
  starttls,
  /** RFC 4532. */
  whoami,
  /** RFC 3062. */
  passwd_modify,
  /** RFC 3909. */
  cancel,
  /** RFC 5805. */
  txn_start,
  txn_end,
  /** RFC 2589. */
  refresh,
  /** [MS-ADTS] §3.1.1.3.4.2. */
  fast_bind,
  batch,
  other,
}

/** Label values of `ExtendedName`, by its number. */
export const EXTENDED_NAMES: string[] = words(
  "starttls whoami passwd_modify cancel txn_start txn_end refresh fast_bind batch other",
);

/** Notices (label `kind` of unsolicited_total), in the order of `NOTICES`. */
export const enum Notice {
  /** RFC 4511 §4.4.1. */
  disconnect,
  /** RFC 5805 §3.3. */
  aborted_transaction,
  other,
}

/** Label values of `Notice`, by its number. */
export const NOTICES: string[] = words("disconnect aborted_transaction other");

/** Longest OID that is told from another; longer ones are `other`. */
export const MAX_OID: u32 = 64;

export function extendedNameOf(oid: Slice): ExtendedName {
  if (oid.equals("1.3.6.1.4.1.1466.20037")) return ExtendedName.starttls;
  if (oid.equals("1.3.6.1.4.1.4203.1.11.3")) return ExtendedName.whoami;
  if (oid.equals("1.3.6.1.4.1.4203.1.11.1")) return ExtendedName.passwd_modify;
  if (oid.equals("1.3.6.1.1.8")) return ExtendedName.cancel;
  if (oid.equals("1.3.6.1.1.21.1")) return ExtendedName.txn_start;
  if (oid.equals("1.3.6.1.1.21.3")) return ExtendedName.txn_end;
  if (oid.equals("1.3.6.1.4.1.1466.101.119.1")) return ExtendedName.refresh;
  if (oid.equals("1.2.840.113556.1.4.1781")) return ExtendedName.fast_bind;
  if (oid.equals("1.2.840.113556.1.4.2212")) return ExtendedName.batch;
  return ExtendedName.other;
}

export function noticeOf(oid: Slice): Notice {
  if (oid.equals("1.3.6.1.4.1.1466.20036")) return Notice.disconnect;
  if (oid.equals("1.3.6.1.1.21.4")) return Notice.aborted_transaction;
  return Notice.other;
}

/** Whether an intermediate response of this name is a Sync Info message (RFC 4533 §2.5). */
export function isSyncInfo(oid: Slice): bool {
  return oid.equals("1.3.6.1.4.1.4203.1.9.1.4");
}
