import { describe, expect, test } from "vitest";
import { compare, type Row } from "../../demo/compare.ts";
import { LDAP_ACCOUNTS } from "../../demo/ldap/accounts.ts";
import { SMTP_ACCOUNTS } from "../../demo/smtp/accounts.ts";
import { parsePrometheus, type Sample } from "../../host/metrics/parse.ts";

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

function compared(filter: Sample[], books: Sample[], before: Sample[] = []): Row[] {
  return compare(SMTP_ACCOUNTS, { filter, books, before });
}

function changed(name: string, value: number): Sample[] {
  return FILTER.map((sample) => (sample.name === name && sample.value > 0 ? { ...sample, value } : sample));
}

function unequal(rows: readonly Row[]): string[] {
  return rows.filter(({ equal }) => !equal).map(({ title, key }) => `${title} ${key}`.trim());
}

describe("filter and server", () => {
  test("are equal row by row; what is 0 on both sides or unknown to the filter is left out", () => {
    const rows = compared(FILTER, SERVER);
    expect(rows.map(({ title, key, filter, book }) => [title, key, filter, book])).toEqual([
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
    expect(unequal(compared(changed(name, value), SERVER))).toEqual([row]);
  });

  test("differ when one of them does not know of it at all", () => {
    const without = SERVER.filter(({ name }) => name !== "mailserver_commands_total");
    expect(unequal(compared(FILTER, without))).toEqual(["commands mail"]);
    const more = [...SERVER, ...parsePrometheus('mailserver_commands_total{verb="rcpt"} 1')];
    expect(unequal(compared(FILTER, more))).toEqual(["commands rcpt"]);
  });

  test("are compared from where the filter stood before the first session", () => {
    const before = parsePrometheus('smtp_sessions_total 2\nsmtp_commands_total{verb="mail"} 1');
    expect(unequal(compared(FILTER, SERVER, before))).toEqual(["sessions", "commands mail"]);
  });
});

describe("what operations came to", () => {
  const filter = parsePrometheus(`
ldap_operations_total{outcome="answered"} 7
ldap_operations_total{outcome="abandoned"} 2
ldap_request_duration_us_count 7
ldap_responses_unmatched_total{kind="late"} 3
ldap_responses_unmatched_total{kind="unmatched"} 0
`);
  const books = parsePrometheus(`
directory_operations_total{outcome="answered"} 7
directory_operations_total{outcome="abandoned"} 1
directory_late_responses_total 3
ldapclients_operations_total{outcome="abandoned"} 2
`);
  const rows = (samples: Sample[]): Row[] => compare(LDAP_ACCOUNTS, { filter: samples, books, before: [] });

  test("is held against the server's book, or the clients' where the server cannot know", () => {
    expect(
      rows(filter).map(({ title, keeper, filter: a, book, equal }) => [title, keeper, a, book, equal]),
    ).toEqual([
      ["answered", "server", 7, 7, true],
      ["abandoned", "clients", 2, 2, true],
      ["measured", "server", 7, 7, true],
      ["late", "server", 3, 3, true],
    ]);
  });

  test("differs when a response belongs to nothing", () => {
    const stray = filter.map((one) => (one.labels.kind === "unmatched" ? { ...one, value: 1 } : one));
    expect(unequal(rows(stray))).toEqual(["late"]);
  });
});
