import { Settings } from "../../config/settings";
import { HttpRequest, HttpResponse } from "../../host/http";
import { Counter } from "../../host/metric";
import { Stats } from "../../host/stats";
import { bytesOf, FakeConnection, FakeHost, FakeProxy } from "../../testing";
import { FilterChain } from "../chain";
import { DownstreamChunk, UpstreamChunk } from "../chunk";
import { Connection, NewConnection } from "../connection";
import { FilterFactory } from "../factory";
import { NetworkFilter, Peer } from "../filter";
import { HttpClient } from "../http-client";
import { OnError, Plugin } from "../plugin";
import { Ticker } from "../ticker";

/** What the links were told, each word with the link's letter in front. */
let heard: string = "";

/**
 * A link that does what it reads: `Ahold` holds (link A), `Ago` releases, `Aclose`, `Afault`, `A+` prepends `a`,
 * `AonB` and `AoffB` switch link B, `Aask` asks a server and holds.
 */
class ProbeFactory extends FilterFactory {
  configure(settings: Settings): Plugin {
    return new ProbePlugin(this.rootId, settings);
  }
}

class ProbePlugin extends Plugin {
  readonly chunks: Counter;
  readonly holdsFirst: bool;

  constructor(
    readonly letter: string,
    settings: Settings,
  ) {
    super();
    this.chunks = Stats.of("probe", settings.name("stat_prefix", letter.toLowerCase())).counter(
      "chunks_total",
    );
    this.holdsFirst = settings.bool("hold", false);
    if (settings.bool("strict", false)) this.onError = OnError.close;
    if (settings.bool("ticks", false)) this.every(100);
  }

  newFilter(): NetworkFilter {
    return new ProbeFilter(this);
  }

  onTick(_ticker: Ticker): void {
    heard += this.letter + "tick ";
  }

  onDone(): void {
    heard += this.letter + "done ";
  }
}

class ProbeFilter extends NetworkFilter {
  private readonly request: HttpRequest = new HttpRequest("server");

  constructor(private readonly plugin: ProbePlugin) {
    super();
  }

  onNewConnection(connection: NewConnection): void {
    this.say("new");
    if (this.plugin.holdsFirst) connection.hold();
  }

  onDownstreamData(chunk: DownstreamChunk, endOfStream: bool): void {
    this.plugin.chunks.inc();
    const bytes = chunk.bytes();
    const text = String.UTF8.decodeUnsafe(bytes.start, bytes.length);
    this.say(text + (endOfStream ? "!" : ""));
    if (this.isTold(text, "hold")) chunk.hold();
    if (this.isTold(text, "go")) chunk.release();
    if (this.isTold(text, "close")) chunk.close();
    if (this.isTold(text, "fault")) this.fail("a link cannot go on");
    if (this.isTold(text, "+")) chunk.prepend(bytesOf(this.plugin.letter.toLowerCase()));
    if (this.isTold(text, "ask")) {
      HttpClient.call(this.request, this);
      chunk.hold();
    }
    const links = this.links;
    if (links === null) return;
    if (this.isTold(text, "onB")) links.enable("b");
    if (this.isTold(text, "offB")) links.disable("b");
    if (this.isTold(text, "onX")) this.say(links.enable("x") ? "x" : "no x");
  }

  onUpstreamData(chunk: UpstreamChunk, endOfStream: bool): void {
    const bytes = chunk.bytes();
    const text = String.UTF8.decodeUnsafe(bytes.start, bytes.length);
    this.say("<" + text + (endOfStream ? "!" : ""));
    if (this.isTold(text, "fault")) this.fail("a link cannot go on");
    if (this.isTold(text, "+")) chunk.append(bytesOf(this.plugin.letter.toLowerCase()));
  }

  onHttpResponse(response: HttpResponse, connection: Connection): void {
    this.say(response.status.toString());
    if (response.status == 200) connection.release();
    if (response.status == 403) connection.close();
    if (response.status == 500) this.fail("a link cannot go on");
  }

  onDownstreamClose(_peer: Peer): void {
    this.say("close");
  }

  onUpstreamClose(_peer: Peer): void {
    this.say("uclose");
  }

  onLog(): void {
    this.say("log");
  }

  onDelete(): void {
    this.say("delete");
  }

  private say(what: string): void {
    heard += this.plugin.letter + what + " ";
  }

  private isTold(text: string, what: string): bool {
    return text.includes(this.plugin.letter + what);
  }
}

function chain(): FilterChain {
  return new FilterChain("chain")
    .add("a", new ProbeFactory("A"))
    .add("b", new ProbeFactory("B"))
    .add("c", new ProbeFactory("C"));
}

