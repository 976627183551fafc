import { Settings } from "../../config/settings";
import { FakeHost, FakeProxy } from "../../testing";
import { DownstreamChunk, UpstreamChunk } from "../chunk";
import { NewConnection } from "../connection";
import { Peer } from "../filter";
import { Handlers } from "../handlers";

/** What the handlers were told. */
let heard: string = "";
let states: i32 = 0;

class Shared {
  constructor(readonly word: string) {}
}

class State {
  constructor(readonly word: string) {}

  say(what: string): void {
    heard += this.word + what + " ";
  }
}

function read(settings: Settings): Shared {
  return new Shared(settings.name("word", "a"));
}

function newState(shared: Shared): State {
  states++;
  return new State(shared.word);
}

function handlers(): Handlers<Shared, State> {
  return new Handlers<Shared, State>("handlers", read, newState);
}

describe("Handlers", () => {
  beforeEach(() => {
    heard = "";
    states = 0;
  });

  it("call a function for each callback, with the state of the connection", () => {
    const factory = handlers()
      .onNewConnection((state: State, _connection: NewConnection) => {
        state.say("new");
      })
      .onDownstreamData((state: State, chunk: DownstreamChunk, endOfStream: bool) => {
        state.say("down" + chunk.size.toString() + (endOfStream ? "!" : ""));
      })
      .onUpstreamData((state: State, chunk: UpstreamChunk, endOfStream: bool) => {
        state.say("up" + chunk.size.toString() + (endOfStream ? "!" : ""));
      })
      .onUpstreamClose((state: State, _peer: Peer) => {
        state.say("server");
      })
      .onDownstreamClose((state: State, peer: Peer) => {
        state.say("client" + (<i32>peer).toString());
      })
      .onLog((state: State) => {
        state.say("log");
      });
    const proxy = FakeProxy.start(factory, '{"word": "b"}');
    expect(proxy.isAccepted).toBe(true);
    const connection = proxy.connect();
    connection.clientSends("hello");
    connection.serverEnds("hi");
    connection.clientCloses();
    expect(heard).toBe("bnew bdown5 bup2! bserver bclient2 blog ");
    proxy.connect();
    expect(states).toBe(1);
  });

  it("may all be missing", () => {
    const connection = FakeProxy.start(handlers()).connect();
    connection.clientSends("hello");
    connection.serverEnds("hi");
    connection.clientCloses();
    expect(heard).toBe("");
    expect(connection.serverSaw).toBe("hello");
    expect(connection.clientSaw).toBe("hi");
  });

  it("refuse what the configuration's reader refuses", () => {
    expect(FakeProxy.start(handlers(), '{"other": 1}').isAccepted).toBe(false);
    expect(FakeHost.log.lines.length).toBeGreaterThan(0);
  });
});
