import { Budget, DEFAULT_MEMORY_BYTES } from "../../bytes/budget";
import { FakeHost, FakeProxy } from "../../testing";
import {
  CLIENT,
  ProbeFactory,
  client,
  connect,
  expectUnchanged,
  forget,
  message,
  server,
} from "./message-probe";

describe("MessageFilter", () => {
  beforeEach(() => {
    forget();
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
    forget();
    const next = connect();
    next.clientSends("new\n");
    expect(client).toBe("new? [new] ");
  });

  it("serves the next connection as if there had been none", () => {
    const proxy = FakeProxy.start(new ProbeFactory(), '{"whole": true}');
    const first = proxy.connect();
    first.clientSends("half of");
    first.clientCloses();
    forget();
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
      forget();
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

  it("is shown nothing more of what the failing callback brought", () => {
    const connection = connect('{"whole": true}');
    connection.clientSends("one\nfault\ntwo\nhal");
    expect(client).toBe("one? [one] fau? [fault] ");
    expect(connection.serverSaw).toBe("one\nfault\ntwo\nhal");
    forget();
    const watched = connect();
    watched.clientSends("no!\ntwo\n");
    expect(client).toBe("no!? ");
    expect(watched.serverSaw).toBe("no!\ntwo\n");
  });

  it("loses nothing of what fails, wherever it is cut", () => {
    const text = "one\nfault\ntwo\nthree\n";
    for (let step = 1; step <= text.length; step++) {
      const connection = connect('{"whole": true}');
      for (let at = 0; at < text.length; at += step) connection.clientSends(text.slice(at, at + step));
      expect(connection.serverSaw).toBe(text);
    }
  });

  it("does not call invalid what the proxy does not let it see", () => {
    const connection = connect('{"whole": true}');
    connection.clientSends("one\ntw");
    FakeHost.buffers.isRefusing = true;
    connection.clientSends("o\n");
    FakeHost.buffers.isRefusing = false;
    expect(client).toBe("one? [one] ");
  });

  it("lets nothing go on with a message at which it closes, if the proxy does not let it take that alone", () => {
    const connection = connect('{"whole": true}');
    const long = "Q\x7f\x7f" + "x".repeat(0x7f7f);
    connection.serverSends(long.repeat(33) + message("Q", "close"));
    expect(connection.isClosed).toBe(true);
    expect(connection.clientSaw.length).toBe(0);
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

  it("fetches a large chunk window by window", () => {
    const connection = connect('{"cap": 1000000}');
    FakeHost.buffers.fetches = 0;
    connection.clientSends(("a".repeat(127) + "\n").repeat(512));
    expect(FakeHost.buffers.fetches).toBe(4);
    FakeHost.buffers.fetches = 0;
    connection.clientSends(("a".repeat(126) + "\n").repeat(512));
    expect(FakeHost.buffers.fetches).toBe(4);
    forget();
    FakeHost.buffers.fetches = 0;
    connection.clientSends("a".repeat(65535) + "\nnext\n");
    expect(FakeHost.buffers.fetches).toBe(6);
    expect(client.length).toBe("aaa? [] nex? [next] ".length + 65535);
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
