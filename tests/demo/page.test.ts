// What the page's server tells, and what its client makes of it, without a browser.

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Scrapes } from "../../demo/page/client/scrapes.ts";
import { Frames } from "../../demo/page/frames.ts";
import { meaningsOf } from "../../demo/page/meanings.ts";
import { PageServer } from "../../demo/page/server.ts";
import { Settling } from "../../demo/page/settling.ts";
import { tapping } from "../../demo/page/tap.ts";
import { parsePrometheus } from "../../host/metrics/parse.ts";

const at = (second: number): number => 1_000_000 + second * 1_000;

describe("frames", () => {
  const scrape = (value: number): string =>
    `x_total{a="1"} ${value}\nx_total{a="2"} 7\nh_bucket{le="10"} ${value}\nh_bucket{le="+Inf"} ${2 * value}`;

  test("say only what is new", () => {
    const frames = new Frames();
    frames.add(1, at(1), parsePrometheus(scrape(1)));
    expect(frames.add(2, at(2), parsePrometheus(scrape(1)))).toMatchObject({ added: [], changed: [] });
    expect(frames.add(3, at(3), parsePrometheus('x_total{a="1"} 4\ny_total 1'))).toMatchObject({
      added: ["y_total"],
      changed: [0, 4, 4, 1],
    });
  });

  test("who comes after hours has all series, and the last five minutes", () => {
    const frames = new Frames();
    for (let i = 1; i <= 1_000; i++) frames.add(i, at(i), parsePrometheus(scrape(i)));
    expect(frames.history).toHaveLength(301);
    const scrapes = new Scrapes();
    for (const frame of frames.history) scrapes.add(frame);
    expect(scrapes.sum("x_total")).toBe(1_007);
    expect(scrapes.sum('x_total{a="2"}')).toBe(7);
    expect(scrapes.sum('x_total{a="1"} + x_total{a="2"} + nothing_total')).toBe(1_007);
    expect(scrapes.moments.map((moment) => scrapes.sum('x_total{a="1"}', moment))).toEqual(
      Array.from({ length: 301 }, (_, i) => 700 + i),
    );
  });

  test("rates and buckets are of the last five seconds", () => {
    const scrapes = new Scrapes();
    const frames = new Frames();
    [0, 0, 10, 20, 30, 40, 50, 60].forEach((value, i) =>
      scrapes.add(frames.add(i + 1, at(i), parsePrometheus(scrape(value)))),
    );
    expect(scrapes.rate('x_total{a="1"}')).toBe(10);
    expect(scrapes.recent("h")).toEqual([
      { le: 10, count: 50 },
      { le: Infinity, count: 100 },
    ]);
    expect(scrapes.by("x_total", "a")).toEqual([
      ["1", 60],
      ["2", 7],
    ]);
  });
});

describe("settling", () => {
  const section = (filter: number, book: number) => [
    {
      title: "mail",
      rows: [
        {
          title: "sessions",
          key: "",
          keeper: "server",
          filter,
          book,
          equal: filter === book,
          approximate: false,
        },
      ] as const,
    },
  ];
  const stateOf = (settling: Settling, filter: number, book: number, now: number): string | undefined =>
    settling.judge(section(filter, book), now)[0]?.rows[0]?.state;

  test("a difference is one when nothing has moved for long enough", () => {
    const settling = new Settling();
    expect(stateOf(settling, 3, 4, 0)).toBe("settling");
    expect(stateOf(settling, 4, 5, 4_000)).toBe("settling");
    expect(stateOf(settling, 4, 5, 8_999)).toBe("settling");
    expect(stateOf(settling, 4, 5, 9_000)).toBe("different");
    expect(stateOf(settling, 5, 5, 9_500)).toBe("equal");
  });
});

