import { Slice } from "../../../assembly/bytes/slice";
import { Anomaly } from "./anomalies";
import { readString } from "./bind";
import { Control, controlOf, isOfRequest } from "./controlnames";
import { Elements, Took } from "./elements";
import { MAX_OID } from "./extendednames";
import { Message } from "./message";
import { Tag } from "./tags";

const enum Step {
  /** At a control, or behind the last one. */
  control,
  name,
  nameValue,
  /** criticality, controlValue, or the end of the control. */
  rest,
  criticality,
  value,
}

/** Octets of a control's value that are looked at: three headers in the long form, a number, and some to spare. */
const VALUE_BYTES: u32 = 40;

/** Octets of the largest number that LDAP has: maxInt, 2,147,483,647 (RFC 4511 §4.1.1). */
const MAX_NUMBER: u32 = 4;

/** refreshAndPersist (RFC 4533 §2.2). */
const MODE_PERSIST: i64 = 3;

/** Controls (RFC 4511 §4.1.11) up to `end`. */
@final
export class ControlsReader {
  private step: Step = Step.control;
  /** Where the control at hand ends, and which it is. */
  private controlEnd: u32 = 0;
  private control: Control = Control.other;
  /** It is the one that clients send, not what servers answer to it. */
  private isAsked: bool = false;
  /** Only there a BOOLEAN is the criticality; what a server makes of another one is its own affair. */
  private isBehindName: bool = false;

  begin(): void {
    this.step = Step.control;
  }

  read(e: Elements, m: Message, input: Slice, end: u32): Took {
    let took = Took.ready;
    while (took == Took.ready) took = e.arrive(input) ? this.readStep(e, m, input, end) : Took.more;
    return took;
  }

  private readStep(e: Elements, m: Message, input: Slice, end: u32): Took {
    switch (this.step) {
      case Step.control:
        return this.readControl(e, input, end);
      case Step.name: {
        const took = readString(e, input, this.controlEnd);
        if (took == Took.ready) this.step = Step.nameValue;
        return took;
      }
      case Step.nameValue:
        if (!e.collect(input, MAX_OID + 1)) return Took.more;
        this.control = controlOf(e.value);
        m.addControl(this.control);
        this.isAsked = isOfRequest(this.control, e.value);
        this.notice(m);
        this.isBehindName = true;
        break;
      case Step.rest:
        return this.readRest(e, input);
      case Step.criticality:
        if (!e.integer(input)) return Took.more;
        if (e.number != 0 || e.isHuge) m.criticalControls++;
        break;
      default:
        if (!e.collect(input, VALUE_BYTES)) return Took.more;
        readValue(m, this.control, e.value);
    }
    this.step = Step.rest;
    return Took.ready;
  }

  private readControl(e: Elements, input: Slice, end: u32): Took {
    if (e.at == end) return Took.done;
    const took = e.header(input, end);
    return took == Took.ready ? this.enter(e) : took;
  }

  private enter(e: Elements): Took {
    if (e.tag != Tag.sequence) return e.fail(Anomaly.bad_tag);
    this.controlEnd = e.end;
    this.step = Step.name;
    return Took.ready;
  }

  private readRest(e: Elements, input: Slice): Took {
    if (e.at == this.controlEnd) {
      this.step = Step.control;
      return Took.ready;
    }
    const took = e.header(input, this.controlEnd);
    if (took != Took.ready) return took;
    if (e.tag == Tag.boolean && this.isBehindName) this.step = Step.criticality;
    else if (e.tag == Tag.octetString && this.hasValueOfInterest) this.step = Step.value;
    else e.leap(e.end);
    this.isBehindName = false;
    return Took.ready;
  }

  /** Controls that keep a search open whatever their value. */
  private notice(m: Message): void {
    const control = this.control;
    const keepsOpen = control == Control.persistent_search || control == Control.notification;
    if (keepsOpen && this.isAsked) m.isPersistent = true;
  }

  private get hasValueOfInterest(): bool {
    return this.control == Control.paged || (this.control == Control.sync && this.isAsked);
  }
}

/** What a request's value says; the same control of a response is read, too, and nobody asks. */
function readValue(m: Message, control: Control, value: Slice): void {
  if (!enter(value, Tag.sequence)) return;
  if (control == Control.sync) {
    if (enterNumber(value, Tag.enumerated) && numberOf(value) == MODE_PERSIST) m.isPersistent = true;
    return;
  }
  if (!enterNumber(value, Tag.integer)) return;
  m.pageSize = max(numberOf(value), 0);
  value.advance(<i32>LENGTH.value);
  if (enter(value, Tag.octetString) && LENGTH.value > 0) m.isPageContinued = true;
}

/** A number that outlives a call. */
class Held {
  value: u32 = 0;
}

/** Length of the value that was last entered. */
const LENGTH = new Held();

/** Into the value of the element at the front. False: there is no such element. */
function enter(value: Slice, tag: i32): bool {
  if (value.at(0) != tag) return false;
  const first = value.at(1);
  if (first < 0 || first == 0x80 || first > 0x84) return false;
  const octets = first < 0x80 ? 0 : first - 0x80;
  if (value.length < 2 + octets) return false;
  let length: u32 = octets == 0 ? <u32>first : 0;
  for (let i = 0; i < octets; i++) length = (length << 8) | (<u32>value.at(2 + i));
  LENGTH.value = length;
  value.advance(2 + octets);
  return true;
}

/** As `enter`. False, too: the number is cut off, or larger than any that LDAP has. */
function enterNumber(value: Slice, tag: i32): bool {
  return enter(value, tag) && LENGTH.value <= MAX_NUMBER && LENGTH.value <= <u32>value.length;
}

/** The number that was last entered. */
function numberOf(value: Slice): i64 {
  let number: i64 = 0;
  for (let i: u32 = 0; i < LENGTH.value; i++) {
    const octet = <i64>value.at(<i32>i);
    number = i == 0 ? <i64>(<i8>octet) : (number << 8) | octet;
  }
  return number;
}
