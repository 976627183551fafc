import { Block } from "../../../assembly/bytes/block";
import { Pooled } from "../../../assembly/bytes/pool";
import { Slice } from "../../../assembly/bytes/slice";
import { Anomaly } from "./anomalies";
import { beginBind, readBind } from "./bind";
import { CONTROL_COUNT } from "./controlnames";
import { ControlsReader } from "./controls";
import { CARRY_BYTES, Elements, Took } from "./elements";
import { FilterWalk, MAX_DEPTH } from "./filter";
import { FilterCap, Message } from "./message";
import { dropName } from "./names";
import { isResponse, Op, requestedBy } from "./operations";
import { readAbandon, readDn, readExtended } from "./requests";
import { beginResponse, readIntermediate, readResult } from "./response";
import { beginSearch, readSearch } from "./search";
import { isOperation, isPrimitive, Tag } from "./tags";

/** What has come of a message so far. */
export const enum Progress {
  more,
  complete,
  /** The envelope is at fault: `MessageReader.fault` says why, and where the next message begins is unknown. */
  lost,
  /** It says that it is longer than messages may be. */
  tooBig,
}

/** Who sent the message: what its operation is read as. */
export const enum Sender {
  client,
  server,
}

/** Octets of a length in the form that Windows writes for everything that has parts: 84 and four more. */
const WINDOWS_OCTETS: u32 = 4;

const enum Stage {
  outer,
  id,
  idValue,
  operation,
  body,
  rest,
  controls,
}

/**
 * Reads one LDAPMessage (RFC 4511 §4.1.1) after another, in whatever pieces it comes, and keeps nothing of it but what
 * `message` says. What is wrong inside an operation is noted, and the message is read on behind it.
 */
@final
export class MessageReader extends Pooled {
  readonly message: Message;
  private readonly elements: Elements;
  private readonly walk: FilterWalk;
  private readonly controls: ControlsReader = new ControlsReader();
  private readonly block: ArrayBuffer;

  private stage: Stage = Stage.outer;
  private sender: Sender = Sender.client;
  private maxBytes: u32 = 0;
  /** Offsets where the message, the operation and the controls end. */
  private end: u32 = 0;
  private operationEnd: u32 = 0;
  private controlsEnd: u32 = 0;
  private hasControls: bool = false;
  /** Length octets of the outermost header, and whether they are more than needed. */
  private outerOctets: u32 = 0;
  private isOuterPadded: bool = false;

  constructor() {
    super();
    const counts: usize = (<usize>CONTROL_COUNT) << 2;
    const stack: usize = (<usize>MAX_DEPTH) << 2;
    const block = Block.allocate(counts + stack + <usize>CARRY_BYTES);
    const start = Block.start(block);
    this.block = block;
    this.message = new Message(start);
    this.walk = new FilterWalk(start + counts);
    this.elements = new Elements(start + counts + stack);
  }

  /** A message begins. `maxBytes`: what it may be long; `maxDepth`, `maxNodes`: caps of a filter. */
  begin(sender: Sender, maxBytes: u32, maxDepth: i32, maxNodes: i32): void {
    this.sender = sender;
    this.maxBytes = maxBytes;
    this.walk.maxDepth = maxDepth;
    this.walk.maxNodes = maxNodes;
    this.stage = Stage.outer;
    this.hasControls = false;
    this.elements.begin();
    this.message.begin();
  }

  /** How many of the next octets need not be seen. */
  get skips(): u32 {
    return this.elements.skips;
  }

  /** As many octets, at most `skips`, passed; `read` goes on behind them. */
  skip(count: u32): void {
    this.elements.skip(count);
  }

  /** After `lost`: why. */
  get fault(): Anomaly {
    return this.elements.fault;
  }

  /** Gives back what is held for the message. */
  release(): void {
    dropName(this.message);
  }

  /** Takes octets from the front of `input`. */
  read(input: Slice): Progress {
    let took = this.stage < Stage.body ? this.readHead(input) : Took.ready;
    while (took == Took.ready) took = this.elements.arrive(input) ? this.readStep(input) : Took.more;
    if (took == Took.more) return Progress.more;
    if (took == Took.done) return this.end == 0 ? Progress.tooBig : Progress.complete;
    return Progress.lost;
  }

  /** From the outermost header to that of the operation: nothing is passed over here. */
  private readHead(input: Slice): Took {
    const e = this.elements;
    if (this.stage == Stage.outer) {
      const took = e.outerHeader(input);
      if (took != Took.ready) return took;
      const entered = this.enterMessage();
      if (entered != Took.ready) return entered;
      this.stage = Stage.id;
    }
    if (this.stage == Stage.id) {
      const took = e.header(input, this.end);
      if (took != Took.ready) return took;
      if (e.tag != Tag.integer) return e.fail(Anomaly.bad_tag);
      this.stage = Stage.idValue;
    }
    if (this.stage == Stage.idValue) {
      if (!e.integer(input)) return Took.more;
      this.noteId();
      this.stage = Stage.operation;
    }
    const took = this.readOperation(input);
    if (took == Took.ready) this.stage = Stage.body;
    return took;
  }

