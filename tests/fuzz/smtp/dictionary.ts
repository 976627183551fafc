import { COMMON_TOKENS, encoded, exchangesOf } from "../exchanges.ts";

/** Pieces that mean something somewhere: put into the bytes of either peer. */
export const TOKENS = encoded([
  ...COMMON_TOKENS,
  ..."HELO EHLO LHLO MAIL RCPT DATA BDAT RSET QUIT NOOP VRFY EXPN HELP AUTH STARTTLS ETRN TURN ATRN BURL".split(
    " ",
  ),
  ..."XCLIENT XFORWARD X-EXPS X-ANONYMOUSTLS XEXCH50 SEND SOML SAML LAST FROM:<> TO:<> GET POST PROXY".split(
    " ",
  ),
  ..."200 211 214 220 221 235 250 251 252 334 353 354 400 421 450 451 452 454 500 501 502 503".split(" "),
  ..."504 535 550 552 554 555 599 600 999 199 000 2 25 2.1.0 4.7.1 5.7.1 9.9.9 5.999.999".split(" "),
  ..."PIPELINING CHUNKING BINARYMIME 8BITMIME SMTPUTF8 DSN SIZE SIZE=5 BODY=8BITMIME PRDR REQUIRETLS".split(
    " ",
  ),
  ..."PLAIN LOGIN CRAM-MD5 GSSAPI NTLM SCRAM-SHA-256 XOAUTH2 EXTERNAL X_PIPE_CONNECT XXXXXXXA".split(" "),
  ..."0 1 5 18446744073709551615 18446744073709551616 9007199254740992 9007199254740993 4294967296 -1".split(
    " ",
  ),
  ...["-", ":", "@", '"', "\\", "250-", "250 ", "354 \r\n", "\r\n\r\n.\r\n", " LAST\r\n"],
]);

