import { Settings } from "../../config/settings";
import { HttpRequest, HttpResponse } from "../../host/http";
import { FakeProxy } from "../../testing";
import { FilterChain } from "../chain";
import { FilterFactory } from "../factory";
import { HttpClient, MAX_PENDING_CALLS } from "../http-client";
import { Plugin } from "../plugin";
import { Service } from "../service";

/** How many calls were sent, and how many answers came, of all plugins. */
let sent: i32 = 0;
let answers: i32 = 0;

/** Sends `calls` when it is made, and as many when a queue is ready. */
class CallingPlugin extends Service {
  private readonly request: HttpRequest = new HttpRequest("policies");

  constructor(private readonly calls: i32) {
    super();
    this.send();
  }

  onQueueReady(_queue: u32): void {
    this.send();
  }

  onHttpResponse(_response: HttpResponse): void {
    answers++;
  }

  private send(): void {
    for (let i = 0; i < this.calls; i++) {
      if (HttpClient.callForPlugin(this.request, this) != 0) sent++;
    }
  }
}

class CallingFactory extends FilterFactory {
  configure(settings: Settings): Plugin {
    return new CallingPlugin(<i32>settings.integer("calls", 1, 1, 10_000));
  }
}

function calling(): FilterFactory {
  return new CallingFactory("heirloom.calling");
}

describe("the calls of a plugin", () => {
  beforeEach(() => {
    sent = 0;
    answers = 0;
  });

  it("are answered while its configuration is there", () => {
    const proxy = FakeProxy.start(calling());
    proxy.answer(1, 200);
    proxy.answer(1, 200);
    proxy.queueReady(1);
    proxy.breakOff(2);
    expect(sent).toBe(2);
    expect(answers).toBe(2);
  });

  it("are over with its configuration, and make room for those of others", () => {
    const proxy = FakeProxy.start(calling(), '{"calls":10000}');
    expect(sent).toBe(MAX_PENDING_CALLS);
    const other = proxy.another();
    expect(sent).toBe(MAX_PENDING_CALLS);
    proxy.end();
    other.answer(1, 200);
    expect(answers).toBe(0);
    other.queueReady(1);
    expect(sent).toBe(MAX_PENDING_CALLS + 1);
    other.answer(sent, 200);
    expect(answers).toBe(1);
  });

  it("leave those of another configuration alone", () => {
    const proxy = FakeProxy.start(calling());
    const other = proxy.another();
    proxy.end();
    other.answer(1, 200);
    other.answer(2, 200);
    expect(answers).toBe(1);
  });

  it("are over with the chain that it is a link of", () => {
    const chain = new FilterChain("heirloom.chain").add("a", calling()).add("b", calling());
    const proxy = FakeProxy.start(chain);
    const other = proxy.another();
    expect(sent).toBe(4);
    proxy.end();
    for (let token = 1; token <= sent; token++) other.answer(token, 200);
    expect(answers).toBe(2);
  });

  it("are over where its configuration is refused", () => {
    const proxy = FakeProxy.start(calling(), '{"typo":1}');
    expect(proxy.isAccepted).toBe(false);
    expect(sent).toBe(1);
    proxy.answer(1, 200);
    expect(answers).toBe(0);
  });
});