  private readStep(input: Slice): Took {
    if (this.stage == Stage.controls) return this.readControls(input);
    if (this.stage == Stage.rest) return this.elements.at == this.end ? Took.done : this.readRest(input);
    if (!this.readBody(input)) return Took.more;
    this.stage = Stage.rest;
    return Took.ready;
  }

  /** Behind the outermost header; `end` 0: the message is too long. */
  private enterMessage(): Took {
    const e = this.elements;
    if (e.tag != Tag.sequence) return e.fail(Anomaly.bad_tag);
    if (e.length == 0) return e.fail(Anomaly.zero_length);
    this.end = e.length > this.maxBytes ? 0 : e.at + e.length;
    if (this.end == 0) return Took.done;
    this.message.size = this.end;
    this.outerOctets = e.lengthOctets;
    this.isOuterPadded = isPadded(e.length, e.lengthOctets);
    return Took.ready;
  }

  private noteId(): void {
    const e = this.elements;
    const message = this.message;
    message.idNumber = e.number;
    message.idOctets = e.length;
    message.isIdHuge = e.isHuge;
  }

  private readOperation(input: Slice): Took {
    const e = this.elements;
    const took = e.header(input, this.end);
    if (took != Took.ready) return took;
    if (!isOperation(e.tag)) return e.fail(Anomaly.bad_tag);
    this.message.tag = e.tag;
    this.operationEnd = e.end;
    this.judgeLengths();
    this.beginBody();
    return Took.ready;
  }

  /** Windows writes every constructed length as 84 and four octets, also where one would do (rule 19). */
  private judgeLengths(): void {
    const e = this.elements;
    const isWindows =
      this.outerOctets == WINDOWS_OCTETS && (isPrimitive(e.tag) || e.lengthOctets == WINDOWS_OCTETS);
    const isOperationPadded = isPadded(e.length, e.lengthOctets);
    this.message.isNonminimal = !isWindows && (this.isOuterPadded || isOperationPadded);
  }

  private beginBody(): void {
    const message = this.message;
    this.elements.step = 0;
    if (this.sender == Sender.server) beginResponse(message);
    else if (message.tag == Tag.bindRequest) beginBind(message);
    else if (message.tag == Tag.searchRequest) beginSearch(message, this.walk);
  }

  /** False: more of it is to come. */
  private readBody(input: Slice): bool {
    const took = this.sender == Sender.client ? this.readRequest(input) : this.readResponse(input);
    if (took == Took.more) return false;
    if (took == Took.fault && this.isKnown) this.message.spoil(this.elements.fault);
    this.elements.leap(this.operationEnd);
    return true;
  }

  /** Whether what is read has a grammar to be at fault against; the cap of nodes is a metric of its own. */
  private get isKnown(): bool {
    const message = this.message;
    if (this.sender == Sender.server) return isResponse(message.tag);
    return message.tag != Tag.searchRequest || message.filterCap != FilterCap.nodes;
  }

  private readRequest(input: Slice): Took {
    const e = this.elements;
    const end = this.operationEnd;
    switch (this.message.tag) {
      case Tag.bindRequest:
        return readBind(e, this.message, input, end);
      case Tag.searchRequest:
        return readSearch(e, this.message, this.walk, input, end);
      case Tag.modifyRequest:
      case Tag.addRequest:
      case Tag.modifyDnRequest:
      case Tag.compareRequest:
        return readDn(e, input, end);
      case Tag.abandonRequest:
        return readAbandon(e, this.message, input);
      case Tag.extendedRequest:
        return readExtended(e, this.message, input, end);
      default:
        return Took.ready;
    }
  }

  private readResponse(input: Slice): Took {
    const e = this.elements;
    switch (this.message.tag) {
      case Tag.searchResultEntry:
      case Tag.searchResultReference:
        return Took.ready;
      case Tag.intermediateResponse:
        return readIntermediate(e, this.message, input, this.operationEnd);
      default:
        if (requestedBy(this.message.tag) != Op.unknown) return Took.ready;
        return readResult(e, this.message, input, this.operationEnd);
    }
  }

  /** What is behind the operation: controls, and whatever else there may be. */
  private readRest(input: Slice): Took {
    const e = this.elements;
    const took = e.header(input, this.end);
    if (took == Took.more) return took;
    if (took == Took.ready && e.tag == Tag.controls && !this.hasControls) {
      this.hasControls = true;
      this.controlsEnd = e.end;
      this.controls.begin();
      this.stage = Stage.controls;
      return Took.ready;
    }
    this.message.hasTrailing = true;
    e.leap(took == Took.ready ? e.end : this.end);
    return Took.ready;
  }

  private readControls(input: Slice): Took {
    const e = this.elements;
    const took = this.controls.read(e, this.message, input, this.controlsEnd);
    if (took == Took.more) return took;
    if (took == Took.fault) this.message.spoil(e.fault);
    e.leap(this.controlsEnd);
    this.stage = Stage.rest;
    return Took.ready;
  }
}

/** Whether a length is told in more octets than it needs. */
function isPadded(length: u32, octets: u32): bool {
  if (octets == 0) return false;
  if (length < 0x80) return true;
  const needed: u32 = length < 0x100 ? 1 : length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 4;
  return octets > needed;
}
