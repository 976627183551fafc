import {
  chars,
  entry,
  extended,
  msg,
  octet,
  result,
  saslBind,
  search,
  simpleBind,
  STARTTLS,
  Talk,
  tightSettings,
  tlv,
} from "../../__tests__/support";
import { EndReason } from "../observer";

const talk = new Talk();
const HELLO: string = "160301000401000000";
const WORDS: string = "opaque anomaly starttls buffer request answered entry cap proxy";

/** A SASL buffer: its length and what it holds. */
function buffer(token: string): string {
  const length = token.length / 2;
  return "0000" + octet(length >> 8) + octet(length) + token;
}

/** A token of RFC 4121 that is only signed; the checksum behind the text, or rotated to the front. */
function signed(text: string): string {
  return buffer("050400ff000c0000" + "0000000000000001" + text + "c".repeat(24));
}
function rotated(text: string): string {
  return buffer("050405ff000c000c" + "0000000000000001" + "c".repeat(24) + text);
}

/** RFC 1964, RC4 or DES, with so much padding; `algorithms`: SGN_ALG and SEAL_ALG. */
function old(text: string, padding: string, algorithms: string = "1100ffff", checksum: i32 = 8): string {
  const inner =
    "06092a864886f712010202" + "0201" + algorithms + "ffff" + "55".repeat(8 + checksum + 8) + text + padding;
  return buffer(tlv("60", inner));
}

function ntlm(text: string): string {
  return buffer("01000000" + "ab".repeat(8) + "00000000" + text);
}

/** Binds so that a layer may follow. */
function bound(): void {
  talk.client(saslBind(1, "GSSAPI"));
  talk.server(result(1, "61", 0));
  talk.events();
}

beforeEach(() => {
  talk.begin();
  talk.events();
});

afterEach(() => {
  talk.close();
});

describe("StartTLS", () => {
  it("is decided by the next byte of the client", () => {
    talk.client(extended(1, STARTTLS));
    talk.server(result(1, "78", 0));
    talk.client(HELLO).server(HELLO + HELLO);
    expect(talk.events("starttls opaque")).toBe("starttls requested; starttls accepted; opaque starttls");
    expect(talk.recorder.log.unreadClient).toBe(9);
    expect(talk.recorder.log.unreadServer).toBe(18);
  });

  it("is decided by the next byte of the server", () => {
    talk.client(extended(1, STARTTLS));
    talk.server(result(1, "78", 0) + "15");
    expect(talk.events("opaque anomaly")).toBe("opaque starttls");
    expect(talk.recorder.log.unreadServer).toBe(1);
  });

  it("may be refused, and nothing changes", () => {
    talk.client(extended(1, STARTTLS));
    talk.server(result(1, "78", 2));
    talk.client(search(2));
    talk.server(result(2, "65", 0));
    expect(talk.events("starttls answered")).toBe(
      "starttls requested; answered extended invalid 2; starttls refused; answered search success 0",
    );
  });

  it("may be ended in front of the filter", () => {
    talk.client(extended(1, STARTTLS));
    talk.server(result(1, "78", 0));
    talk.client(search(2) + search(3));
    talk.server(result(2, "65", 0));
    expect(talk.events("starttls opaque end")).toBe(
      "starttls requested; starttls accepted; end extended answered; starttls continued_in_clear; end search answered",
    );
  });

  it("has nothing behind it until it is answered", () => {
    talk.client(extended(1, STARTTLS) + search(2) + search(3));
    talk.server(result(2, "65", 0) + result(1, "78", 1));
    talk.client(extended(4, STARTTLS) + extended(5, STARTTLS) + "30");
    expect(talk.events("starttls")).toBe(
      "starttls requested; starttls pipelined; starttls refused; starttls requested; starttls pipelined; " +
        "starttls requested; starttls pipelined",
    );
  });

  it("is taken for granted by some clients", () => {
    talk.client(extended(1, STARTTLS) + HELLO);
    talk.server(result(1, "78", 0));
    expect(talk.events("starttls opaque end")).toBe(
      "starttls requested; end extended unanswered; opaque starttls",
    );
    expect(talk.recorder.log.unreadClient).toBe(9);
    expect(talk.recorder.log.unreadServer).toBe(14);
  });

  it("is matched by its ID", () => {
    talk.client(extended(1, STARTTLS) + extended(2, "1.3.6.1.4.1.4203.1.11.3"));
    talk.server(result(2, "78", 0) + entry(9));
    talk.client(search(3));
    expect(talk.events("starttls opaque")).toBe("starttls requested; starttls pipelined");
  });
});

