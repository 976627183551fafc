// A filter of messages that writes down what it is told, and peers that talk through it.
import { ByteOrder, Counts, FixedPrefix } from "../../bytes/framing/fixed";
import { Framer, Framing } from "../../bytes/framing/framer";
import { LineFramer } from "../../bytes/framing/lines";
import { Slice } from "../../bytes/slice";
import { Settings } from "../../config/settings";
import { HttpRequest, HttpResponse } from "../../host/http";
import { FakeConnection, FakeProxy } from "../../testing";
import { FilterChain } from "../chain";
import { DownstreamChunk, UpstreamChunk } from "../chunk";
import { Connection } from "../connection";
import { FilterFactory } from "../factory";
import { NetworkFilter } from "../filter";
import { HttpClient } from "../http-client";
import { ClientMessage, MessageHead, MessagePart, PartialMessage, Pass, ServerMessage } from "../message";
import { MessageFilter } from "../message-filter";
import { Plugin } from "../plugin";

/** What the filter was told of each direction; consecutive parts of one message are joined. */
export let client: string = "";
export let server: string = "";
let clientParts: string = "";
let serverParts: string = "";

function textOf(bytes: Slice): string {
  return String.UTF8.decodeUnsafe(bytes.start, bytes.length);
}

function told(part: MessagePart, before: string): string {
  expect(part.offset).toBe(<u64>before.length);
  expect(textOf(part.bytes()).length).toBe(part.size);
  return before + textOf(part.bytes());
}

/** Lines from the client, `Q` and a length of two digits in hexadecimal from the server; `cap` bytes, pass as told. */
export class ProbeFactory extends FilterFactory {
  constructor() {
    super("probe");
  }

  configure(settings: Settings): Plugin {
    return new ProbePlugin(
      <i32>settings.integer("cap", 20, 1, 1 << 21),
      settings.bool("whole", false) ? Pass.whole : Pass.atOnce,
      settings.bool("odd", false),
    );
  }
}

class ProbePlugin extends Plugin {
  constructor(
    readonly cap: i32,
    readonly pass: Pass,
    readonly isOdd: bool,
  ) {
    super();
  }

  newFilter(): NetworkFilter {
    return new ProbeFilter(this);
  }
}

/** Each byte but `!` is a message of its own; `!` is none, `0` takes nothing. */
class OddFramer extends Framer {
  constructor() {
    super(false);
  }

  begin(): void {}

  read(input: Slice): Framing {
    if (input.at(0) == 0x21) return Framing.invalid;
    if (input.at(0) == 0x30) return Framing.ends;
    if (input.at(0) == 0x31) return Framing.more;
    input.advance(1);
    return Framing.ends;
  }
}

class ProbeFilter extends MessageFilter {
  private readonly request: HttpRequest = new HttpRequest("server");

  constructor(plugin: ProbePlugin) {
    super();
    const framer: Framer = plugin.isOdd ? new OddFramer() : new LineFramer();
    this.readClient(framer, plugin.cap, plugin.pass, 3);
    const binary = new FixedPrefix(2, ByteOrder.big, Counts.body).behind(1);
    this.readServer(binary, plugin.cap, plugin.pass, 4);
  }

  wantsWholeFromClient(head: MessageHead): bool {
    client += textOf(head.bytes) + (head.hasLength ? "?! " : "? ");
    if (head.bytes.startsWith("no!")) this.fail("a message cannot be judged");
    return !head.bytes.startsWith("big");
  }

  wantsWholeFromServer(head: MessageHead): bool {
    expect(head.hasLength).toBe(true);
    server += textOf(head.bytes).charAt(0) + head.length.toString() + "? ";
    return head.bytes.at(0) != 0x62;
  }

  onClientMessage(message: ClientMessage): void {
    const text = textOf(message.body);
    expect(message.bytes.length).toBeGreaterThanOrEqual(text.length);
    client += "[" + text + "] ";
    if (text == "close") message.close();
    if (text == "fault") this.fail("a message cannot be read");
    if (text == "ask") {
      HttpClient.call(this.request, this);
      message.hold();
    }
    if (text == "go") message.release();
    const links = this.links;
    if (text == "off" && links !== null) links.disable("b");
  }

  onServerMessage(message: ServerMessage): void {
    const text = textOf(message.body);
    server += textOf(message.bytes).charAt(0) + "[" + text + "] ";
    if (text == "close") message.close();
  }

  onClientPart(part: MessagePart): void {
    clientParts = told(part, clientParts);
    if (!part.isLast) return;
    client += "<" + clientParts.replace("\n", "") + " " + part.why.toString() + "> ";
    clientParts = "";
  }

  onServerPart(part: MessagePart): void {
    serverParts = told(part, serverParts);
    if (!part.isLast) return;
    server += "<" + serverParts.slice(3) + " " + part.why.toString() + "> ";
    serverParts = "";
  }

  onClientPartial(message: PartialMessage): void {
    client += "(" + textOf(message.bytes) + " " + message.size.toString() + ") ";
  }