/** Whole commands with the replies that a server may give them; `` is none. */
export const EXCHANGES = exchangesOf([
  [
    "EHLO c.example\r\n",
    "250-mx\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-STARTTLS\r\n250-SIZE 100\r\n250 PRDR\r\n",
    "250 mx\r\n",
    "500 no\r\n",
  ],
  [
    "EHLO c.example\r\n",
    "250-mx\r\n250-AUTH PLAIN LOGIN GSSAPI\r\n250-SMTPUTF8\r\n250 X_PIPE_CONNECT\r\n",
    "250-mx\r\n250 XXXXXXXA\r\n",
  ],
  ["HELO c.example\r\n", "250 mx\r\n", "554 5.7.1 no\r\n"],
  ["LHLO c.example\r\n", "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n", "500 5.5.1 no\r\n"],
  [
    "MAIL FROM:<a@c.example>\r\n",
    "250 2.1.0 ok\r\n",
    "250 2.1.0 ok\r\n",
    "451 4.7.1 later\r\n",
    "503 nested\r\n",
  ],
  ["MAIL FROM:<> SIZE=10 BODY=8BITMIME SMTPUTF8 PRDR RET=FULL\r\n", "250 ok\r\n", "552 big\r\n"],
  [
    "RCPT TO:<b@mx.example>\r\n",
    "250 2.1.5 ok\r\n",
    "250 ok\r\n",
    "251 ok\r\n",
    "450 4.2.1 no\r\n",
    "550 5.1.1 no\r\n",
  ],
  ["RCPT TO:<\xc3\xa9@mx.example> NOTIFY=NEVER\r\n", "250 ok\r\n", "553 no\r\n"],
  ["DATA\r\n", "354 go\r\n", "354 go\r\n", "554 5.5.1 no\r\n", "451 no\r\n", "250 odd\r\n"],
  [
    "Subject: x\r\n\r\n..body\r\n.\r\n",
    "250 2.0.0 ok\r\n",
    "250 ok\r\n250 ok\r\n",
    "353 each\r\n250 ok\r\n550 no\r\n250 done\r\n",
    "554 no\r\n",
  ],
  ["x\n.\nMAIL FROM:<e@c.example>\r\n", "250 ok\r\n", ""],
  ["y\r\n.\n", "250 ok\r\n", "421 bye\r\n", ""],
  [".\r\n", "250 ok\r\n", "500 what\r\n"],
  ["BDAT 5\r\nabc\r\n", "250 ok\r\n", "503 no\r\n", "500 no\r\n"],
  [
    "BDAT 3 LAST\r\nabc",
    "250 ok\r\n",
    "250 ok\r\n550 no\r\n",
    "353 each\r\n250 ok\r\n250 done\r\n",
    "502 no\r\n",
  ],
  ["BDAT 0 LAST\r\n", "250 ok\r\n", "554 no\r\n"],
  ["BDAT x\r\n", "501 no\r\n"],
  ["BURL imap://x LAST\r\n", "250 ok\r\n", "554 no\r\n"],
  ["RSET\r\n", "250 ok\r\n", "500 no\r\n"],
  ["QUIT\r\n", "221 2.0.0 bye\r\n", "500 no\r\n", ""],
  ["NOOP\r\n", "250 ok\r\n"],
  ["VRFY x\r\n", "252 ok\r\n", "502 no\r\n"],
  ["HELP\r\n", "214-a\r\n214 b\r\n"],
  ["ETRN x\r\n", "250 ok\r\n"],
  ["TURN\r\n", "250 ok\r\n", "502 no\r\n"],
  ["AUTH PLAIN AGEAYg==\r\n", "235 2.7.0 ok\r\n", "535 5.7.8 no\r\n", "334 \r\n", "503 no\r\n"],
  ["AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n", "504 no\r\n"],
  ["AUTH GSSAPI\r\n", "235 ok\r\n", "334 \r\n"],
  ["YQ==\r\n", "334 \r\n", "235 ok\r\n", "535 no\r\n", "454 4.7.0 later\r\n"],
  [`${"QUFB".repeat(3_073)}\r\n`, "334 \r\n", "500 5.5.6 long\r\n"],
  ["*\r\n", "501 cancelled\r\n", "235 ok\r\n"],
  ["STARTTLS\r\n", "220 2.0.0 go\r\n", "220 go\r\n", "454 later\r\n", "502 no\r\n"],
  ["X-ANONYMOUSTLS\r\n", "220 go\r\n", "500 no\r\n"],
  ["\x16\x03\x01\x00\x05hello", "\x16\x03\x03\x00\x02ok", "\x15\x03\x03\x00\x02\x02\x28", ""],
  ["XCLIENT NAME=x\r\n", "220 mx\r\n", "250 ok\r\n", "550 no\r\n"],
  ["XFORWARD NAME=x\r\n", "250 ok\r\n"],
  ["XEXCH50 4 2\r\n", "354 go\r\n", "504 no\r\n"],
  ["abcd", "250 ok\r\n", ""],
  ["X-EXPS GSSAPI\r\n", "334 go\r\n", "235 ok\r\n"],
  ["SEND FROM:<a@c.example>\r\n", "250 ok\r\n", "502 no\r\n"],
  ["caf\xe9 nonsense\r\n", "500 what\r\n", "220-x\r\n250 y\r\n"],
  ["NOOP\n", "250 ok\n", "250\r\n", "2x0 no\r\n"],
  ["\x80\xff\r\n", "700 odd\r\n", "4.7.1 no code\r\n"],
]);

/** What a server may greet with. */
export const GREETINGS = encoded([
  "220 mx.example ESMTP\r\n",
  "220 mx.example ESMTP\r\n",
  "220-mx\r\n220 two\r\n",
  "421 4.3.2 busy\r\n",
  "554 no\r\n",
  "250 odd\r\n",
  "+OK pop\r\n",
  "220",
  "",
]);