describe("What is no LDAP", () => {
  it("is TLS from the start", () => {
    talk.client(HELLO).server(HELLO);
    expect(talk.events(WORDS)).toBe("opaque tls_first");
    expect(talk.recorder.log.unreadClient).toBe(9);
    expect(talk.recorder.log.unreadServer).toBe(9);
  });

  it("is TLS that nobody asked for", () => {
    talk.client(search(1) + HELLO);
    expect(talk.events("opaque anomaly")).toBe("anomaly tls_on_plain; opaque desync");
    talk.close();
    talk.begin();
    talk.client(search(1)).server("1503030002");
    expect(talk.events("opaque anomaly")).toBe("anomaly tls_on_plain; opaque desync");
    talk.close();
    talk.begin();
    talk.client(search(1) + "1503");
    expect(talk.events("opaque anomaly")).toBe("anomaly tls_on_plain; opaque desync");
    talk.close();
    talk.begin();
    talk.client("1503");
    expect(talk.events("opaque anomaly")).toBe("anomaly bad_tag; opaque not_ldap");
    talk.close();
    talk.begin();
    talk.client("1630");
    expect(talk.events("opaque anomaly")).toBe("anomaly bad_tag; opaque not_ldap");
    talk.close();
    talk.begin();
    talk.server(HELLO);
    expect(talk.events("opaque anomaly")).toBe("anomaly bad_tag; opaque not_ldap");
  });

  it("is HTTP", () => {
    talk.client(chars("GET / HTTP/1.1\r\n"));
    expect(talk.events(WORDS)).toBe("anomaly http_on_ldap; opaque not_ldap");
    expect(talk.recorder.log.unreadClient).toBe(16);
    talk.close();
    talk.begin();
    talk.client(chars("OPTIONS")).client(chars(" *"));
    expect(talk.events("anomaly")).toBe("anomaly http_on_ldap");
    talk.close();
    talk.begin();
    talk.client(chars("POSH "));
    expect(talk.events("anomaly opaque")).toBe("anomaly bad_tag; opaque not_ldap");
    talk.close();
    talk.begin();
    talk.client(search(1) + chars("PRI * HTTP/2.0"));
    expect(talk.events("anomaly opaque")).toBe("anomaly http_on_ldap; opaque desync");
  });

  it("is another protocol", () => {
    talk.client(search(1).slice(0, 20)).server(chars("220 mx.example ESMTP\r\n"));
    expect(talk.events(WORDS)).toBe("anomaly bad_tag; opaque not_ldap");
    expect(talk.recorder.log.unreadClient).toBe(10);
    expect(talk.recorder.log.unreadServer).toBe(22);
  });

  it("is what servers close for", () => {
    const faults: string[] = [
      "3080|indefinite",
      "30850000000001|len_octets_gt4",
      "3000|zero_length",
      "300604010142000000|bad_tag",
      "3005020101300000|bad_tag",
      "30060201013f1000|bad_tag",
      "30060201014280|indefinite",
      "300602010142850000000000|len_octets_gt4",
      "30050201014201|child_overrun",
      "3005020601014200|child_overrun",
      "3003020101|child_overrun",
      "3004020101423000|child_overrun",
      "30ff|len_octets_gt4",
    ];
    for (let i = 0; i < faults.length; i++) {
      const fault = faults[i].split("|");
      talk.client(fault[0]);
      expect(talk.events("anomaly opaque")).toBe(`anomaly ${fault[1]}; opaque not_ldap`, faults[i]);
      expect(talk.recorder.log.unreadClient).toBe(fault[0].length / 2, faults[i]);
      talk.close();
      talk.begin();
      talk.events();
    }
  });

  it("is read on behind a fault inside", () => {
    talk.client(msg(1, "6300") + msg(2, tlv("68", "2400")) + msg(3, tlv("6c", "0500")) + search(4));
    expect(talk.events("request anomaly search")).toBe(
      "anomaly child_overrun; request search; search other invalid 0/0; anomaly constructed_string; request add; " +
        "anomaly bad_tag; request moddn; request search; search sub eq 1/1 of 0 all",
    );
  });

  it("is too big", () => {
    const tight = new Talk(tightSettings());
    tight.begin().client("3082100102");
    expect(tight.events(WORDS)).toBe("anomaly pdu_too_big; cap message; opaque limit");
    expect(tight.recorder.log.unreadClient).toBe(5);
    tight.close();
    tight.begin().client(search(1) + "30821000020101" + "4200");
    expect(tight.events(WORDS)).toBe("request search");
  });

  it("is a PROXY preamble, and goes on", () => {
    talk.client(chars("PROXY TCP4 192.0.2.1 192.0.2.2 4711 389\r\n") + search(1));
    expect(talk.events("proxy request")).toBe("proxy 1; request search");
    talk.close();
    talk.begin();
    talk.client("0d0a0d0a000d0a515549540a2111000c" + "00".repeat(12) + HELLO);
    expect(talk.events("proxy opaque")).toBe("proxy 2; opaque tls_first");
    expect(talk.recorder.log.unreadClient).toBe(9);
    talk.close();
    talk.begin();
    talk.client("0d0a0d0a000d0a515549540a21000000" + search(1));
    expect(talk.events("proxy request")).toBe("proxy 2; request search");
    talk.close();
    talk.begin();
    talk.client(chars("PROXY x\n"));
    expect(talk.events("proxy opaque")).toBe("opaque not_ldap");
    talk.close();
    talk.begin();
    talk.client(chars("PROXY " + "x".repeat(101)));
    expect(talk.events("proxy opaque")).toBe("opaque not_ldap");
    talk.close();
    talk.begin();
    talk.client("0d0a0d0a000d0a515549540a11000000");
    expect(talk.events("proxy opaque")).toBe("opaque not_ldap");
    talk.close();
    talk.begin();
    talk.client(chars("PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n"));
    expect(talk.events("proxy opaque")).toBe("proxy 1; opaque not_ldap");
    talk.settings.allowsProxy = false;
    talk.close();
    talk.begin();
    talk.client(chars("PROXY UNKNOWN\r\n"));
    expect(talk.events("proxy opaque")).toBe("opaque not_ldap");
    talk.settings.allowsProxy = true;
  });
});