  onServerPartial(message: PartialMessage): void {
    server += "(" + message.size.toString() + ") ";
  }

  onClientInvalid(): void {
    client += "invalid ";
  }

  onClientUnread(size: i32): void {
    client += "unread " + size.toString() + " ";
  }

  onHttpResponse(response: HttpResponse, connection: Connection): void {
    if (response.status == 200) connection.release();
    else if (response.status == 500) this.fail("an answer cannot be read");
    else connection.close();
  }
}

/** A link that writes down its chunks, and holds what begins with `stop`. */
class ChunkFactory extends FilterFactory {
  configure(_settings: Settings): Plugin {
    return new ChunkPlugin(this.rootId);
  }
}

class ChunkPlugin extends Plugin {
  constructor(readonly letter: string) {
    super();
  }

  newFilter(): NetworkFilter {
    return new ChunkFilter(this.letter);
  }
}

/** Chunks of the client's and of the server's, by link. */
export const down: Map<string, string> = new Map();
export const up: Map<string, string> = new Map();

class ChunkFilter extends NetworkFilter {
  constructor(private readonly letter: string) {
    super();
  }

  onDownstreamData(chunk: DownstreamChunk, endOfStream: bool): void {
    const text = textOf(chunk.bytes());
    down.set(this.letter, down.get(this.letter) + text + (endOfStream ? "! " : " "));
    if (this.letter == "c" && text.startsWith("stop")) chunk.hold();
    if (this.letter == "c" && text.startsWith("on")) chunk.release();
  }

  onUpstreamData(chunk: UpstreamChunk, endOfStream: bool): void {
    up.set(
      this.letter,
      up.get(this.letter) + textOf(chunk.bytes()).replaceAll("\0", "") + (endOfStream ? "! " : " "),
    );
  }
}

export function connect(configuration: string = "{}"): FakeConnection {
  return FakeProxy.start(new ProbeFactory(), configuration).connect();
}

export function connectChain(): FakeConnection {
  const chain = new FilterChain("chain")
    .add("a", new ChunkFactory("a"))
    .add("b", new ProbeFactory())
    .add("c", new ChunkFactory("c"));
  return FakeProxy.start(chain, '{"b": {"whole": true}}').connect();
}

/** Two links of messages. */
export function connectPair(): FakeConnection {
  const chain = new FilterChain("chain").add("a", new ProbeFactory()).add("b", new ProbeFactory());
  return FakeProxy.start(chain, '{"a": {"whole": true}, "b": {"whole": true}}').connect();
}

/** A link of messages behind one that may hold. */
export function connectBehind(): FakeConnection {
  const chain = new FilterChain("chain").add("c", new ChunkFactory("c")).add("b", new ProbeFactory());
  return FakeProxy.start(chain, '{"b": {"whole": true}}').connect();
}

/** A message of the server's. */
export function message(kind: string, text: string): string {
  return kind + "\0" + String.fromCharCode(text.length) + text;
}

function sendCut(connection: FakeConnection, text: string, step: i32, first: i32): void {
  let at = 0;
  while (at < text.length) {
    const count = at == 0 ? first : step;
    connection.clientSends(text.slice(at, at + count));
    at += count;
  }
}

function answerCut(connection: FakeConnection, text: string, step: i32, first: i32): void {
  let at = 0;
  while (at < text.length) {
    const count = at == 0 ? first : step;
    connection.serverSends(text.slice(at, at + count));
    at += count;
  }
}

export const CLIENT: string =
  "one\r\nto\n\nbig is not wanted whole\nthis line is longer than the cap\nlast\n";
const CLIENT_TOLD: string =
  "one? [one] to\n? [to] \n? [] big? <big is not wanted whole 0> thi? <this line is longer than the cap 1> las? [last] ";

function serverText(): string {
  return (
    message("Q", "abc") +
    message("e", "") +
    message("b", "big") +
    message("l", "longer than the cap is") +
    message("z", "end")
  );
}
const SERVER_TOLD: string = "Q6? Q[abc] e3? e[] b6? <big 0> l25? <longer than the cap is 1> z6? z[end] ";

/** Nothing was told yet. */
export function forget(): void {
  client = "";
  server = "";
  clientParts = "";
  serverParts = "";
  down.clear();
  up.clear();
  down.set("a", "").set("c", "");
  up.set("a", "").set("c", "");
}

/** The same messages and bytes, in chunks of `first` and then `step` bytes. */
export function expectUnchanged(configuration: string, first: i32, step: i32): void {
  forget();
  const connection = connect(configuration);
  sendCut(connection, CLIENT, step, first);
  answerCut(connection, serverText(), step, first);
  expect(connection.serverSaw).toBe(CLIENT);
  expect(connection.clientSaw).toBe(serverText());
  connection.clientEnds();
  connection.serverEnds();
  connection.proxyCloses();
  expect(client).toBe(CLIENT_TOLD);
  expect(server).toBe(SERVER_TOLD);
}
