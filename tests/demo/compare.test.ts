import { describe, expect, test } from "vitest";
import { compare } from "../../demo/compare.ts";
import { parsePrometheus } from "../../host/metrics/parse.ts";

const FILTER = parsePrometheus(`
smtp_sessions_total 12
smtp_sessions_active 0
smtp_commands_total{verb="mail"} 3
smtp_commands_total{verb="noop"} 0
smtp_message_bytes_sum 1030
smtp_bytes_total{from="client"} 500
smtp_opaque_bytes_total{from="client"} 100
smtp_opaque_sessions_total{cause="starttls"} 1
smtp_opaque_sessions_total{cause="desync"} 7
`);
const SERVER = parsePrometheus(`
mailserver_sessions_total 12
mailserver_sessions_active 0
mailserver_commands_total{verb="mail"} 3
mailserver_message_bytes_sum 1000
mailserver_clear_bytes_total{from="client"} 400
mailserver_tls_upgrades_total 1
`);

function changed(name: string, value: number): ReturnType<typeof parsePrometheus> {
  return FILTER.map((sample) => (sample.name === name && sample.value > 0 ? { ...sample, value } : sample));
}

function unequal(rows: ReturnType<typeof compare>): string[] {
  return rows.filter(({ equal }) => !equal).map(({ title, key }) => `${title} ${key}`.trim());
}

describe("filter and server", () => {
  test("are equal row by row; what is 0 on both sides or unknown to the filter is left out", () => {
    const rows = compare(FILTER, SERVER, []);
    expect(rows.map(({ title, key, filter, server }) => [title, key, filter, server])).toEqual([
      ["sessions", "", 12, 12],
      ["commands", "mail", 3, 3],
      ["message bytes", "", 1030, 1000],
      ["clear bytes", "client", 400, 400],
      ["TLS upgrades", "", 1, 1],
    ]);
    expect(unequal(rows)).toEqual([]);
  });

  test.each([
    ["smtp_sessions_total", 13, "sessions"],
    ["smtp_sessions_total", 11, "sessions"],
    ["smtp_commands_total", 4, "commands mail"],
    ["smtp_message_bytes_sum", 1051, "message bytes"],
    ["smtp_bytes_total", 501, "clear bytes client"],
  ])("differ when %s is %i", (name, value, row) => {
    expect(unequal(compare(changed(name, value), SERVER, []))).toEqual([row]);
  });

  test("differ when one of them does not know of it at all", () => {
    const without = SERVER.filter(({ name }) => name !== "mailserver_commands_total");
    expect(unequal(compare(FILTER, without, []))).toEqual(["commands mail"]);
    const more = [...SERVER, ...parsePrometheus('mailserver_commands_total{verb="rcpt"} 1')];
    expect(unequal(compare(FILTER, more, []))).toEqual(["commands rcpt"]);
  });

  test("are compared from where the filter stood before the first session", () => {
    const before = parsePrometheus('smtp_sessions_total 2\nsmtp_commands_total{verb="mail"} 1');
    expect(unequal(compare(FILTER, SERVER, before))).toEqual(["sessions", "commands mail"]);
  });
});