describe("A SASL layer", () => {
  it("is there if the next byte says so", () => {
    bound();
    talk.client(search(2)).server(result(2, "65", 0));
    expect(talk.events("buffer opaque answered")).toBe("answered search success 0");
  });

  it("is not looked for behind other binds", () => {
    talk
      .client(simpleBind(1, "", ""))
      .server(result(1, "61", 0))
      .client("00000010");
    expect(talk.events("buffer opaque")).toBe("opaque desync");
  });

  it("is read where it only signs", () => {
    bound();
    talk.client(signed(search(2)));
    talk.server(rotated(entry(2) + entry(2)) + rotated(result(2, "65", 0)));
    expect(talk.events("buffer request entry answered opaque")).toBe(
      "request search; buffer signed client; entry; entry; buffer signed server; answered search success 0; buffer signed server",
    );
  });

  it("cuts messages as it likes", () => {
    bound();
    const one = search(2);
    talk.client(signed(one.slice(0, 20)) + signed(one.slice(20) + search(3)));
    expect(talk.events("buffer request")).toBe(
      "buffer signed client; request search; request search; buffer signed client",
    );
  });

  it("of RFC 1964 has padding", () => {
    bound();
    talk.client(old(search(2), "01") + old(search(3), "0303" + "03", "0000ffff"));
    talk.client(old(search(4), "0808080808080808", "0400ffff", 20));
    expect(talk.events("buffer request opaque")).toBe(
      "request search; buffer signed client; request search; buffer signed client; request search; buffer signed client",
    );
    talk.client(old(search(4), "01", "11001000"));
    expect(talk.events("buffer opaque")).toBe("buffer sealed client; opaque sasl_sealed");
  });

  it("of NTLM is told by what follows its signature", () => {
    bound();
    const one = search(2);
    talk.client(ntlm(one) + ntlm(one.slice(0, 20)) + ntlm(one.slice(20)));
    expect(talk.events("buffer request opaque anomaly")).toBe(
      "request search; buffer signed client; buffer signed client; request search; anomaly duplicate_msgid; buffer signed client",
    );
    talk.client(ntlm("3099" + "ab".repeat(20)));
    expect(talk.events("buffer opaque")).toBe("buffer sealed client; opaque sasl_sealed");
  });

  it("that seals is opaque from its first byte", () => {
    bound();
    const sealed = buffer("050402ff0000001c" + "00".repeat(40));
    talk.client(signed(search(2)) + sealed).server(rotated(entry(2)).slice(0, 30));
    expect(talk.events("buffer opaque end")).toBe(
      "buffer signed client; buffer sealed client; end search unanswered; opaque sasl_sealed",
    );
    expect(talk.recorder.log.unreadClient).toBe(sealed.length / 2);
    expect(talk.recorder.log.unreadServer).toBe(15);
  });

  it("that is not known is opaque", () => {
    const tokens: string[] = [
      "00000000",
      "00000010" + "ab".repeat(16),
      "00000001aa",
      "00000004050400ff",
      buffer("050400ff00ff0000" + "00".repeat(20)),
      buffer("050400ff000c000d" + "00".repeat(20)),
      buffer("0100000000"),
      buffer("01000100" + "00".repeat(20)),
      buffer("01000000" + "00".repeat(12)),
      buffer("608000"),
      buffer("6085000000000000"),
      buffer(tlv("60", "06092a864886f712010203" + "00".repeat(40))),
      buffer(tlv("60", "06092a864886f712010202" + "0101" + "00".repeat(40))),
      buffer(tlv("60", "06092a864886f712010202" + "02011100ffffffff" + "00".repeat(20))),
    ];
    for (let i = 0; i < tokens.length; i++) {
      bound();
      talk.client(tokens[i]);
      expect(talk.events("buffer opaque")).toBe("buffer unknown client; opaque sasl_unknown", tokens[i]);
      talk.close();
      talk.begin();
    }
    bound();
    talk.client(signed(search(2)) + "01000010");
    expect(talk.events("buffer opaque")).toBe(
      "buffer signed client; buffer unknown client; opaque sasl_unknown",
    );
  });

  it("loses sync with what is in it", () => {
    bound();
    const bad = signed("4200");
    talk.client(bad);
    expect(talk.events("buffer opaque anomaly")).toBe("anomaly bad_tag; opaque desync");
    expect(talk.recorder.log.unreadClient).toBe(bad.length / 2);
  });

  it("may be in one direction only", () => {
    bound();
    talk.client(signed(search(2))).server(result(2, "65", 0));
    expect(talk.events("buffer answered opaque")).toBe("buffer signed client; answered search success 0");
  });
});

describe("The end", () => {
  it("leaves a message that is cut off uncounted", () => {
    talk.client(search(1).slice(0, 40));
    talk.close(EndReason.client_close);
    expect(talk.events()).toBe("ended client_close");
    expect(talk.recorder.log.unreadClient).toBe(0);
    talk.begin();
  });
});
