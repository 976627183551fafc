import { Budget, DEFAULT_MEMORY_BYTES } from "../../bytes/budget";
import { ByteOrder, Counts, FixedPrefix } from "../../bytes/framing/fixed";
import { Framer, Framing } from "../../bytes/framing/framer";
import { LineFramer } from "../../bytes/framing/lines";
import { Slice } from "../../bytes/slice";
import { Settings } from "../../config/settings";
import { HttpRequest, HttpResponse } from "../../host/http";
import { FakeConnection, FakeHost, FakeProxy } from "../../testing";
import { FilterChain } from "../chain";
import { DownstreamChunk, UpstreamChunk } from "../chunk";
import { Connection } from "../connection";
import { FilterFactory } from "../factory";
import { NetworkFilter } from "../filter";
import { HttpClient } from "../http-client";
import {
  ClientMessage,
  MessageHead,
  MessagePart,
  PartialMessage,
  Pass,
  ServerMessage,
  Streamed,
} from "../message";
import { MessageFilter } from "../message-filter";
import { Plugin } from "../plugin";

/** What the filter was told of each direction; consecutive parts of one message are joined. */
let client: string = "";
let server: string = "";
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
class ProbeFactory extends FilterFactory {
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
const down: Map<string, string> = new Map();
const up: Map<string, string> = new Map();

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

function connect(configuration: string = "{}"): FakeConnection {
  return FakeProxy.start(new ProbeFactory(), configuration).connect();
}

function connectChain(): FakeConnection {
  const chain = new FilterChain("chain")
    .add("a", new ChunkFactory("a"))
    .add("b", new ProbeFactory())
    .add("c", new ChunkFactory("c"));
  return FakeProxy.start(chain, '{"b": {"whole": true}}').connect();
}

/** A message of the server's. */
function message(kind: string, text: string): string {
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

const CLIENT: string = "one\r\nto\n\nbig is not wanted whole\nthis line is longer than the cap\nlast\n";
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

/** The same messages and bytes, in chunks of `first` and then `step` bytes. */
function expectUnchanged(configuration: string, first: i32, step: i32): void {
  client = "";
  server = "";
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

describe("MessageFilter", () => {
  beforeEach(() => {
    client = "";
    server = "";
    clientParts = "";
    serverParts = "";
    down.clear();
    up.clear();
    down.set("a", "").set("c", "");
    up.set("a", "").set("c", "");
  });

  it("shows the same messages however they are cut, and changes nothing", () => {
    for (let cut = 1; cut <= CLIENT.length; cut++) {
      expectUnchanged("{}", cut, CLIENT.length);
      expectUnchanged('{"whole": true}', cut, CLIENT.length);
    }
    for (let step = 1; step <= 4; step++) {
      expectUnchanged("{}", step, step);
      expectUnchanged('{"whole": true}', step, step);
    }
  });

  it("passes bytes on as they come, if so told", () => {
    const connection = connect();
    connection.clientSends("one\ntw");
    expect(connection.serverSaw).toBe("one\ntw");
    connection.clientSends("o\n");
    expect(client).toBe("one? [one] two? [two] ");
  });

  it("passes messages on when they are whole, if so told", () => {
    const connection = connect('{"whole": true}');
    connection.clientSends("one\ntw");
    expect(connection.serverSaw).toBe("one\n");
    connection.clientSends("o and");
    expect(connection.serverSaw).toBe("one\n");
    connection.clientSends(" more\nth");
    expect(connection.serverSaw).toBe("one\ntwo and more\n");
    connection.clientSends("is line is longer than");
    expect(connection.serverSaw).toBe("one\ntwo and more\nthis line is longer than");
    connection.serverSends(message("Q", "abc") + "Q\0");
    expect(connection.clientSaw).toBe(message("Q", "abc"));
    connection.serverSends("\x01");
    connection.serverSends("a");
    expect(connection.clientSaw).toBe(message("Q", "abc") + message("Q", "a"));
  });

  it("tells of a message that never ends, and loses nothing of it", () => {
    const connection = connect('{"whole": true}');
    connection.clientSends("one\ntw");
    connection.serverSends("Q\0");
    connection.clientEnds("o");
    connection.serverEnds();
    expect(client).toBe("one? [one] two? (two 3) ");
    expect(server).toBe("(2) ");
    expect(connection.serverSaw).toBe("one\ntwo");
    expect(connection.serverSawEnd).toBe(true);
    expect(connection.clientSaw).toBe("Q\0");
    connection.proxyCloses();
    expect(client).toBe("one? [one] two? (two 3) ");
  });

  it("tells of a message that is unfinished when the connection closes", () => {
    const connection = connect();
    connection.clientSends("big, and streamed");
    connection.serverSends(message("Q", "abc").slice(0, 5));
    connection.clientCloses();
    expect(client).toBe("big? ( 17) ");
    expect(server).toBe("Q6? (5) ");
    client = "";
    const next = connect();
    next.clientSends("new\n");
    expect(client).toBe("new? [new] ");
  });

  it("serves the next connection as if there had been none", () => {
    const proxy = FakeProxy.start(new ProbeFactory(), '{"whole": true}');
    const first = proxy.connect();
    first.clientSends("half of");
    first.clientCloses();
    client = "";
    const second = proxy.connect();
    second.clientSends("one\n");
    expect(client).toBe("one? [one] ");
    expect(second.serverSaw).toBe("one\n");
  });

  it("lets nothing of a message go on at which it closes", () => {
    const connection = connect('{"whole": true}');
    connection.clientSends("one\nclo");
    connection.clientSends("se\ntwo\n");
    expect(connection.isClosed).toBe(true);
    expect(connection.serverSaw).toBe("one\n");
    const other = connect('{"whole": true}');
    other.serverSends(message("Q", "a") + message("Q", "close") + message("Q", "b"));
    expect(other.isClosed).toBe(true);
    expect(other.clientSaw).toBe(message("Q", "a"));
    const third = connect('{"whole": true}');
    third.serverSends(message("Q", "close").slice(0, 4));
    third.serverSends(message("Q", "close").slice(4) + message("Q", "b"));
    expect(third.clientSaw).toBe("");
    const watched = connect();
    watched.serverSends(message("Q", "close"));
    expect(watched.isClosed).toBe(true);
    expect(watched.clientSaw).toBe(message("Q", "close"));
  });

  it("holds a message until a server has answered", () => {
    const proxy = FakeProxy.start(new ProbeFactory(), '{"whole": true}');
    const connection = proxy.connect();
    connection.clientSends("one\nask\ntw");
    expect(connection.serverSaw).toBe("");
    connection.clientSends("o\nth");
    expect(connection.serverSaw).toBe("");
    proxy.answer(1, 200);
    connection.settle();
    expect(connection.serverSaw).toBe("one\nask\ntwo\n");
    connection.clientSends("ree\n");
    expect(connection.serverSaw).toBe("one\nask\ntwo\nthree\n");
    expect(client).toBe("one? [one] ask? [ask] two? [two] thr? [three] ");
  });

  it("lets go what it holds at a later message", () => {
    const connection = connect('{"whole": true}');
    connection.clientSends("ask\ntwo\n");
    connection.clientSends("go\n");
    expect(connection.serverSaw).toBe("ask\ntwo\ngo\n");
  });

  it("passes on in parts what the proxy does not let it take", () => {
    const connection = connect('{"whole": true}');
    FakeHost.buffers.isRefusingEdits = true;
    connection.clientSends("one\nand ha");
    expect(connection.serverSaw).toBe("one\nand ha");
    connection.clientSends("lf\n");
    expect(client).toBe("one? [one] and? <and half 2> ");
    expect(connection.serverSaw).toBe("one\nand half\n");
  });

  it("closes what would have a hole in it", () => {
    const connection = connect('{"whole": true}');
    connection.serverSends("Q");
    FakeHost.buffers.isRefusingEdits = true;
    connection.serverSends("\0\x01a");
    expect(connection.isClosed).toBe(true);
  });

  it("passes on in parts what begins with more than the cap", () => {
    const connection = connect('{"whole": true, "cap": 1}');
    connection.serverSends("Q");
    expect(connection.clientSaw).toBe("");
    connection.serverSends("\0");
    expect(connection.clientSaw).toBe("Q\0");
    connection.serverSends("\x01a");
    expect(server).toBe("<a 1> ");
  });

  it("lets go what it holds and keeps when the filter fails", () => {
    const proxy = FakeProxy.start(new ProbeFactory(), '{"whole": true}');
    const connection = proxy.connect();
    connection.serverSends("Q\0");
    connection.clientSends("ask\ntw");
    proxy.answer(1, 500);
    connection.settle();
    expect(connection.serverSaw).toBe("ask\n");
    connection.clientSends("o\n");
    expect(connection.serverSaw).toBe("ask\ntwo\n");
    connection.serverSends("\x01a");
    expect(connection.clientSaw).toBe("Q\0\x01a");
  });

  it("lets go at once what the failing callback brought", () => {
    const connection = connect('{"whole": true}');
    connection.clientSends("one\nfa");
    connection.clientSends("ult\nhal");
    expect(connection.serverSaw).toBe("one\nfault\nhal");
  });

  it("says when a length makes no sense, and passes what follows unread", () => {
    for (let whole = 0; whole < 2; whole++) {
      client = "";
      const connection = connect(whole == 1 ? '{"whole": true, "odd": true}' : '{"odd": true}');
      connection.clientSends("ab!cd");
      connection.clientSends("ef");
      expect(client).toBe("a? [a] b? [b] invalid unread 3 unread 2 ");
      expect(connection.serverSaw).toBe("ab!cdef");
      connection.clientEnds();
    }
  });

  it("takes a framer that takes nothing for one that knows no more", () => {
    const connection = connect('{"odd": true}');
    connection.clientSends("a0");
    const other = connect('{"odd": true}');
    other.clientSends("a1");
    expect(client).toBe("a? [a] invalid unread 1 a? [a] invalid unread 1 ");
    expect(other.serverSaw).toBe("a1");
  });

  it("streams what there is no memory for", () => {
    const connection = connect('{"whole": true, "cap": 100000}');
    const long = "a".repeat(16000);
    connection.clientSends(long);
    Budget.limit = Budget.used;
    connection.clientSends(long.slice(0, 4000));
    expect(connection.serverSaw.length).toBe(20000);
    connection.clientSends("\nnext\n");
    expect(client).toBe("aaa? <" + "a".repeat(20000) + " 2> nex? [next] ");
    Budget.limit = DEFAULT_MEMORY_BYTES;
    expect(connection.serverSaw).toBe("a".repeat(20000) + "\nnext\n");
  });

  it("fetches nothing of a message that is passed by arithmetic", () => {
    const connection = connect();
    connection.serverSends("b\x7f\xff".slice(0, 1));
    FakeHost.buffers.fetches = 0;
    connection.serverSends("\0\x7f" + "x".repeat(50));
    expect(FakeHost.buffers.fetches).toBe(1);
  });

  it("fetches a chunk once however many messages it has, and wherever they are cut", () => {
    const connection = connect();
    FakeHost.buffers.fetches = 0;
    connection.clientSends("one\ntwo\nthree\n");
    expect(FakeHost.buffers.fetches).toBe(1);
    const keeping = connect('{"whole": true}');
    FakeHost.buffers.fetches = 0;
    keeping.clientSends("one\ntwo\nth");
    keeping.clientSends("ree\nfo");
    keeping.clientSends("u");
    keeping.clientSends("r\n");
    expect(FakeHost.buffers.fetches).toBe(4);
  });
});

describe("MessageFilter in a chain", () => {
  beforeEach(() => {
    client = "";
    server = "";
    down.clear();
    up.clear();
    down.set("a", "").set("c", "");
    up.set("a", "").set("c", "");
  });

  it("is between links that see bytes before, and such that see whole messages after", () => {
    const connection = connectChain();
    connection.clientSends("on");
    connection.clientSends("e\ntwo\nth");
    connection.clientSends("ree\n");
    expect(down.get("a")).toBe("on e\ntwo\nth ree\n ");
    expect(down.get("c")).toBe("one\ntwo\n three\n ");
    connection.serverSends("Q\0");
    connection.serverSends("\x01aQ");
    connection.serverEnds("\0\x01b");
    expect(up.get("c")).toBe("Q \x01aQ \x01b! ");
    expect(up.get("a")).toBe("Q\x01a Q\x01b! ");
    expect(connection.serverSaw).toBe("one\ntwo\nthree\n");
    expect(connection.clientSaw).toBe(message("Q", "a") + message("Q", "b"));
  });

  it("keeps the order when a later link holds", () => {
    const connection = connectChain();
    connection.clientSends("stop\nhal");
    expect(down.get("c")).toBe("stop\n ");
    connection.clientSends("f\nan");
    expect(down.get("c")).toBe("stop\n half\n ");
    expect(connection.serverSaw).toBe("");
    connection.clientSends("d\n");
    connection.clientSends("on\n");
    expect(connection.serverSaw).toBe("stop\nhalf\nand\non\n");
    expect(client).toBe("sto? [stop] hal? [half] and? [and] on\n? [on] ");
  });

  it("gives back what it keeps when it is switched off", () => {
    const connection = connectChain();
    connection.serverSends("Q\0");
    connection.clientSends("off\nhal");
    expect(connection.serverSaw).toBe("off\n");
    connection.clientSends("f\n");
    expect(connection.serverSaw).toBe("off\nhalf\n");
    connection.serverSends("\x01a");
    expect(connection.clientSaw).toBe(message("Q", "a"));
    expect(client).toBe("off? [off] hal? ");
    expect(Streamed.unwanted).toBe(0);
  });

  it("gives back what it keeps when it fails", () => {
    const connection = connectChain();
    connection.serverSends("Q\0");
    connection.clientSends("fault\nhal");
    expect(connection.serverSaw).toBe("fault\nhal");
    connection.clientEnds("f\n");
    connection.serverEnds("\x01a");
    expect(connection.serverSaw).toBe("fault\nhalf\n");
    expect(connection.clientSaw).toBe(message("Q", "a"));
    expect(down.get("c")).toBe("fault\nhal f\n! ");
  });
});
