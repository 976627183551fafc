import { words } from "../../../assembly/bytes/words";
import { Buffer } from "../../../assembly/bytes/buffer";
import { NO_AD_REASON } from "./adreasons";
import { NO_ANOMALY } from "./anomalies";
import { CONTROL_COUNT, Control } from "./controlnames";
import { ExtendedName, Notice } from "./extendednames";
import { Mechanism } from "./mechanisms";
import { NO_CODE } from "./results";

/** How a bind proves who the client is (RFC 4511 §4.2). */
export const enum AuthChoice {
  simple,
  sasl,
  sicilyDiscovery,
  sicilyNegotiate,
  sicilyResponse,
  /** LDAPv2's Kerberos, anything else, or unreadable. */
  other,
}

/** Scopes of a search (label `scope`), in the order of `SCOPES`; the first four by their number on the wire. */
export const enum Scope {
  base,
  one,
  sub,
  subordinate,
  other,
}

/** Label values of `Scope`, by its number. */
export const SCOPES: string[] = words("base one sub subordinate other");

/** Shapes of a search's filter (label `shape`; docs/ldap.md, rule 16), in the order of `SHAPES`. */
export const enum Shape {
  eq,
  presence,
  substr_initial,
  /** Begins with a wildcard. */
  substr_leading,
  range,
  approx,
  ext,
  not_only,
  /** AND or OR with an equality that no NOT is around. */
  compound_eq,
  compound_no_eq,
  /** RFC 4526. */
  true_false,
  invalid,
}

/** Label values of `Shape`, by its number. */
export const SHAPES: string[] = words(`
  eq presence substr_initial substr_leading range approx ext not_only compound_eq compound_no_eq
  true_false invalid
`);

/** A cap that a filter reached. */
export const enum FilterCap {
  none,
  depth,
  nodes,
}

/** No page size was asked for. */
export const NO_PAGE: i64 = -1;

/** What was read of one message; complete when the reader says so. Fields of other operations hold what they held. */
@final
export class Message {
  /** Octets of the whole message. */
  size: u32 = 0;
  /** The message ID, with its sign, … */
  idNumber: i64 = 0;
  /** … in so many octets, … */
  idOctets: u32 = 0;
  /** … and whether it has more than 64 bits. */
  isIdHuge: bool = false;
  /** Tag of the operation. */
  tag: u32 = 0;
  /** First fault inside the operation or the controls, an `Anomaly`, or NO_ANOMALY. */
  fault: i32 = NO_ANOMALY;
  isNonminimal: bool = false;
  hasTrailing: bool = false;

  /** Controls, and those of them that are critical. */
  controls: u32 = 0;
  criticalControls: u32 = 0;
  isPersistent: bool = false;
  isPageContinued: bool = false;
  /** Entries that a page is to have, or NO_PAGE. */
  pageSize: i64 = NO_PAGE;

  // Bind
  version: i64 = 0;
  isNameEmpty: bool = true;
  choice: AuthChoice = AuthChoice.other;
  /** simple: whether there is a password; SASL: whether there are credentials. */
  hasCredentials: bool = false;
  /** Offset where the SASL credentials end. */
  saslEnd: u32 = 0;
  mechanism: Mechanism = Mechanism.other;
  mechanismPrint: u32 = 0;
  /** SASL: the request names no mechanism. */
  isMechanismEmpty: bool = false;
  /** SASL PLAIN, or no mechanism: credentials of PLAIN's form hold a password that is not empty. */
  hasPlainPassword: bool = false;
  /** Separators seen in the credentials of SASL PLAIN. */
  plainSeparators: i32 = 0;
  /** Whether `name` is to be kept, … */
  wantsName: bool = false;
  /** … and the name: as much of it as is kept, null where there is none. */
  name: Buffer | null = null;

  // Search
  scope: Scope = Scope.other;
  isBaseEmpty: bool = false;
  isTypesOnly: bool = false;
  shape: Shape = Shape.invalid;
  isFilterRead: bool = false;
  /** The filter is `(objectClass=*)`. */
  isAnyObject: bool = false;
  filterCap: FilterCap = FilterCap.none;
  filterDepth: i32 = 0;
  filterNodes: i32 = 0;
  /** An equality that no NOT is around. */
  hasEquality: bool = false;
  areAttributesRead: bool = false;
  /** Offset where the list of attributes ends. */
  attributesEnd: u32 = 0;
  attributes: u32 = 0;
  hasAllAttributes: bool = false;
  hasNoAttributes: bool = false;

  // Abandon
  abandonedId: u32 = 0;

  // Extended, intermediate
  extendedName: ExtendedName = ExtendedName.other;
  notice: Notice = Notice.other;
  isSyncInfo: bool = false;

  // Responses
  code: i32 = NO_CODE;
  hasReferral: bool = false;
  /** Place in `AD_REASONS`, or NO_AD_REASON. */
  adReason: i32 = NO_AD_REASON;

  /** `counts`: memory of CONTROL_COUNT numbers of 32 bits. */
  constructor(private readonly counts: usize) {}

  /** The low 32 bits of the message ID, by which requests and responses are matched (rule 6). */
  get id(): u32 {
    return <u32>this.idNumber;
  }

  /** A message begins. */
  begin(): void {
    this.fault = NO_ANOMALY;
    this.isNonminimal = false;
    this.hasTrailing = false;
    if (this.controls != 0) memory.fill(this.counts, 0, (<usize>CONTROL_COUNT) << 2);
    this.controls = 0;
    this.criticalControls = 0;
    this.isPersistent = false;
    this.isPageContinued = false;
    this.pageSize = NO_PAGE;
  }

  /** Something is wrong inside; only the first fault of a message counts. */
  spoil(fault: i32): void {
    if (this.fault == NO_ANOMALY) this.fault = fault;
  }

  addControl(control: Control): void {
    const place = this.counts + ((<usize>control) << 2);
    store<u32>(place, load<u32>(place) + 1);
    this.controls++;
  }

  /** How often the message has this control. */
  countOf(control: Control): u32 {
    return load<u32>(this.counts + ((<usize>control) << 2));
  }
}
