/** Ports of servers by the protocol that is spoken there, under the name of its filter. */
export const PORTS: Readonly<Record<string, ReadonlySet<number>>> = {
  smtp: new Set([24, 25, 465, 587, 2525]),
  pop3: new Set([110, 995]),
  ldap: new Set([389, 636, 3268, 3269]),
};