function start(configuration: string = "{}"): FakeProxy {
  heard = "";
  return FakeProxy.start(chain(), configuration);
}

/** A connection of which nothing has been heard yet. */
function connected(proxy: FakeProxy): FakeConnection {
  const connection = proxy.connect();
  heard = "";
  return connection;
}

describe("FilterChain", () => {
  it("hands everything on in order, and the server's bytes in reverse", () => {
    const connection = start().connect();
    connection.clientSends("x");
    connection.serverSends("y");
    connection.clientEnds();
    connection.serverEnds();
    connection.clientCloses();
    expect(heard).toBe(
      "Anew Bnew Cnew Ax Bx Cx C<y B<y A<y A! B! C! C<! B<! A<! Auclose Buclose Cuclose " +
        "Aclose Bclose Cclose Alog Blog Clog Adelete Bdelete Cdelete ",
    );
  });

  it("fetches a chunk once, however many links read it", () => {
    const connection = start().connect();
    const before = FakeHost.buffers.fetches;
    connection.clientSends("x");
    connection.serverSends("y");
    expect(FakeHost.buffers.fetches - before).toBe(2);
  });

  it("shows edits to the links behind, in either direction", () => {
    const connection = connected(start());
    connection.clientSends("A+B+");
    expect(connection.serverSaw).toBe("baA+B+");
    expect(heard).toBe("AA+B+ BaA+B+ CbaA+B+ ");
    heard = "";
    connection.serverSends("C+");
    expect(connection.clientSaw).toBe("C+c");
    expect(heard).toBe("C<C+ B<C+c A<C+c ");
  });

  it("gives each link its configuration, its metrics and its ticks", () => {
    const proxy = start('{"a": {"ticks": true}, "b": {"stat_prefix": "mine"}}');
    expect(FakeHost.timer.period).toBe(100);
    proxy.connect().clientSends("x");
    proxy.tick(100);
    proxy.tick(100);
    proxy.tick(900);
    expect(heard.includes("Atick Atick ")).toBe(true);
    proxy.end();
    expect(heard.includes("Adone Bdone Cdone ")).toBe(true);
    expect(FakeHost.metrics.value("probe.a.chunks_total")).toBe(1);
    expect(FakeHost.metrics.value("probe.mine.chunks_total")).toBe(1);
    expect(FakeHost.metrics.value("probe.c.chunks_total")).toBe(1);
  });

  it("names the link in errors of the configuration", () => {
    expect(start('{"b": {"hold": 1}, "d": {}}').isAccepted).toBe(false);
    expect(FakeHost.log.lines[0]).toBe(
      "chain: configuration: b.hold: expected true or false, found 1 (byte 16)",
    );
    expect(FakeHost.log.lines[1].includes('unknown key "d"')).toBe(true);
  });

  it("is refused with two links of one name", () => {
    const twice = new FilterChain("chain").add("a", new ProbeFactory("A")).add("a", new ProbeFactory("B"));
    expect(FakeProxy.start(twice).isAccepted).toBe(false);
    expect(FakeHost.log.lines[0].includes('two links of a chain are named "a"')).toBe(true);
  });

  it("holds back from the links behind what a link holds, and shows it before it goes on", () => {
    const connection = connected(start());
    connection.clientSends("Bhold");
    connection.clientSends("x");
    expect(connection.serverSaw).toBe("");
    expect(heard).toBe("ABhold BBhold Ax Bx ");
    connection.clientSends("Bgo");
    expect(connection.serverSaw).toBe("BholdxBgo");
    expect(heard).toBe("ABhold BBhold Ax Bx ABgo BBgo CBholdxBgo ");
  });

  it("lets only the link release that holds", () => {
    const connection = connected(start());
    connection.clientSends("Bhold");
    connection.clientSends("Ago");
    expect(connection.serverSaw).toBe("");
    connection.clientSends("Bgo");
    expect(connection.serverSaw).toBe("BholdAgoBgo");
  });

  it("can be held again by a link behind, with all that was held", () => {
    const connection = connected(start());
    connection.clientSends("Ahold");
    connection.clientSends("Chold Ago");
    expect(connection.serverSaw).toBe("");
    expect(heard).toBe("AAhold AChold Ago BAholdChold Ago CAholdChold Ago ");
    heard = "";
    connection.clientSends("Cgo");
    expect(connection.serverSaw).toBe("AholdChold AgoCgo");
    expect(heard).toBe("ACgo BCgo CCgo ");
  });

  it("begins links behind one that holds from the start when that releases", () => {
    const connection = start('{"b": {"hold": true}}').connect();
    expect(heard).toBe("Anew Bnew ");
    expect(connection.isConnected).toBe(false);
    connection.clientSends("Bgo");
    expect(heard).toBe("Anew Bnew ABgo BBgo Cnew CBgo ");
    expect(connection.serverSaw).toBe("Bgo");
  });

  it("goes on with an answer from outside, the end of stream with it", () => {
    const proxy = start();
    const connection = connected(proxy);
    connection.clientEnds("Aask");
    proxy.answer(1, 200);
    connection.settle();
    expect(heard).toBe("AAask! A200 BAask! CAask! ");
    expect(connection.serverSaw).toBe("Aask");
    expect(connection.serverSawEnd).toBe(true);
  });

  it("stays held when a link behind holds what an answer has released", () => {
    const proxy = start();
    const connection = connected(proxy);
    connection.clientSends("Aask Chold");
    proxy.answer(1, 200);
    connection.settle();
    expect(connection.serverSaw).toBe("");
    connection.clientSends("Cgo");
    expect(connection.serverSaw).toBe("Aask CholdCgo");
  });

  it("is not let go by the answer to a link that does not hold", () => {
    const proxy = start();
    const connection = connected(proxy);
    connection.clientSends("Aask");
    connection.clientSends("Aask");
    proxy.answer(1, 200);
    connection.settle();
    expect(connection.serverSaw).toBe("AaskAask");
    connection.clientSends("Chold");
    proxy.answer(2, 200);
    connection.settle();
    expect(connection.serverSaw).toBe("AaskAask");
  });

  it("goes on without a link that reports a fault, and holds nothing for it", () => {
    const connection = connected(start());
    connection.clientSends("Bhold");
    connection.clientSends("Bfault");
    expect(connection.serverSaw).toBe("BholdBfault");
    connection.clientSends("x");
    connection.serverSends("y");
    expect(heard).toBe("ABhold BBhold ABfault BBfault CBholdBfault Ax Cx C<y A<y ");
    connection.clientCloses();
    expect(heard.includes("Bclose ")).toBe(true);
  });

  it("goes on without each of two links that report a fault in one callback", () => {
    const connection = connected(start());
    connection.clientSends("Afault Bfault");
    connection.clientSends("x");
    expect(heard).toBe("AAfault Bfault BAfault Bfault CAfault Bfault Cx ");
    expect(connection.serverSaw).toBe("Afault Bfaultx");
  });

  it("goes on without a link whose answer is a fault", () => {
    const proxy = start();
    const connection = connected(proxy);
    connection.clientSends("Aask");
    proxy.answer(1, 500);
    connection.settle();
    expect(connection.serverSaw).toBe("Aask");
    connection.clientSends("x");
    expect(heard).toBe("AAask A500 BAask CAask Bx Cx ");
  });

  it("is closed by the fault of a link whose plugin wants that, and the links behind are not shown the chunk", () => {
    const connection = connected(start('{"b": {"strict": true}}'));
    connection.clientSends("Bfault");
    expect(connection.isClosed).toBe(true);
    expect(connection.serverSaw).toBe("");
    expect(heard.includes("CBfault")).toBe(false);
    expect(heard.includes("Cclose Alog")).toBe(true);
  });

  it("is closed by a link, and the links behind are not shown the chunk", () => {
    const connection = connected(start());
    connection.clientSends("Aclose");
    expect(connection.isClosed).toBe(true);
    expect(connection.serverSaw).toBe("");
    expect(heard.startsWith("AAclose Aclose Bclose")).toBe(true);
  });

  it("begins a link that is switched on with the next chunk, of either direction", () => {
    heard = "";
    const links = new FilterChain("chain").add("a", new ProbeFactory("A")).addOff("b", new ProbeFactory("B"));
    const proxy = FakeProxy.start(links);
    const connection = proxy.connect();
    connection.clientSends("AonB");
    connection.clientSends("x");
    connection.clientSends("AoffB");
    connection.clientSends("y");
    expect(heard).toBe("Anew AAonB Ax Bnew Bx AAoffB BAoffB Ay ");
    connection.clientCloses();
    expect(heard.includes("Bclose")).toBe(true);
    heard = "";
    const other = proxy.connect();
    other.clientSends("x");
    other.clientCloses();
    expect(heard.includes("B")).toBe(false);
  });

  it("says so when there is no such link", () => {
    const connection = connected(start());
    connection.clientSends("AonX");
    expect(heard).toBe("AAonX Ano x BAonX CAonX ");
  });
});
