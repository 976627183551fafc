// The SMTP filter, for the check of its documentation.

/** See `filters.mjs`. */
export const smtp = {
  name: "smtp",
  thresholds: { key: "slow_commands_ms", each: "<verb>" },
  everyCode,
};

/** Commands that are refused, each with a verb of its own. */
const REFUSED =
  "HELO x;EHLO x;LHLO x;MAIL FROM:<a@x>;RCPT TO:<b@x>;DATA;BDAT 0;RSET;QUIT;NOOP;VRFY x;EXPN x;HELP;AUTH PLAIN;" +
  "STARTTLS;ETRN x;TURN;BURL x;XCLIENT x;XFORWARD x;X-EXPS x;X-ANONYMOUSTLS;XEXCH50 1 1;SEND FROM:<a@x>;HUH";

/**
 * A session with every verb, in which the server uses every code and every enhanced status, and more pairs of verb and
 * code than are told apart.
 */
function everyCode(plugin) {
  const session = plugin.newConnection();
  session.upstream(Buffer.from("220 mx.example ESMTP\r\n"));
  for (const command of REFUSED.split(";")) exchange(session, command, "500 no");
  exchange(session, "DATA", "354 go on");
  exchange(session, ".", "554 no recipients");
  exchange(session, "AUTH LOGIN", "334 name");
  exchange(session, "eA==", "535 no");
  for (const [digit, code] of Object.entries({ 2: 250, 4: 450, 5: 550 })) {
    for (let subject = 0; subject < 10; subject++) {
      for (let detail = 0; detail < 40; detail++)
        exchange(session, "NOOP", `${code} ${digit}.${subject}.${detail} x`);
    }
  }
  for (const verb of ["VRFY x", "EXPN x", "HELP", "ETRN x"]) {
    for (let code = 200; code < 600; code++) exchange(session, verb, `${code} x`);
  }
  session.close("remote");
}

function exchange(session, command, reply) {
  session.downstream(Buffer.from(`${command}\r\n`));
  session.upstream(Buffer.from(`${reply}\r\n`));
}
