// The POP3 filter, for the check of its documentation.

/** See `filters.mjs`. */
export const pop3 = {
  name: "pop3",
  thresholds: { key: "slow_commands_ms", each: "<verb>" },
  everyCode,
};

/** Commands that are refused, each with a verb of its own. */
const REFUSED =
  "USER x;PASS x;APOP x y;AUTH PLAIN;STLS;CAPA;UTF8;LANG;STAT;LIST;UIDL;RETR 1;TOP 1 0;DELE 1;NOOP;RSET;HUH";
const CODES = ["[IN-USE]", "[LOGIN-DELAY]", "[SYS/TEMP]", "[SYS/PERM]", "[AUTH]", "[UTF8]", "[X]", ""];

/** Sessions in which every command, and the greeting, is refused with every code. */
function everyCode(plugin) {
  for (const code of CODES) {
    const greeted = plugin.newConnection();
    greeted.upstream(Buffer.from(`-ERR ${code}\r\n`));
    greeted.close("remote");
    const session = plugin.newConnection();
    session.upstream(Buffer.from("+OK ready\r\n"));
    for (const command of REFUSED.split(";")) exchange(session, command, `-ERR ${code} no`);
    exchange(session, "AUTH LOGIN", "+ name");
    exchange(session, "eA==", `-ERR ${code} no`);
    exchange(session, "QUIT", `-ERR ${code} no`);
    session.close("remote");
  }
}

function exchange(session, command, reply) {
  session.downstream(Buffer.from(`${command}\r\n`));
  session.upstream(Buffer.from(`${reply}\r\n`));
}
