import { IntegerTable, Stats, Verbosity } from "../../../assembly";
import { FakeHost } from "../../../assembly/testing";
import { From } from "../../shared/session/peers";
import { CODES, codeIndex, prepareTables } from "../labels";
import { LdapMetrics } from "../metrics";
import {
  BindResult,
  Cap,
  Cleartext,
  EndReason,
  Method,
  OpaqueCause,
  Outcome,
  Protection,
  Referral,
  StartTlsEvent,
  Unmatched,
} from "../session/observer";
import { LdapStats } from "../stats";
import { Anomaly } from "../wire/anomalies";
import { Control } from "../wire/controlnames";
import { ExtendedName, Notice } from "../wire/extendednames";
import { Mechanism } from "../wire/mechanisms";
import { MessageReader, Sender } from "../wire/reader";
import { Op } from "../wire/operations";
import { ResultClass } from "../wire/results";
import { ANY, control, EQ, hex, msg, search, searchBody, str, tlv } from "./support";

const MILLISECOND: u64 = 1_000_000;

FakeHost.install();
let registry: Stats = Stats.of("ldap", "x");
let stats: LdapStats = new LdapStats(new LdapMetrics(registry, false), null);
const reader = new MessageReader();

/** Fresh metrics; `thresholds`: milliseconds by operation. */
function make(verbosity: Verbosity, thresholds: IntegerTable | null): void {
  FakeHost.install();
  prepareTables();
  registry = Stats.of("ldap", "x", verbosity);
  stats = new LdapStats(new LdapMetrics(registry, thresholds !== null), thresholds);
  FakeHost.metrics.journal = [];
}

/** What changed since the last call: each `name +1` or `name =1` without the prefix. */
function changes(): string {
  registry.flush();
  const journal = FakeHost.metrics.journal;
  FakeHost.metrics.journal = [];
  return journal.join("; ").replaceAll("ldap.x.", "");
}

/** Reports a SearchRequest; returns what came of it. */
function searched(digits: string): string {
  reader.begin(Sender.client, 65_536, 64, 1_000);
  reader.read(hex(digits));
  stats.searched(reader.message);
  return changes();
}

