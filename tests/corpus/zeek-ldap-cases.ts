// Zeek's captures of LDAP and what Zeek's own tests compare with, and where the filter reads them differently, with the reason.

import type { Differences } from "./zeek.ts";

export interface Case {
  readonly capture: string;
  /** Below Baseline, behind `scripts.base.protocols.ldap.`. */
  readonly baseline: string;
  /** Which of several captures of one test. */
  readonly part?: { readonly prefix?: string; readonly part?: string };
  /** By the number and reason of the decision. */
  readonly differences?: Readonly<Record<string, Differences>>;
  /** What Zeek tells nothing of and that is worth holding: names of the filter's book. */
  readonly also?: Readonly<Record<string, number>>;
}

/** Sent at once, never answered, and the connection is left open: Zeek gives up what it waits for at ten. */
const TEN_AT_ONCE = (operation: string): Case["differences"] => ({
  "ZEEK-L1": { [`weird LDAP_max_pending_${operation}_exceeded`]: [1, 0] },
});

export const CASES: readonly Case[] = [
  { capture: "simpleauth.pcap", baseline: "basic" },
  { capture: "simpleauth.pcap", baseline: "attributes" },
  { capture: "simpleauth-diff-port.pcap", baseline: "diff_port" },
  { capture: "simpleauth.pcap", baseline: "log_policy" },
  { capture: "ldap-add.pcap", baseline: "add" },
  { capture: "ldap-who-am-i.pcap", baseline: "who-am-i" },
  { capture: "ldap-starttls.pcap", baseline: "starttls", also: { "starttls accepted": 1 } },
  {
    capture: "aduser1.pcap",
    baseline: "aduser1",
    part: { prefix: "krb." },
    also: { references: 3, "trait unindexed_suspect": 1 },
  },
  {
    capture: "aduser1-ntlm.pcap",
    baseline: "aduser1",
    part: { prefix: "ntlm." },
    also: { "exchange of sicily": 1, references: 3 },
  },
  { capture: "ldap_invalid_credentials.pcap", baseline: "invalid_credentials", also: { "reason 52e": 12 } },
  { capture: "ctu-sme-11-win7ad-1-ldap-tcp-50041.pcap", baseline: "spnego-ntlmssp" },
  { capture: "ctu-60387-63723-ldap.pcap", baseline: "sasl-gss-spnego-ntlm" },
  { capture: "sasl-ntlm.pcap", baseline: "sasl-ntlm", also: { "exchange of sasl": 1 } },
  { capture: "sasl-scram-sha-512.pcap", baseline: "sasl-scram-sha-512" },
  { capture: "sasl-srp-who-am-i.pcap", baseline: "sasl-srp-who-am-i", also: { "opaque sasl_unknown": 1 } },
  { capture: "krb5-sign-seal-01.pcap", baseline: "sasl-encrypted", also: { "opaque sasl_sealed": 1 } },
  { capture: "gap-data-missing.pcapng", baseline: "gap", also: { "opaque sasl_sealed": 1 } },
  {
    capture: "missing_ldap_logs.pcapng",
    baseline: "sasl-signed-clear",
    also: { "buffers signed client": 17, "buffers signed server": 15 },
  },
  { capture: "missing_krbtgt_ldap_request.pcapng", baseline: "sasl-signed-clear-2" },
  { capture: "modify-request.pcapng", baseline: "modify-request" },
  { capture: "issue-32.pcapng", baseline: "search_filter_extended" },
  { capture: "ldap_escaping_test.pcapng", baseline: "filter_escaping", part: { part: ".1" } },
  { capture: "ldap_search_umlaut.pcap", baseline: "filter_escaping", part: { part: ".2" } },
  { capture: "ldap_star_single.pcapng", baseline: "ldap_substring_search" },
  {
    capture: "pending-adds-10.pcap",
    baseline: "pending-messages-exceeded",
    differences: TEN_AT_ONCE("messages"),
  },
  {
    capture: "pending-searches-10.pcap",
    baseline: "pending-searches-exceeded",
    differences: TEN_AT_ONCE("searches"),
  },
  {
    capture: "ldap-max-recursion.pcap",
    baseline: "ldap_max_recursion",
    also: { "shape invalid": 100 },
  },
  {
    capture: "asn1-max-recursion.pcap",
    baseline: "asn1_max_recursion",
    // SEQUENCEs in SEQUENCEs where a filter should be: to Zeek depth, to the filter no filter at the first of them.
    differences: { "ZEEK-L2": { "weird exceeded max recursion depth": [1, 0] } },
    also: { "shape invalid": 1, "anomaly bad_tag": 1 },
  },
];
