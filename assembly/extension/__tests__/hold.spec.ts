import { Settings } from "../../config/settings";
import { HttpRequest, HttpResponse } from "../../host/http";
import { FakeConnection, FakeHost, FakeProxy } from "../../testing";
import { DownstreamChunk, UpstreamChunk } from "../chunk";
import { Connection, NewConnection } from "../connection";
import { FilterFactory } from "../factory";
import { NetworkFilter } from "../filter";
import { HttpClient } from "../http-client";
import { OnError, Plugin } from "../plugin";

/** What the filter under test was shown. */
let seen: string = "";

/** Holds each connection until a server has said yes, and closes it when that says no or nothing. */
class AskingFactory extends FilterFactory {
  configure(settings: Settings): Plugin {
    return new AskingPlugin(settings.bool("early", false), settings.bool("strict", false));
  }
}

class AskingPlugin extends Plugin {
  constructor(
    readonly isEarly: bool,
    isStrict: bool,
  ) {
    super();
    if (isStrict) this.onError = OnError.close;
  }

  newFilter(): NetworkFilter {
    return new AskingFilter(this.isEarly);
  }
}

class AskingFilter extends NetworkFilter {
  private readonly request: HttpRequest = new HttpRequest("authorizer");
  private hasAsked: bool = false;

  constructor(private readonly isEarly: bool) {
    super();
  }

  onNewConnection(connection: NewConnection): void {
    this.hasAsked = false;
    if (!this.isEarly) return;
    this.ask();
    connection.hold();
  }

  onDownstreamData(chunk: DownstreamChunk, endOfStream: bool): void {
    const bytes = chunk.bytes();
    const text = String.UTF8.decodeUnsafe(bytes.start, bytes.length);
    seen += text + (endOfStream ? "!" : "|");
    if (text == "fault") this.fail("the filter cannot go on");
    if (text == "enough") chunk.release();
    else if (text == "no") chunk.close();
    else if (!this.hasAsked) {
      this.ask();
      chunk.hold();
    }
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    if (chunk.bytes().equals("fault")) this.fail("the filter cannot go on");
  }

  onHttpResponse(response: HttpResponse, connection: Connection): void {
    seen += `${response.status} `;
    if (response.status == 200) connection.release();
    else if (response.status == 500) this.fail("the server is broken");
    else connection.close();
  }

  private ask(): void {
    this.hasAsked = true;
    HttpClient.call(this.request, this);
  }
}

function start(configuration: string = "{}"): FakeProxy {
  seen = "";
  return FakeProxy.start(new AskingFactory("asking"), configuration);
}

function answer(proxy: FakeProxy, connection: FakeConnection, status: i32): void {
  proxy.answer(1, status);
  connection.settle();
}

describe("what a filter holds", () => {
  it("stays with the proxy until it is released, and goes on once and in order", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientSends("a");
    connection.clientSends("b");
    expect(connection.serverSaw).toBe("");
    answer(proxy, connection, 200);
    expect(connection.serverSaw).toBe("ab");
    connection.clientSends("c");
    expect(connection.serverSaw).toBe("abc");
    expect(seen).toBe("a|b|200 c|");
    expect(FakeHost.stream.resumed).toBe(1);
  });

  it("is shown to it as it comes, each byte once", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientSends("one");
    connection.clientSends("two");
    connection.clientSends("three");
    expect(seen).toBe("one|two|three|");
  });

  it("can be released while bytes come", () => {
    const connection = start().connect();
    connection.clientSends("a");
    connection.clientSends("enough");
    expect(connection.serverSaw).toBe("aenough");
    expect(FakeHost.stream.resumed).toBe(0);
  });

  it("keeps the client's end of stream", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientEnds("a");
    expect(connection.serverSawEnd).toBe(false);
    answer(proxy, connection, 200);
    expect(connection.serverSaw).toBe("a");
    expect(connection.serverSawEnd).toBe(true);
    expect(seen).toBe("a!200 ");
  });

  it("can be everything, from the start on: no server is connected then", () => {
    const proxy = start('{"early": true}');
    const connection = proxy.connect();
    expect(connection.isConnected).toBe(false);
    connection.clientSends("a");
    expect(connection.isConnected).toBe(false);
    answer(proxy, connection, 200);
    expect(connection.isConnected).toBe(true);
    expect(connection.serverSaw).toBe("a");
    expect(seen).toBe("a|200 ");
  });

  it("goes nowhere when the connection is closed", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientSends("a");
    answer(proxy, connection, 403);
    expect(connection.isClosed).toBe(true);
    expect(connection.serverSaw).toBe("");
    const other = start('{"early": true}').connect();
    other.clientSends("no");
    expect(other.isClosed).toBe(true);
    expect(other.serverSaw).toBe("");
  });

  it("is closed when no answer comes, as this filter decides", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientSends("a");
    proxy.timeOut(1);
    connection.settle();
    expect(seen).toBe("a|504 ");
    expect(connection.isClosed).toBe(true);
    const other = proxy.connect();
    other.clientSends("b");
    proxy.breakOff(2);
    other.settle();
    expect(seen).toBe("a|504 b|0 ");
    expect(other.isClosed).toBe(true);
  });

  it("is no matter when the client has gone: the answer finds nobody", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientSends("a");
    connection.clientCloses();
    answer(proxy, connection, 200);
    expect(seen).toBe("a|");
    expect(connection.serverSaw).toBe("");
    expect(FakeHost.stream.resumed).toBe(0);
  });

  it("goes on when the filter cannot: in its own callback, in one of the server's, and in an answer", () => {
    const proxy = start();
    const own = proxy.connect();
    own.clientSends("a");
    own.clientSends("fault");
    expect(own.serverSaw).toBe("afault");
    const servers = proxy.connect();
    servers.clientSends("b");
    servers.serverSends("fault");
    expect(servers.serverSaw).toBe("b");
    const answers = proxy.connect();
    answers.clientSends("c");
    proxy.answer(3, 500);
    answers.settle();
    expect(answers.serverSaw).toBe("c");
    answers.clientSends("d");
    expect(answers.serverSaw).toBe("cd");
  });

  it("is closed when the filter cannot go on and its plugin wants that", () => {
    const connection = start('{"strict": true}').connect();
    connection.clientSends("a");
    connection.clientSends("fault");
    expect(connection.isClosed).toBe(true);
    expect(connection.serverSaw).toBe("");
  });

  it("is not left behind for the next connection of the same filter", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientSends("a");
    connection.clientCloses();
    const next = proxy.connect();
    expect(next.isConnected).toBe(true);
    next.clientSends("enough");
    expect(next.serverSaw).toBe("enough");
  });
});