describe("meanings", () => {
  test.each([
    ["smtp", 40, "data_before_rcpt"],
    ["ldap", 24, "http_on_ldap"],
  ] as const)("of %s are those of its page", async (protocol, count, kind) => {
    const { [kind]: one, ...others } = await meaningsOf(protocol);
    expect(one).toMatch(/^[A-Z].*\.$/);
    expect(Object.keys(others)).toHaveLength(count - 1);
    for (const meaning of Object.values(others)) expect(meaning).not.toMatch(/[`|]/);
  });
});

describe("a tap", () => {
  let echo: Server;
  const dial = (): Socket => connect((echo.address() as AddressInfo).port, "127.0.0.1");
  beforeEach(async () => {
    echo = createServer((socket) => socket.on("error", () => undefined).pipe(socket)).listen(0, "127.0.0.1");
    await once(echo, "listening");
  });
  afterEach(() => {
    echo.close();
  });

  test("hears what a client says and gets, in order, and the ends", async () => {
    const heard: string[] = [];
    const listener = {
      opened: () => heard.push("opened"),
      data: (from: string, bytes: Uint8Array) =>
        heard.push(`${from} ${Buffer.from(bytes).toString("latin1")}`),
      ended: (from: string) => heard.push(`${from} ended`),
    };
    await tapping(listener, async () => {
      const socket = dial();
      socket.setEncoding("latin1");
      // Before there is a connection, and not in UTF-8.
      socket.write("caf\u00e9 ", "latin1");
      await once(socket, "data");
      socket.cork();
      socket.write(Buffer.from("one "));
      socket.write("two");
      socket.uncork();
      await once(socket, "data");
      socket.end();
      await once(socket, "close");
    });
    expect(heard).toEqual([
      "opened",
      "client caf\u00e9 ",
      "server caf\u00e9 ",
      "client one ",
      "client two",
      "server one two",
      "client ended",
      "server ended",
    ]);
  });

  test("leaves the connections of others alone", async () => {
    const heard: string[] = [];
    const listener = {
      opened: () => heard.push("opened"),
      data: () => heard.push("data"),
      ended: () => heard.push("ended"),
    };
    let finish: () => void = () => undefined;
    const tapped = tapping(listener, () => new Promise<void>((resolve) => (finish = resolve)));
    const other = dial().setEncoding("latin1");
    other.end("hello");
    expect(await once(other, "data")).toEqual(["hello"]);
    finish();
    await tapped;
    expect(heard).toEqual([]);
  });
});

describe("the page's server", () => {
  let page: PageServer;
  beforeEach(async () => {
    page = await PageServer.start({ host: "127.0.0.1", port: 0 });
  });
  afterEach(() => page.stop());

  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(new URL(path, page.url), init);

  test("hands out the page and what it needs, and nothing else", async () => {
    for (const path of ["/", "/style.css", "/icon.svg", "/vendor/uplot.js", "/vendor/uplot.css"])
      expect((await get(path)).status, path).toBe(200);
    for (const path of [
      "/package.json",
      "/app/demo/main.js",
      "/app/demo/page/client/%2e%2e/server.js",
      "/app/demo/page/client/../server.js",
      "/app/host/metrics/store.js",
      "/scrape/1",
    ])
      expect((await get(path)).status, path).toBe(404);
    expect((await get("/", { method: "POST" })).status).toBe(405);
  });

  test("takes nobody for a viewer who only asks whether there are events", async () => {
    for (let i = 0; i < 100; i++) expect((await get("/events", { method: "HEAD" })).status).toBe(200);
  });

  test("lets browsers load nothing from elsewhere, and nothing that is inline", async () => {
    const response = await get("/");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(await response.text()).not.toMatch(/<script(?![^>]* src=)| style="| on\w+=|https?:\/\//);
  });

  test("keeps the last scrapes as they came", async () => {
    for (let i = 1; i <= 30; i++) page.keepRaw(i, `x_total ${i}\n`);
    expect(await (await get("/scrape/30")).text()).toBe("x_total 30\n");
    expect((await get("/scrape/11")).status).toBe(200);
    expect((await get("/scrape/10")).status).toBe(404);
  });

  test("has room for so many viewers, and again when one leaves", async () => {
    const leaving = new AbortController();
    const first = await get("/events", { signal: leaving.signal });
    const others = await Promise.all(Array.from({ length: 63 }, () => get("/events")));
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200));
    expect((await get("/events")).status).toBe(503);
    leaving.abort();
    await expect.poll(async () => (await get("/events")).status).toBe(200);
    expect(first.headers.get("content-type")).toBe("text/event-stream");
  });

  test("lets go who does not read, before it has put by all that is told", async () => {
    const { hostname, port } = new URL(page.url);
    const viewer = connect(Number(port), hostname).pause();
    viewer.write("GET /events HTTP/1.1\r\nHost: page\r\n\r\n");
    // Its answer has begun: it is one of those who are told.
    await once(viewer, "readable");
    const message = { scrape: 1, sections: [{ title: "x".repeat(1024 * 1024), rows: [] }] };
    for (let told = 0; told < 64; told++) {
      page.tell("comparison", message);
      await new Promise(setImmediate);
    }
    const closed = once(viewer, "close");
    viewer.resume();
    await closed;
    expect(viewer.bytesRead).toBeLessThan(32 * 1024 * 1024);
  });
});
