import { Slice } from "../../../assembly/bytes/slice";
import { Anomaly } from "./anomalies";
import { readString } from "./bind";
import { Elements, Took } from "./elements";
import { FilterCap, Message, Shape } from "./message";
import { FilterTag, SUBSTRING_INITIAL, Tag } from "./tags";

/** Levels that a filter may have at most, whatever is configured: what the stack is made for. */
export const MAX_DEPTH: i32 = 128;

/** In a frame of the stack, above the offset where it ends: it is a NOT; it has a child. Messages stay below 2^30. */
const NOT: u32 = 0x8000_0000;
const HAS_CHILD: u32 = 0x4000_0000;
const END_BITS: u32 = 0x3fff_ffff;

/** Octets of `objectClass`, the attribute that every entry has (RFC 4512 §2.4.1). */
const ANY_OBJECT: string = "objectclass";

const enum Step {
  /** At a filter, or behind the last one of a list. */
  node,
  present,
  /** attributeDesc and assertionValue of equality, >=, <= and ~=. */
  attribute,
  value,
  /** type and list of substrings. */
  type,
  substrings,
  substring,
  /** Components of an extensible match. */
  component,
}

/**
 * Walks through a filter (RFC 4511 §4.5.1.7) with a stack of its own: neither depth nor size of what a peer sends can
 * take more than the caps allow. What is seen of it is kept in the message.
 */
@final
export class FilterWalk {
  maxDepth: i32 = MAX_DEPTH;
  maxNodes: i32 = i32.MAX_VALUE;

  private step: Step = Step.node;
  /** Frames on the stack, and how many of them are NOTs. */
  private depth: i32 = 0;
  private nots: i32 = 0;
  /** Where the leaf at hand ends. */
  private leafEnd: u32 = 0;
  /** Where its list of substrings ends. */
  private listEnd: u32 = 0;
  private isRoot: bool = true;

  /** `stack`: memory for MAX_DEPTH numbers of 32 bits. */
  constructor(private readonly stack: usize) {}

  begin(m: Message): void {
    this.step = Step.node;
    this.depth = 0;
    this.nots = 0;
    this.isRoot = true;
    m.shape = Shape.invalid;
    m.isFilterRead = false;
    m.isAnyObject = false;
    m.filterCap = FilterCap.none;
    m.filterDepth = 0;
    m.filterNodes = 0;
    m.hasEquality = false;
  }

  /** Reads on; the filter must end by `end`. */
  read(e: Elements, m: Message, input: Slice, end: u32): Took {
    let took = Took.ready;
    while (took == Took.ready) {
      if (!e.arrive(input)) return Took.more;
      took = this.step == Step.node ? this.readNode(e, m, input, end) : this.readLeaf(e, m, input);
    }
    return took;
  }

  private readNode(e: Elements, m: Message, input: Slice, end: u32): Took {
    while (this.depth > 0 && e.at == (this.top & END_BITS)) {
      if (!this.pop()) return e.fail(Anomaly.zero_length);
    }
    if (this.depth == 0 && !this.isRoot) {
      m.isFilterRead = true;
      if (m.shape == Shape.compound_no_eq && m.hasEquality) m.shape = Shape.compound_eq;
      return Took.done;
    }
    const took = e.header(input, this.depth > 0 ? this.top & END_BITS : end);
    if (took != Took.ready) return took;
    if (!this.admit(m)) return this.fail(e, m, Anomaly.filter_too_deep);
    return this.enter(e, m) ? Took.ready : this.fail(e, m, Anomaly.bad_tag);
  }

  /** Whether one more node is within the caps. */
  private admit(m: Message): bool {
    if (this.depth >= this.maxDepth) m.filterCap = FilterCap.depth;
    else if (m.filterNodes >= this.maxNodes) m.filterCap = FilterCap.nodes;
    if (m.filterCap != FilterCap.none) return false;
    m.filterNodes++;
    m.filterDepth = max(m.filterDepth, this.depth + 1);
    return true;
  }

  /** Into the filter whose header was read. False: there is no such filter, or no room for it here. */
  private enter(e: Elements, m: Message): bool {
    if (this.depth > 0 && !this.addChild()) return false;
    const shape = shapeOf(e.tag, e.length);
    if (shape == Shape.invalid) return false;
    if (shape == Shape.eq && this.nots == 0) m.hasEquality = true;
    if (this.isRoot) m.shape = shape;
    this.leafEnd = e.end;
    switch (shape) {
      case Shape.true_false:
      case Shape.compound_no_eq:
        this.push(e.end);
        break;
      case Shape.not_only:
        this.nots++;
        this.push(e.end | NOT);
        break;
      case Shape.presence:
        this.step = Step.present;
        return true;
      case Shape.substr_leading:
        this.step = Step.type;
        break;
      case Shape.ext:
        this.step = Step.component;
        break;
      default:
        this.step = Step.attribute;
    }
    this.isRoot = false;
    return true;
  }

