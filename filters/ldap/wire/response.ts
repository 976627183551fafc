import { Slice } from "../../../assembly/bytes/slice";
import { adReasonOf, AD_TEXT_BYTES, NO_AD_REASON } from "./adreasons";
import { Anomaly } from "./anomalies";
import { readString } from "./bind";
import { Elements, Took } from "./elements";
import { isSyncInfo, MAX_OID, Notice, noticeOf } from "./extendednames";
import { Message } from "./message";
import { Code, NO_CODE } from "./results";
import { REFERRAL, REQUEST_NAME, RESPONSE_NAME, Tag } from "./tags";

const enum Step {
  code,
  codeValue,
  matchedDn,
  text,
  textValue,
  rest,
  responseName,
}

/** Codes are small; what does not fit here is none that anybody knows. */
const MAX_CODE: i64 = 0x7fff_ffff;

export function beginResponse(m: Message): void {
  m.code = NO_CODE;
  m.hasReferral = false;
  m.adReason = NO_AD_REASON;
  m.notice = Notice.other;
}

/** What every final response begins with (RFC 4511 §4.1.9), and what may follow it; it ends at `end`. */
export function readResult(e: Elements, m: Message, input: Slice, end: u32): Took {
  let took = Took.ready;
  while (took == Took.ready) took = e.arrive(input) ? readStep(e, m, input, end) : Took.more;
  return took;
}

function readStep(e: Elements, m: Message, input: Slice, end: u32): Took {
  let took = Took.ready;
  switch (e.step) {
    case Step.code:
      took = e.header(input, end);
      if (took == Took.ready && e.tag != Tag.enumerated) took = e.fail(Anomaly.bad_tag);
      break;
    case Step.codeValue:
      if (!e.integer(input)) return Took.more;
      m.code = !e.isHuge && e.number >= 0 && e.number <= MAX_CODE ? <i32>e.number : NO_CODE;
      break;
    case Step.matchedDn:
      took = readString(e, input, end);
      if (took == Took.ready) e.leap(e.end);
      break;
    case Step.text:
      took = readString(e, input, end);
      break;
    case Step.textValue:
      if (!readText(e, m, input)) return Took.more;
      break;
    case Step.rest:
      return readRest(e, m, input, end);
    default:
      if (!e.collect(input, MAX_OID + 1)) return Took.more;
      m.notice = noticeOf(e.value);
      e.step = Step.rest;
      return Took.ready;
  }
  if (took == Took.ready) e.step++;
  return took;
}

/** Active Directory says in the text why it refused a bind. */
function readText(e: Elements, m: Message, input: Slice): bool {
  if (m.tag != Tag.bindResponse || m.code != Code.invalidCredentials) {
    e.leap(e.end);
    return true;
  }
  if (!e.collect(input, AD_TEXT_BYTES)) return false;
  m.adReason = adReasonOf(e.value, e.length > AD_TEXT_BYTES);
  return true;
}

/** What follows the text: a referral, the name of an ExtendedResponse, or something that is of no interest. */
function readRest(e: Elements, m: Message, input: Slice, end: u32): Took {
  if (e.at == end) return Took.done;
  const took = e.header(input, end);
  if (took != Took.ready) return took;
  if (e.tag == RESPONSE_NAME && m.tag == Tag.extendedResponse) {
    e.step = Step.responseName;
    return Took.ready;
  }
  if (e.tag == REFERRAL) m.hasReferral = true;
  e.leap(e.end);
  return Took.ready;
}

/** An IntermediateResponse (RFC 4511 §4.13) that ends at `end`. */
export function readIntermediate(e: Elements, m: Message, input: Slice, end: u32): Took {
  if (e.step == 0) {
    m.isSyncInfo = false;
    if (e.at == end) return Took.done;
    const took = e.header(input, end);
    if (took != Took.ready || e.tag != REQUEST_NAME) return took;
    e.step = 1;
  }
  if (!e.collect(input, MAX_OID + 1)) return Took.more;
  m.isSyncInfo = isSyncInfo(e.value);
  return Took.done;
}
