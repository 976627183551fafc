import { Slice } from "../../../assembly/bytes/slice";
import { Anomaly } from "./anomalies";
import { readString } from "./bind";
import { Elements, Took } from "./elements";
import { FilterWalk } from "./filter";
import { Message, Scope, Shape } from "./message";
import { Tag } from "./tags";

const enum Step {
  base,
  scope,
  scopeValue,
  deref,
  size,
  time,
  typesOnly,
  typesOnlyValue,
  filter,
  attributes,
  attribute,
  attributeValue,
}

/** `*` and `1.1` (RFC 4511 §4.5.1.8): names longer than these are not looked at. */
const LONGEST_SPECIAL: u32 = 3;

export function beginSearch(m: Message, walk: FilterWalk): void {
  m.scope = Scope.other;
  m.isBaseEmpty = false;
  m.isTypesOnly = false;
  m.areAttributesRead = false;
  m.attributes = 0;
  m.hasAllAttributes = false;
  m.hasNoAttributes = false;
  walk.begin(m);
}

/** A SearchRequest (RFC 4511 §4.5.1) that ends at `end`. */
export function readSearch(e: Elements, m: Message, walk: FilterWalk, input: Slice, end: u32): Took {
  let took = Took.ready;
  while (took == Took.ready) {
    if (!e.arrive(input)) return Took.more;
    took = e.step < Step.attribute ? readStep(e, m, walk, input, end) : readAttribute(e, m, input);
  }
  if (took == Took.fault && !m.isFilterRead) m.shape = Shape.invalid;
  return took;
}

function readStep(e: Elements, m: Message, walk: FilterWalk, input: Slice, end: u32): Took {
  let took = Took.ready;
  switch (e.step) {
    case Step.base:
      took = readString(e, input, end);
      if (took == Took.ready) passBase(e, m);
      break;
    case Step.scope:
      took = readHeader(e, input, end, Tag.enumerated);
      break;
    case Step.scopeValue:
      if (!e.integer(input)) return Took.more;
      m.scope = scopeOf(e.number);
      break;
    case Step.deref:
      took = passOver(e, input, end, Tag.enumerated);
      break;
    case Step.size:
    case Step.time:
      took = passOver(e, input, end, Tag.integer);
      break;
    case Step.typesOnly:
      took = readHeader(e, input, end, Tag.boolean);
      break;
    case Step.typesOnlyValue:
      if (!e.integer(input)) return Took.more;
      m.isTypesOnly = e.number != 0 || e.isHuge;
      break;
    case Step.filter:
      took = walk.read(e, m, input, end);
      if (took == Took.done) took = Took.ready;
      break;
    default:
      took = readHeader(e, input, end, Tag.sequence);
      if (took == Took.ready) m.attributesEnd = e.end;
  }
  if (took == Took.ready) e.step++;
  return took;
}

function passBase(e: Elements, m: Message): void {
  m.isBaseEmpty = e.length == 0;
  e.leap(e.end);
}

/** A header that has to have this tag. */
function readHeader(e: Elements, input: Slice, end: u32, tag: u32): Took {
  const took = e.header(input, end);
  return took == Took.ready && e.tag != tag ? e.fail(Anomaly.bad_tag) : took;
}

/** An element of this tag, whose value is of no interest. */
function passOver(e: Elements, input: Slice, end: u32, tag: u32): Took {
  const took = readHeader(e, input, end, tag);
  if (took == Took.ready) e.leap(e.end);
  return took;
}

function scopeOf(number: i64): Scope {
  return number >= 0 && number < <i64>Scope.other ? <Scope>(<i32>number) : Scope.other;
}

function readAttribute(e: Elements, m: Message, input: Slice): Took {
  if (e.step == Step.attributeValue) {
    if (!e.collect(input, LONGEST_SPECIAL)) return Took.more;
    if (e.value.equals("*")) m.hasAllAttributes = true;
    else if (e.value.equals("1.1")) m.hasNoAttributes = true;
    e.step = Step.attribute;
    return Took.ready;
  }
  if (e.at == m.attributesEnd) return endAttributes(m);
  const took = readString(e, input, m.attributesEnd);
  if (took != Took.ready) return took;
  m.attributes++;
  if (e.length <= LONGEST_SPECIAL) e.step = Step.attributeValue;
  else e.leap(e.end);
  return Took.ready;
}

/** `1.1` means no attributes only where it stands alone; an empty list means all. */
function endAttributes(m: Message): Took {
  m.areAttributesRead = true;
  if (m.attributes == 0) m.hasAllAttributes = true;
  if (m.attributes != 1) m.hasNoAttributes = false;
  return Took.done;
}