describe("LdapStats", () => {
  it("counts connections", () => {
    make(Verbosity.low, null);
    stats.connectionStarted();
    stats.bytes(From.client, 5);
    stats.opaqueBytes(From.server, 7);
    stats.becameOpaque(OpaqueCause.sasl_sealed);
    expect(changes()).toBe(
      "connections_total +1; opaque_connections_total.cause.sasl_sealed +1; bytes_total.from.client +5; " +
        "connections_active +1; opaque_bytes_total.from.server +7",
    );
    stats.connectionEnded(EndReason.notice);
    expect(changes()).toBe("connections_active +-1; connection_ends_total.reason.notice +1");
  });

  it("counts operations and times them", () => {
    make(Verbosity.high, null);
    stats.requested(Op.moddn);
    stats.operationStarted(Op.moddn, false);
    stats.operationStarted(Op.search, true);
    stats.answered(Op.moddn, ResultClass.server, 53);
    stats.operationTimed(Op.moddn, 2 * MILLISECOND);
    stats.operationEnded(Op.moddn, Outcome.answered, false);
    stats.operationEnded(Op.search, Outcome.unanswered, true);
    stats.firstEntryTimed(3 * MILLISECOND);
    expect(changes()).toBe(
      "request_duration_us =2000; operation_duration_us.op.moddn =2000; search_first_entry_us =3000; " +
        "requests_total.op.moddn +1; responses_total.op.moddn.class.server +1; result_codes_total.code.53 +1; " +
        "operation_result_codes_total.op.moddn.code.53 +1; operations_total.outcome.answered +1; " +
        "operations_total.outcome.unanswered +1",
    );
  });

  it("counts slow operations where there are thresholds", () => {
    const thresholds = new IntegerTable(11);
    thresholds.set(Op.search, 5);
    make(Verbosity.low, thresholds);
    stats.operationTimed(Op.search, 5 * MILLISECOND);
    stats.operationTimed(Op.bind, 50 * MILLISECOND);
    stats.operationTimed(Op.search, 6 * MILLISECOND);
    expect(changes()).toBe(
      "request_duration_us =5000; request_duration_us =50000; request_duration_us =6000; " +
        "slow_operations_total.op.search +1",
    );
  });

  it("has a place for every code", () => {
    prepareTables();
    for (let i = 0; i < CODES.length - 1; i++) expect(codeIndex(<i32>parseInt(CODES[i]))).toBe(i, CODES[i]);
    const others: i32[] = [-1, 15, 72, 85, 127, 128, 4_095, 16_655];
    for (let i = 0; i < others.length; i++) expect(codeIndex(others[i])).toBe(CODES.length - 1);
  });

  it("counts what searches are", () => {
    make(Verbosity.standard, null);
    expect(searched(msg(1, searchBody("", 0, ANY, str("cn"))))).toBe(
      "searches_total.scope.base +1; search_filters_total.shape.presence +1; search_traits_total.trait.rootdse +1",
    );
    expect(searched(msg(1, searchBody("dc=t", 2, ANY, str("1.1"))))).toBe(
      "searches_total.scope.sub +1; search_filters_total.shape.presence +1; search_traits_total.trait.whole_base +1; " +
        "search_traits_total.trait.unindexed_suspect +1; search_traits_total.trait.no_attributes +1",
    );
    const extras = control("1.2.840.113556.1.4.473") + control("2.16.840.1.113730.3.4.9");
    const paged = control("1.2.840.113556.1.4.319", tlv("04", tlv("30", "020107" + "0401aa")));
    expect(searched(search(1, EQ, 1, extras + paged))).toBe(
      "searches_total.scope.one +1; search_filters_total.shape.eq +1; search_traits_total.trait.all_attributes +1; " +
        "search_traits_total.trait.paged +1; search_traits_total.trait.paged_continuation +1; " +
        "search_traits_total.trait.sorted +1; search_traits_total.trait.vlv +1",
    );
    const persistent = control("2.16.840.1.113730.3.4.3");
    const typesOnly = str("") + "0a0100" + "0a0100" + "0200" + "0200" + "010101" + EQ + tlv("30", str("cn"));
    expect(searched(msg(1, tlv("63", typesOnly), persistent))).toBe(
      "searches_total.scope.base +1; search_filters_total.shape.eq +1; search_traits_total.trait.types_only +1; " +
        "search_traits_total.trait.persistent +1",
    );
    make(Verbosity.high, null);
    expect(
      searched(search(1, EQ, 0, paged))
        .split("; ")
        .slice(0, 4)
        .join("; "),
    ).toBe("page_size =7; search_attributes =0; search_filter_depth =1; search_filter_nodes =1");
    expect(searched(search(1, "ff00", 0))).toBe(
      "searches_total.scope.base +1; search_filters_total.shape.invalid +1",
    );
    make(Verbosity.low, null);
    expect(searched(search(1))).toBe("");
  });

  it("suspects what servers have no index for", () => {
    make(Verbosity.standard, null);
    const pair = str("a") + str("b");
    const suspects: string[] = [
      tlv("a4", str("a") + tlv("30", "810161")),
      tlv("a5", pair),
      tlv("a8", pair),
      tlv("a9", "830161"),
      tlv("a2", EQ),
      tlv("a0", ANY + ANY),
    ];
    const name = "search_traits_total.trait.unindexed_suspect +1";
    for (let i = 0; i < suspects.length; i++) {
      expect(searched(search(1, suspects[i])).includes(name)).toBe(true, suspects[i]);
      expect(searched(search(1, suspects[i], 0)).includes(name)).toBe(false, suspects[i]);
      expect(searched(search(1, suspects[i], 7)).includes(name)).toBe(false, suspects[i]);
    }
    expect(searched(search(1, "a000")).includes(name)).toBe(false);
  });

  it("counts messages and controls, at high by every name", () => {
    make(Verbosity.high, null);
    reader.begin(Sender.client, 65_536, 64, 1_000);
    reader.read(hex(search(1, EQ, 2, control("1.2.3", "0101ff"))));
    stats.messageRead(From.client, reader.message);
    stats.controls(Control.ppolicy, From.server, 2);
    stats.controls(Control.other, From.client, 1);
    expect(changes()).toBe(
      `message_bytes.from.client =${reader.message.size}; messages_total.from.client +1; ` +
        "controls_total.control.ppolicy.from.server +2; controls_total.control.other.from.client +1; " +
        "critical_controls_total +1",
    );
    make(Verbosity.standard, null);
    stats.controls(Control.ppolicy, From.server, 2);
    stats.controls(Control.dirsync, From.client, 1);
    expect(changes()).toBe(
      "controls_total.control.dirsync.from.client +1; controls_total.control.other.from.server +2",
    );
  });

  it("counts binds", () => {
    make(Verbosity.high, null);
    stats.bindStarted(Method.sasl);
    stats.mechanismUsed(Mechanism.login);
    stats.mechanismUsed(Mechanism.otp);
    stats.bindEnded(Method.sasl, BindResult.unwilling, 4 * MILLISECOND);
    stats.bindRefusedByAd(0);
    stats.sentInClear(Cleartext.sasl_login);
    stats.saslBuffer(Protection.signed, From.server);
    expect(changes()).toBe(
      "bind_exchange_us =4000; binds_total.method.sasl +1; bind_mechanisms_total.mechanism.otp +1; " +
        "bind_mechanisms_total.mechanism.other +1; bind_ad_reasons_total.reason.52e +1; " +
        "cleartext_binds_total.method.sasl_login +1; sasl_buffers_total.protection.signed.from.server +1; " +
        "bind_results_total.result.unwilling +1; bind_method_results_total.method.sasl.result.unwilling +1",
    );
  });

  it("counts the rest", () => {
    make(Verbosity.high, null);
    stats.entryReceived();
    stats.referenceReceived();
    stats.searchEnded(3, 99);
    stats.extendedRequested(ExtendedName.batch);
    stats.intermediateReceived(true);
    stats.intermediateReceived(false);
    stats.referred(Referral.continuation);
    stats.noticed(Notice.aborted_transaction);
    stats.unmatched(Unmatched.late);
    stats.startTls(StartTlsEvent.pipelined);
    stats.proxyPreamble(2);
    stats.anomaly(Anomaly.msgid_out_of_range);
    stats.limitReached(Cap.nodes);
    expect(changes()).toBe(
      "entries_per_search =3; response_bytes_per_search =99; search_entries_total +1; search_references_total +1; " +
        "starttls_total.event.pipelined +1; extended_total.name.batch +1; referrals_total.kind.continuation +1; " +
        "intermediate_responses_total.name.sync_info +1; intermediate_responses_total.name.other +1; " +
        "proxy_preambles_total.version.v2 +1; unsolicited_total.kind.aborted_transaction +1; " +
        "responses_unmatched_total.kind.late +1; anomalies_total.kind.msgid_out_of_range +1; " +
        "limits_reached_total.cap.nodes +1",
    );
  });
});