  private readLeaf(e: Elements, m: Message, input: Slice): Took {
    let took = Took.ready;
    switch (this.step) {
      case Step.present:
        if (!this.readPresent(e, m, input)) return Took.more;
        break;
      case Step.attribute:
        took = readString(e, input, this.leafEnd);
        if (took == Took.ready) this.pass(e, Step.value);
        break;
      case Step.value:
        took = readString(e, input, this.leafEnd);
        if (took == Took.ready) this.leave(e);
        break;
      case Step.type:
        took = readString(e, input, this.leafEnd);
        if (took == Took.ready) this.pass(e, Step.substrings);
        break;
      case Step.substrings:
        took = e.header(input, this.leafEnd);
        if (took == Took.ready && e.tag != Tag.sequence) took = e.fail(Anomaly.bad_tag);
        if (took == Took.ready) took = this.enterSubstrings(e);
        break;
      case Step.substring:
        took = this.readSubstring(e, m, input);
        break;
      default:
        took = this.readComponent(e, input);
    }
    return took;
  }

  /** Only a presence filter that is all of the filter is looked at. */
  private readPresent(e: Elements, m: Message, input: Slice): bool {
    if (this.isRoot && e.length == <u32>ANY_OBJECT.length) {
      if (!e.collect(input, e.length)) return false;
      m.isAnyObject = e.value.equalsIgnoringCase(ANY_OBJECT);
    }
    this.isRoot = false;
    this.leave(e);
    return true;
  }

  private enterSubstrings(e: Elements): Took {
    if (e.length == 0) return e.fail(Anomaly.zero_length);
    this.listEnd = e.end;
    this.step = Step.substring;
    return Took.ready;
  }

  /** Only one that is initial, and not empty, keeps the filter from beginning with a wildcard. */
  private readSubstring(e: Elements, m: Message, input: Slice): Took {
    if (e.at == this.listEnd) {
      this.leave(e);
      return Took.ready;
    }
    const took = e.header(input, this.listEnd);
    if (took != Took.ready) return took;
    const isInitial = e.tag == SUBSTRING_INITIAL && e.length > 0;
    if (isInitial && m.filterNodes == 1 && m.shape == Shape.substr_leading) m.shape = Shape.substr_initial;
    e.leap(e.end);
    return Took.ready;
  }

  private readComponent(e: Elements, input: Slice): Took {
    if (e.at == this.leafEnd) {
      this.step = Step.node;
      return Took.ready;
    }
    const took = e.header(input, this.leafEnd);
    if (took == Took.ready) e.leap(e.end);
    return took;
  }

  /** Over the value, to what comes next in the leaf. */
  private pass(e: Elements, next: Step): void {
    e.leap(e.end);
    this.step = next;
  }

  /** To the end of the leaf. */
  private leave(e: Elements): void {
    e.leap(this.leafEnd);
    this.step = Step.node;
  }

  private fail(e: Elements, m: Message, fault: Anomaly): Took {
    m.shape = Shape.invalid;
    return e.fail(fault);
  }

  private get top(): u32 {
    return load<u32>(this.stack + ((<usize>(this.depth - 1)) << 2));
  }

  private push(frame: u32): void {
    store<u32>(this.stack + ((<usize>this.depth) << 2), frame);
    this.depth++;
  }

  /** False: a NOT ends without its filter. */
  private pop(): bool {
    const frame = this.top;
    this.depth--;
    if ((frame & NOT) == 0) return true;
    this.nots--;
    return (frame & HAS_CHILD) != 0;
  }

  /** False: a NOT has a filter already. */
  private addChild(): bool {
    const frame = this.top;
    if ((frame & NOT) != 0 && (frame & HAS_CHILD) != 0) return false;
    store<u32>(this.stack + ((<usize>(this.depth - 1)) << 2), frame | HAS_CHILD);
    return true;
  }
}

/** The shape that a filter has if this is all of it; `invalid`: there is no such filter. */
function shapeOf(tag: u32, length: u32): Shape {
  switch (tag) {
    case FilterTag.and:
    case FilterTag.or:
      return length == 0 ? Shape.true_false : Shape.compound_no_eq;
    case FilterTag.not:
      return Shape.not_only;
    case FilterTag.equality:
      return Shape.eq;
    case FilterTag.substrings:
      return Shape.substr_leading;
    case FilterTag.greaterOrEqual:
    case FilterTag.lessOrEqual:
      return Shape.range;
    case FilterTag.present:
      return Shape.presence;
    case FilterTag.approx:
      return Shape.approx;
    case FilterTag.extensible:
      return Shape.ext;
    default:
      return Shape.invalid;
  }
}
