/** First octets of the elements that LDAP is made of (RFC 4511, appendix B). */
export const enum Tag {
  boolean = 0x01,
  integer = 0x02,
  octetString = 0x04,
  enumerated = 0x0a,
  constructedString = 0x24,
  sequence = 0x30,
  set = 0x31,

  bindRequest = 0x60,
  bindResponse = 0x61,
  unbindRequest = 0x42,
  searchRequest = 0x63,
  searchResultEntry = 0x64,
  searchResultDone = 0x65,
  modifyRequest = 0x66,
  modifyResponse = 0x67,
  addRequest = 0x68,
  addResponse = 0x69,
  delRequest = 0x4a,
  delResponse = 0x6b,
  modifyDnRequest = 0x6c,
  modifyDnResponse = 0x6d,
  compareRequest = 0x6e,
  compareResponse = 0x6f,
  abandonRequest = 0x50,
  searchResultReference = 0x73,
  extendedRequest = 0x77,
  extendedResponse = 0x78,
  intermediateResponse = 0x79,

  /** LDAPMessage.controls */
  controls = 0xa0,
}

/** AuthenticationChoice; the Sicily ones are Microsoft's ([MS-ADTS] §5.1.1.1.3). */
export const enum AuthTag {
  simple = 0x80,
  sasl = 0xa3,
  sicilyDiscovery = 0x89,
  sicilyNegotiate = 0x8a,
  sicilyResponse = 0x8b,
}

/** Filter */
export const enum FilterTag {
  and = 0xa0,
  or = 0xa1,
  not = 0xa2,
  equality = 0xa3,
  substrings = 0xa4,
  greaterOrEqual = 0xa5,
  lessOrEqual = 0xa6,
  present = 0x87,
  approx = 0xa8,
  extensible = 0xa9,
}

/** First of the substrings of a filter: what the value begins with. */
export const SUBSTRING_INITIAL: u32 = 0x80;

/** LDAPResult.referral */
export const REFERRAL: u32 = 0xa3;

/** ExtendedRequest.requestName, IntermediateResponse.responseName */
export const REQUEST_NAME: u32 = 0x80;

/** ExtendedResponse.responseName */
export const RESPONSE_NAME: u32 = 0x8a;

/** Bits of a tag that tell its class. */
const CLASS_BITS: u32 = 0xc0;
const APPLICATION: u32 = 0x40;
/** All of these set: the tag's number follows in further octets. */
const NUMBER_BITS: u32 = 0x1f;
const CONSTRUCTED: u32 = 0x20;

/** Whether the tag, which is not in high form, can be that of an operation: APPLICATION class. */
export function isOperation(tag: u32): bool {
  return (tag & CLASS_BITS) == APPLICATION;
}

/** Whether the tag's number follows in further octets, which no element of LDAP has. */
export function isHighForm(tag: u32): bool {
  return (tag & NUMBER_BITS) == NUMBER_BITS;
}

export function isPrimitive(tag: u32): bool {
  return (tag & CONSTRUCTED) == 0;
}
