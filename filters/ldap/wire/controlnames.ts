import { words } from "../../../assembly/bytes/words";
import { isDigit, Slice } from "../../../assembly/bytes/slice";

/** Controls (label `control`; docs/ldap.md, rule 17), in the order of `CONTROLS`; one name for both directions. */
export const enum Control {
  /** RFC 2696. */
  paged,
  /** RFC 2891. */
  sort,
  vlv,
  persistent_search,
  /** RFC 4533: request, state, done. */
  sync,
  /** RFC 4370, and its draft. */
  proxy_authz,
  /** [MS-ADTS] §3.1.1.3.4.1. */
  dirsync,
  // What follows is told apart at verbosity `high` only.
  /** RFC 3829. */
  authzid,
  /** RFC 3296. */
  manage_dsa_it,
  password_expired,
  password_expiring,
  ppolicy,
  account_usable,
  /** Get effective rights. */
  ger,
  /** RFC 3672. */
  subentries,
  /** RFC 4528. */
  assertion,
  /** RFC 4527. */
  pre_read,
  post_read,
  /** RFC 5805. */
  txn_spec,
  /** RFC 6171. */
  dont_use_copy,
  /** RFC 3876. */
  matched_values,
  session_tracking,
  chaining,
  show_deleted,
  extended_dn,
  sd_flags,
  lazy_commit,
  tree_delete,
  permissive_modify,
  domain_scope,
  search_options,
  asq,
  quota,
  range,
  policy_hints,
  show_recycled,
  show_deactivated_link,
  dirsync_ex,
  notification,
  other,
}

/** Label values of `Control`, by its number. */
export const CONTROLS: string[] = words(`
  paged sort vlv persistent_search sync proxy_authz dirsync authzid manage_dsa_it password_expired
  password_expiring ppolicy account_usable ger subentries assertion pre_read post_read txn_spec
  dont_use_copy matched_values session_tracking chaining show_deleted extended_dn sd_flags lazy_commit
  tree_delete permissive_modify domain_scope search_options asq quota range policy_hints show_recycled
  show_deactivated_link dirsync_ex notification other
`);

/** Controls there are. */
export const CONTROL_COUNT: i32 = 40;

/** Controls that have a name of their own below verbosity `high`: the first ones. */
export const MAIN_CONTROLS: i32 = 7;

const MICROSOFT: string = "1.2.840.113556.1.4.";
const NETSCAPE: string = "2.16.840.1.113730.3.4.";

export function controlOf(oid: Slice): Control {
  if (oid.startsWith(MICROSOFT)) return ofMicrosoft(numberBehind(oid, MICROSOFT.length));
  if (oid.startsWith(NETSCAPE)) return ofNetscape(numberBehind(oid, NETSCAPE.length));
  if (oid.startsWith("1.3.6.1.4.1.")) return ofEnterprises(oid);
  if (oid.equals("1.3.6.1.1.12")) return Control.assertion;
  if (oid.equals("1.3.6.1.1.13.1")) return Control.pre_read;
  if (oid.equals("1.3.6.1.1.13.2")) return Control.post_read;
  if (oid.equals("1.3.6.1.1.21.2")) return Control.txn_spec;
  if (oid.equals("1.3.6.1.1.22")) return Control.dont_use_copy;
  if (oid.equals("1.2.826.0.1.3344810.2.3")) return Control.matched_values;
  return Control.other;
}

/** Whether the OID is a request's: the controls that can keep a search open share their name with what answers them. */
export function isOfRequest(control: Control, oid: Slice): bool {
  if (control == Control.persistent_search) return oid.equals("2.16.840.1.113730.3.4.3");
  return control != Control.sync || oid.equals("1.3.6.1.4.1.4203.1.9.1.1");
}

function ofMicrosoft(number: u32): Control {
  switch (number) {
    case 319:
      return Control.paged;
    case 417:
      return Control.show_deleted;
    case 473:
    case 474:
      return Control.sort;
    case 528:
      return Control.notification;
    case 529:
      return Control.extended_dn;
    case 619:
      return Control.lazy_commit;
    case 801:
      return Control.sd_flags;
    case 802:
      return Control.range;
    case 805:
      return Control.tree_delete;
    case 841:
      return Control.dirsync;
    case 1339:
      return Control.domain_scope;
    case 1340:
      return Control.search_options;
    case 1413:
      return Control.permissive_modify;
    case 1504:
      return Control.asq;
    case 1852:
      return Control.quota;
    case 2064:
      return Control.show_recycled;
    case 2065:
      return Control.show_deactivated_link;
    case 2066:
    case 2239:
      return Control.policy_hints;
    case 2090:
      return Control.dirsync_ex;
    default:
      return Control.other;
  }
}

function ofNetscape(number: u32): Control {
  switch (number) {
    case 2:
      return Control.manage_dsa_it;
    case 3:
    case 7:
      return Control.persistent_search;
    case 4:
      return Control.password_expired;
    case 5:
      return Control.password_expiring;
    case 9:
    case 10:
      return Control.vlv;
    case 12:
    case 18:
      return Control.proxy_authz;
    case 15:
    case 16:
      return Control.authzid;
    default:
      return Control.other;
  }
}

function ofEnterprises(oid: Slice): Control {
  if (oid.equals("1.3.6.1.4.1.4203.1.9.1.1")) return Control.sync;
  if (oid.equals("1.3.6.1.4.1.4203.1.9.1.2")) return Control.sync;
  if (oid.equals("1.3.6.1.4.1.4203.1.9.1.3")) return Control.sync;
  if (oid.equals("1.3.6.1.4.1.4203.1.10.1")) return Control.subentries;
  if (oid.equals("1.3.6.1.4.1.42.2.27.8.5.1")) return Control.ppolicy;
  if (oid.equals("1.3.6.1.4.1.42.2.27.9.5.2")) return Control.ger;
  if (oid.equals("1.3.6.1.4.1.42.2.27.9.5.8")) return Control.account_usable;
  if (oid.equals("1.3.6.1.4.1.4203.666.11.3")) return Control.chaining;
  if (oid.equals("1.3.6.1.4.1.21008.108.63.1")) return Control.session_tracking;
  return Control.other;
}

/** Most digits of the last number of an OID that is known. */
const MAX_DIGITS: i32 = 4;

/** The number from `from` to the end; 0 where there is none such. */
function numberBehind(oid: Slice, from: i32): u32 {
  const digits = oid.length - from;
  if (digits < 1 || digits > MAX_DIGITS) return 0;
  let number: u32 = 0;
  for (let at = oid.start + <usize>from; at < oid.end; at++) {
    const byte = load<u8>(at);
    if (!isDigit(byte)) return 0;
    number = number * 10 + <u32>(byte - 0x30);
  }
  return load<u8>(oid.start + <usize>from) == 0x30 ? 0 : number;
}
