import { COMMON_TOKENS, encoded, exchangesOf } from "../exchanges.ts";

/** Pieces that mean something somewhere: put into the bytes of either peer. */
export const TOKENS = encoded([
  ...COMMON_TOKENS,
  ..."USER PASS APOP AUTH STLS CAPA UTF8 LANG STAT LIST UIDL RETR TOP DELE NOOP RSET QUIT LAST XTND".split(
    " ",
  ),
  ..."XMIT XCLIENT +OK -ERR + - [AUTH] [IN-USE] [SYS/TEMP] [SYS/PERM] [LOGIN-DELAY] [UTF8] [] GET".split(" "),
  ..."PLAIN LOGIN CRAM-MD5 GSSAPI NTLM SCRAM-SHA-256 XOAUTH2 PIPELINING RESP-CODES SASL XXXX".split(" "),
  ..."0 1 5 120 18446744073709551616 9007199254740993 999999999999999 1000000000000000 -1".split(" "),
  ...["[", "]", "+OK\r\n", "-ERR\r\n", "+ \r\n", "+OK 2 320\r\n"],
]);

const LINES = "+OK\r\na: b\r\n\r\n..dot\r\n";

/** Whole commands with the replies that a server may give them; `` is none. */
export const EXCHANGES = exchangesOf([
  ["USER joe\r\n", "+OK\r\n", "-ERR [AUTH] TLS first\r\n"],
  ["PASS x\r\n", "+OK Logged in.\r\n", "+OK\r\n", "-ERR [AUTH] no\r\n", "-ERR [IN-USE] no\r\n", ""],
  ["APOP joe c4c9334bac560ecc979e58001b3e22fb\r\n", "+OK\r\n", "-ERR [LOGIN-DELAY] x\r\n"],
  ["RETR 1\r\n", `${LINES}.\r\n`, `${LINES}.\r\n`, "-ERR\r\n", LINES, "+OK\r\n.\r\n", "+OK\n\n.\n"],
  ["DELE 1\r\n", "+OK\r\n", "+OK\r\n", "-ERR no such message\r\n", ""],
  ["STAT\r\n", "+OK 2 320\r\n", "+OK 2\r\n", "-ERR\r\n"],
  ["QUIT\r\n", "+OK bye\r\n", "-ERR some messages not deleted\r\n", ""],
  ["RSET\r\n", "+OK\r\n", "-ERR\r\n"],
  ["TOP 1 0\r\n", `${LINES}.\r\n`, "-ERR\r\n", "+OK\r\nx\n.\r\n\n.\ny\r\n.\r\n"],
  ["LIST\r\n", "+OK\r\n1 120\r\n2 200\r\n.\r\n", "-ERR\r\n"],
  ["LIST 1\r\n", "+OK 1 120\r\n", "-ERR\r\n"],
  ["UIDL\r\n", "+OK\r\n1 a\r\n.\r\n", "-ERR [SYS/TEMP] later\r\n"],
  ["UIDL 1\r\n", "+OK 1 a\r\n"],
  ["CAPA\r\n", "+OK\r\nTOP\r\nSTLS\r\nPIPELINING\r\nSASL PLAIN\r\n.\r\n", "+OK\r\nXXXX\r\n.\r\n", "-ERR\r\n"],
  ["NOOP\r\n", "+OK\r\n", "-ERR\r\n"],
  ["NOOP\n", "+OK\n", "+ok\r\n", "stray\r\n"],
  ["LANG\r\n", "+OK\r\nen\r\n.\r\n", "-ERR\r\n"],
  ["LANG en\r\n", "+OK\r\n"],
  ["UTF8\r\n", "+OK\r\n", "-ERR\r\n"],
  ["USER \xc3\xa9\r\n", "+OK\r\n", "-ERR [UTF8] x\r\n"],
  ["AUTH\r\n", "+OK\r\nPLAIN\r\n.\r\n", "-ERR\r\n"],
  ["AUTH PLAIN AGEAYg==\r\n", "+OK\r\n", "-ERR [AUTH] no\r\n", "+ \r\n"],
  ["AUTH LOGIN\r\n", "+ VXNlcm5hbWU6\r\n", "-ERR\r\n"],
  ["AUTH GSSAPI\r\n", "+OK\r\n", "+ \r\n"],
  ["YQ==\r\n", "+ \r\n", "+OK\r\n", "-ERR [SYS/PERM] no\r\n"],
  [`${"QUFB".repeat(3_073)}\r\n`, "+ \r\n", "-ERR\r\n"],
  ["*\r\n", "-ERR cancelled\r\n", "+OK\r\n"],
  ["STLS\r\n", "+OK\r\n", "+OK\r\n", "-ERR\r\n"],
  ["\x16\x03\x01\x00\x05hello", "\x16\x03\x03\x00\x02ok", "\x15\x03\x03\x00\x02\x02\x28", ""],
  ["XTND XMIT\r\n", "+OK\r\n", "-ERR\r\n"],
  ["XFOO\r\n", "+OK\r\n-- lines\r\n.\r\n", "+OK\r\n.\r\n", "-ERR\r\n"],
  ["caf\xe9 nonsense\r\n", "-ERR what\r\n", ""],
  ["\x80\xff\r\n", "odd\r\n", "+\r\n"],
]);

/** What a server may greet with. */
export const GREETINGS = encoded([
  "+OK ready\r\n",
  "+OK ready <1896.697170952@mx.example>\r\n",
  "+OK\n",
  "-ERR [SYS/TEMP] busy\r\n",
  "* OK IMAP4rev1\r\n",
  "+O",
  "",
]);
