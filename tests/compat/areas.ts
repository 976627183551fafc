/** What the real-Envoy tests are about: the columns of the table in docs/compatibility.md. */

/** Part of the real-Envoy tests. */
export interface Area {
  readonly name: string;
  /** Files below tests/envoy, without `.test.ts`. */
  readonly files: readonly string[];
}

const SLAPD = ["binds", "faults", "layers", "load", "operations", "searches", "writes"];

/** Every file in one of them: tests/compat/compat.test.ts says which is missing. */
export const AREAS: readonly Area[] = [
  { name: "core", files: ["core"] },
  { name: "configuration", files: ["configuration", "metric-list", "vm-settings"] },
  {
    name: "ends and faults",
    files: [
      ...["ends", "faults", "faults-ldap", "faults-crowd", "faults-flow", "faults-shutdown"],
      ...["shutdown", "traps"],
    ],
  },
  {
    name: "SMTP",
    files: [
      ...["smtp-sink", "source", "servers", "servers/smtp-server"],
      ...["servers/postfix", "servers/exim", "servers/dovecot"],
    ],
  },
  {
    name: "LDAP",
    files: [
      ...SLAPD.map((part) => `servers/slapd-${part}`),
      ...["servers/ds389", "servers/ds389-ldclt", "servers/samba"],
    ],
  },
  { name: "POP3", files: ["servers/pop3"] },
  { name: "logs", files: ["access-log", "debug-log", "errors", "injection"] },
  {
    name: "SDK",
    files: [...["lifecycle", "holding", "messages"], ...["example-context", "examples", "examples-services"]],
  },
  {
    name: "operation",
    files: [
      ...["operate", "page", "page-story", "story"],
      ...["prometheus/compose", "prometheus/queries", "prometheus/rules", "prometheus/values"],
    ],
  },
];

/**
 * What has to hold on every Envoy in each run of `npm test`: both filters' books of what passes, labels, refused configurations,
 * reasons of ends, a module that traps.
 */
export const CORE: readonly string[] = ["core", "configuration", "ends", "faults-ldap", "traps"];

/** The path of a test file that {@link AREAS} names. */
export function pathOf(file: string): string {
  return `tests/envoy/${file}.test.ts`;
}

/** Where a test file belongs. */
export function areaOf(path: string): string | undefined {
  return AREAS.find(({ files }) => files.some((file) => path.endsWith(`/${pathOf(file)}`)))?.name;
}
