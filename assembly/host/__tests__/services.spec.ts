import { LOG_DEBUG, LOG_ERROR, LOG_WARN } from "../../abi/constants";
import { Text } from "../../bytes/text";
import { bytesOf, FakeHost } from "../../testing";
import { Faults } from "../faults";
import { FilterState } from "../filter-state";
import { Host } from "../host";
import { LINES_PER_INTERVAL, MAX_LINE_BYTES } from "../log";
import { MAX_PATH } from "../properties";

describe("Clock", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("is read once until it is told to forget", () => {
    const first = Host.clock.now();
    FakeHost.clock.monotonicTime += 5;
    expect(Host.clock.now()).toBe(first);
    expect(FakeHost.clock.reads).toBe(1);
    Host.clock.forget();
    expect(Host.clock.now()).toBe(first + 5);
  });

  it("keeps the calendar apart", () => {
    const first = Host.clock.wall();
    FakeHost.clock.wallTime += 7;
    expect(Host.clock.wall()).toBe(first);
    Host.clock.forget();
    expect(Host.clock.wall()).toBe(first + 7);
    expect(FakeHost.clock.reads).toBe(0);
  });
});

describe("Log", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("writes lines at their level", () => {
    FakeHost.log.shown = LOG_DEBUG;
    Host.log.debug("a");
    Host.log.info("b");
    Host.log.warn("c");
    Host.log.error("d");
    expect(FakeHost.log.lines.join("")).toBe("abcd");
    expect(FakeHost.log.levels).toStrictEqual([1, 2, 3, 4]);
  });

  it("asks for the proxy's level once, and keeps quiet below it", () => {
    FakeHost.log.shown = LOG_WARN;
    Host.log.info("a");
    Host.log.debug("b");
    Host.log.warn("c");
    expect(FakeHost.log.lines.join("")).toBe("c");
    expect(FakeHost.log.asked).toBe(1);
  });

  it("asks again after the interval", () => {
    FakeHost.log.shown = LOG_ERROR;
    Host.log.warn("a");
    FakeHost.log.shown = LOG_WARN;
    FakeHost.clock.advance(9_000);
    Host.log.tick();
    FakeHost.clock.advance(11_000);
    Host.log.tick();
    Host.log.warn("b");
    expect(FakeHost.log.lines.join("")).toBe("b");
  });

  it("drops lines beyond the rate and says so after the interval", () => {
    FakeHost.clock.advance(60_000);
    Host.log.tick();
    for (let i = 0; i < LINES_PER_INTERVAL + 3; i++) Host.log.warn("x");
    expect(FakeHost.log.lines.length).toBe(LINES_PER_INTERVAL);
    FakeHost.clock.advance(9_999);
    Host.log.tick();
    Host.log.warn("y");
    expect(FakeHost.log.lines.length).toBe(LINES_PER_INTERVAL);
    FakeHost.clock.advance(10_000);
    Host.log.tick();
    Host.log.warn("z");
    expect(FakeHost.log.lines[LINES_PER_INTERVAL]).toBe("z (4 lines dropped before)");
  });

  it("writes what must not be lost whatever the rate", () => {
    for (let i = 0; i < LINES_PER_INTERVAL; i++) Host.log.warn("x");
    Host.log.always(LOG_ERROR, bytesOf("start"));
    expect(FakeHost.log.lines[LINES_PER_INTERVAL]).toBe("start");
  });

  it("writes a text as any other line", () => {
    const text = Text.ofCapacity(8).string("abc");
    Host.log.writeText(LOG_DEBUG, text);
    for (let i = 0; i < LINES_PER_INTERVAL + 1; i++) Host.log.writeText(LOG_WARN, text);
    expect(FakeHost.log.lines.length).toBe(LINES_PER_INTERVAL);
    expect(FakeHost.log.lines[0]).toBe("abc");
    FakeHost.clock.advance(10_000);
    Host.log.tick();
    Host.log.writeText(LOG_WARN, text);
    expect(FakeHost.log.lines[LINES_PER_INTERVAL]).toBe("abc (1 lines dropped before)");
  });

  it("has one line for one, and nothing for a terminal in it", () => {
    const end = "\u00e9\u00a0~";
    Host.log.warn("a\n[critical] b\r\u0000\u001b[2J\u007f\u0085\u009b31m" + end);
    expect(FakeHost.log.lines[0]).toBe("a.[critical] b...[2J.....31m" + end);
    const broken = Text.ofCapacity(8).byte(0xc2).string('"').byte(0xc2);
    Host.log.writeText(LOG_WARN, broken.byte(0x0a));
    expect(broken.length).toBe(4);
    Host.log.always(LOG_ERROR, bytesOf("c\td"));
    expect(FakeHost.log.lines[2]).toBe("c.d");
  });

  it("cuts long lines", () => {
    Host.log.warn("é".repeat(MAX_LINE_BYTES));
    expect(FakeHost.log.lines[0].length).toBe(MAX_LINE_BYTES / 2);
  });
});

describe("FilterState", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("is kept under its key", () => {
    expect(FilterState.set("heirloom.smtp", bytesOf("{}"))).toBe(true);
    expect(FakeHost.properties.written.get("heirloom.smtp")).toBe("{}");
  });

  it("is a fault when the proxy refuses", () => {
    FakeHost.properties.isRefusing = true;
    expect(FilterState.set("heirloom.smtp", bytesOf("{}"))).toBe(false);
    expect(Faults.pending).toBe(1);
  });

  it("is a fault when the key is too long for the proxy to be asked", () => {
    expect(FilterState.set("k".repeat(MAX_PATH + 1), bytesOf("{}"))).toBe(false);
    expect(Faults.pending).toBe(1);
  });
});
