// Everyday conversations, by protocol: what a connection begins with, what is repeated on it, and how it ends.

const SEGMENT = 16_384;

/** The client's and the server's turns, the client's first; "" for none. */
function turns(...parts) {
  const steps = parts.map((bytes, i) => ({
    from: i % 2 === 0 ? "client" : "server",
    bytes: Buffer.from(bytes, "latin1"),
  }));
  return steps.filter(({ bytes }) => bytes.length > 0);
}

/** What one peer sends as Envoy reads it. */
function segments(from, text) {
  const bytes = Buffer.from(text, "latin1");
  const count = Math.ceil(bytes.length / SEGMENT);
  return Array.from({ length: count }, (_, i) => ({
    from,
    bytes: bytes.subarray(i * SEGMENT, (i + 1) * SEGMENT),
  }));
}

const EHLO =
  "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n";
const GO_AHEAD = "354 End data with <CR><LF>.<CR><LF>\r\n";
const QUEUED = "250 2.0.0 Ok: queued as 4A2B\r\n";

/** A message as large as `bytes`, in lines of one length as attachments have them. */
function attachment(bytes) {
  return `Subject: training\r\n\r\n${`${"x".repeat(78)}\r\n`.repeat(Math.ceil(bytes / 80))}.\r\n`;
}

/** A message in lines of many lengths. */
function letter() {
  const lines = Array.from({ length: 40 }, (_, i) => `${"word ".repeat(6 + (i % 10))}\r\n`);
  return `Subject: training\r\n\r\n${lines.join("")}.\r\n`;
}

function oneByOne(message) {
  return [
    ...turns("MAIL FROM:<sender@client.example>\r\n", "250 2.1.0 Ok\r\n"),
    ...turns("RCPT TO:<recipient@server.example>\r\n", "250 2.1.5 Ok\r\n", "DATA\r\n", GO_AHEAD),
    ...segments("client", message),
    ...turns("", QUEUED),
  ];
}

function pipelined(message) {
  const envelope =
    "MAIL FROM:<sender@client.example> SIZE=2000\r\nRCPT TO:<one@server.example>\r\nRCPT TO:<two@server.example>\r\n";
  return [
    ...turns("EHLO client.example\r\n", EHLO),
    ...turns(`${envelope}DATA\r\n`, `250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n250 2.1.5 Ok\r\n${GO_AHEAD}`),
    ...segments("client", message),
    ...turns("", QUEUED),
  ];
}

/** BER (RFC 4511 §5.1): tag, shortest length, value. */
function element(tag, ...parts) {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part, "latin1")));
  const { length } = value;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), value]);
}

const text = (value) => element(0x04, value);
const message = (id, operation) => element(0x30, element(0x02, Buffer.from([id])), operation);
const attribute = (name, value) => element(0x30, text(name), element(0x31, text(value)));
const equals = (name, value) => element(0xa3, text(name), text(value));
const SUCCESS = [element(0x0a, Buffer.from([0])), text(""), text("")];

const NAME = "uid=u042,ou=people,dc=example,dc=com";

function bound(id) {
  const request = element(0x60, element(0x02, Buffer.from([3])), text(NAME), element(0x80, "secret"));
  return turns(message(id, request), message(id, element(0x61, ...SUCCESS)));
}

/** A search that finds one entry, which comes by itself, as slapd sends it. */
function searched(id, attributes) {
  const options = [
    [0x0a, 2],
    [0x0a, 0],
    [0x02, 0],
    [0x02, 30],
    [0x01, 0],
  ];
  const filter = element(0xa0, equals("objectClass", "inetOrgPerson"), equals("uid", "u042"));
  const wanted = element(0x30, text("cn"), text("mail"), text("description"));
  const fixed = options.map(([tag, value]) => element(tag, Buffer.from([value])));
  const request = element(0x63, text("ou=people,dc=example,dc=com"), ...fixed, filter, wanted);
  const entry = element(
    0x64,
    text(NAME),
    element(0x30, ...attributes.map(([name, value]) => attribute(name, value))),
  );
  return [
    ...turns(message(id, request), message(id, entry)),
    ...turns("", message(id, element(0x65, ...SUCCESS))),
  ];
}

function modified(id) {
  const change = element(0x30, element(0x0a, Buffer.from([2])), attribute("description", "y".repeat(40)));
  const request = element(0x66, text(NAME), element(0x30, change));
  return turns(message(id, request), message(id, element(0x67, ...SUCCESS)));
}

const PERSON = [
  ["objectClass", "inetOrgPerson"],
  ["uid", "u042"],
  ["cn", "Person 042"],
  ["mail", "u042@example.com"],
  ["description", "x".repeat(80)],
];

export const TRAFFIC = {
  smtp: {
    opening: turns("", "220 mx.example ESMTP\r\n", "HELO client.example\r\n", "250 mx.example\r\n"),
    repeated: [...oneByOne(attachment(1_000)), ...oneByOne(attachment(100_000)), ...pipelined(letter())],
    closing: turns("QUIT\r\n", "221 2.0.0 Bye\r\n"),
  },
  ldap: {
    opening: bound(1),
    repeated: [
      ...[2, 3, 4, 5].flatMap((id) => searched(id, PERSON)),
      ...searched(6, [["jpegPhoto", "x".repeat(60_000)]]),
      ...modified(7),
    ],
    closing: turns(message(8, element(0x42))),
  },
};
