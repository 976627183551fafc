// The LDAP filter, for the check of its documentation.

/** See `filters.mjs`. */
export const ldap = {
  name: "ldap",
  thresholds: { key: "slow_operations_ms", each: "<op>" },
  everyCode,
};

/** Tags of requests that are answered, each an operation of its own; the last one nobody knows. */
const REQUESTS = [0x60, 0x63, 0x66, 0x68, 0x4a, 0x6c, 0x6e, 0x77, 0x71];
const SEARCH = 0x63;
const COMPARE = 0x6e;
const MODIFY = 0x66;

/** Where the codes that have a name end, and those beyond. */
const CODES = 128;
const LARGE_CODES = [4_096, 16_654];

/** A connection with every operation, in which the server uses every code, and more pairs of both than are told apart. */
function everyCode(plugin) {
  const connection = plugin.newConnection();
  for (const tag of REQUESTS) exchange(connection, tag, 0);
  for (const tag of [SEARCH, COMPARE, MODIFY]) {
    for (let code = 0; code < CODES; code++) exchange(connection, tag, code);
    for (const code of LARGE_CODES) exchange(connection, tag, code);
  }
  connection.close("remote");
}

/** An empty request, and an ExtendedResponse, which answers any (RFC 4511 §4.1.1). */
function exchange(connection, tag, code) {
  connection.downstream(Buffer.from([0x30, 0x05, 0x02, 0x01, 0x01, tag, 0x00]));
  const result = [0x0a, 0x02, code >> 8, code & 0xff, 0x04, 0x00, 0x04, 0x00];
  connection.upstream(Buffer.from([0x30, 0x0d, 0x02, 0x01, 0x01, 0x78, result.length, ...result]));
}
