import type { Vm } from "../vm/vm.ts";
import type { JoinTest } from "./stream.ts";

/** Nothing is known of a protocol: its streams are read from their beginning or not at all. */
export const NEVER: JoinTest = () => false;

/**
 * Whether what a filter reads can be read from the middle of a connection on. A session of SMTP cannot: what was agreed
 * before decides what a line is. A connection of LDAP mostly can: clients keep them open for days, each segment of one
 * that was idle begins with a message, and messages say where they end.
 */
export function joinTestOf(vm: Vm): JoinTest {
  return protocolOf(vm) === "ldap" ? beginsLdap : NEVER;
}

/** The first word of a filter's metrics. */
export function protocolOf({ defined }: Pick<Vm, "defined">): string {
  return defined[0]?.fullName.split(".")[1] ?? "";
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Octets of a message ID, with one to spare: some clients write more than they need. */
const MAX_ID_OCTETS = 5;
/** Class bits of a tag, and those of the APPLICATION class, which all operations have. */
const CLASS = 0xc0;
const APPLICATION = 0x40;

/** Whether bytes begin like an LDAPMessage (RFC 4511 §4.1.1): by chance one of some ten thousand places does. */
export function beginsLdap(bytes: Uint8Array): boolean {
  const at = (place: number): number => bytes[place] ?? -1;
  if (at(0) !== SEQUENCE) return false;
  const first = at(1);
  if (first === 0x80 || first > 0x84) return false;
  const id = first < 0x80 ? 2 : 2 + first - 0x80;
  const octets = at(id + 1);
  if (at(id) !== INTEGER || octets < 1 || octets > MAX_ID_OCTETS) return false;
  return (at(id + 2 + octets) & CLASS) === APPLICATION;
}
