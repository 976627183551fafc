// The admin interface of the embedded host answers as Envoy's.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { request } from "node:http";
import { AdminServer } from "../../host/proxy/admin-server.ts";
import { StatStore } from "../../host/metrics/store.ts";
import { CLUSTER_TAG, UpstreamStats } from "../../host/proxy/upstream-stats.ts";

let admin: AdminServer;
let state: "LIVE" | "DRAINING" = "LIVE";

beforeAll(async () => {
  const stats = new StatStore();
  stats.define("counter", "t.p.c_total");
  new UpstreamStats(stats, "mail").begun();
  admin = await AdminServer.start(
    { host: "127.0.0.1", port: 0 },
    { stats, tagRules: [CLUSTER_TAG], state: () => state, proxies: () => ["mail: <a> & b"] },
  );
});
afterAll(() => admin.stop());

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(method: string, path: string, body = ""): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...admin.address, method, path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("the admin interface", () => {
  test("has an index that says what is proxied, and nothing of it is markup", async () => {
    const { status, headers, body } = await ask("GET", "/");
    expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=UTF-8"]);
    expect(body).toContain("mail: &lt;a&gt; &amp; b");
    for (const [, target = ""] of body.matchAll(/href="([^"]+)"/g)) {
      expect([target, (await ask("GET", target)).status]).toEqual([target, 200]);
    }
  });

  test("answers HEAD without a body, and with the length of that of GET", async () => {
    const [get, head] = [await ask("GET", "/stats"), await ask("HEAD", "/stats")];
    expect([head.status, head.body]).toEqual([200, ""]);
    expect(head.headers["content-length"]).toBe(String(get.body.length));
  });

  test.each(["POST", "PUT", "DELETE", "PATCH"])("refuses %s where there is a page", async (method) => {
    const { status, headers } = await ask(method, "/stats", "x".repeat(1_000));
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  test.each(["/nothing", "/stats/", "//", "/stats/prometheus/x", "/../x"])(
    "has no %s, whatever the method",
    async (path) => {
      expect((await ask("GET", path)).status).toBe(404);
      expect((await ask("POST", path)).status).toBe(404);
    },
  );

  test("survives targets that are no path", async () => {
    expect((await ask("GET", "http://[/stats")).status).toBe(404);
    expect((await ask("GET", "//[::")).status).toBe(404);
    expect((await ask("GET", "/stats?filter=(")).status).toBe(400);
    expect((await ask("GET", "/stats")).status).toBe(200);
  });

  test("counts upstream connections under Envoy's names", async () => {
    const { body } = await ask("GET", "/stats/prometheus?usedonly");
    expect(body).toContain('envoy_cluster_upstream_cx_total{envoy_cluster_name="mail"} 1\n');
    expect(body).toContain('envoy_cluster_upstream_cx_active{envoy_cluster_name="mail"} 1\n');
    expect((await ask("GET", "/stats?usedonly")).body).toContain("cluster.mail.upstream_cx_total: 1\n");
  });

  test("says when no more connections are taken", async () => {
    expect(await ask("GET", "/ready")).toMatchObject({ status: 200, body: "LIVE\n" });
    state = "DRAINING";
    expect(await ask("GET", "/ready")).toMatchObject({ status: 503, body: "DRAINING\n" });
    state = "LIVE";
  });
});
