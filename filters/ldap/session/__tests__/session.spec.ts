import {
  ANY,
  chars,
  control,
  entry,
  EQ,
  extended,
  int,
  msg,
  result,
  search,
  searchBody,
  simpleBind,
  STARTTLS,
  str,
  Talk,
  tightSettings,
  tlv,
} from "../../__tests__/support";
import { EndReason } from "../observer";

const talk = new Talk();
const DISCONNECTION: string = tlv("8a", chars("1.3.6.1.4.1.1466.20036"));
/** Operations without their message. */
const EQ_SEARCH: string = searchBody("dc=t", 2, EQ, "");
const SUCCESS: string = tlv("65", int(0, "0a") + str("") + str(""));
/** What matters of operations. */
const OPS: string = "request end answered unmatched anomaly persist unpersist";

beforeEach(() => {
  talk.around.encrypted = false;
  talk.around.time = 1_000;
  talk.begin();
  talk.events();
});

afterEach(() => {
  talk.close();
});

describe("A session", () => {
  it("tells a search from its request to its end", () => {
    talk.around.time = 10;
    talk.client(search(1));
    expect(talk.events()).toBe("message client 40; request search; start search; search sub eq 1/1 of 0 all");
    talk.around.time = 30;
    talk.server(entry(1));
    expect(talk.events()).toBe("message server 20; entry; first-entry 20");
    talk.server(msg(1, tlv("73", str("ldap://x"))));
    expect(talk.events()).toBe("message server 17; reference; referral continuation");
    talk.around.time = 50;
    talk.server(result(1, "65", 0));
    expect(talk.events()).toBe(
      "message server 14; answered search success 0; timed search 40; found 1 51; end search answered",
    );
  });

  it("wants the first kilobyte of a large chunk: most of an entry's values are skipped", () => {
    expect(talk.session.firstLook).toBe(1024);
  });

  it("matches whatever the order", () => {
    talk.client(search(1) + search(2) + search(3));
    talk.server(entry(2) + entry(1) + result(3, "65", 4) + result(1, "65", 0) + result(2, "65", 32));
    expect(talk.events("answered found unmatched")).toBe(
      "answered search limit 4; found 0 14; answered search success 0; found 1 34; answered search not_found 32; found 1 34",
    );
  });

  it("knows every operation", () => {
    talk.client(msg(1, tlv("66", str("dc=t") + tlv("30", ""))));
    talk.client(msg(2, tlv("68", str("dc=t") + tlv("30", ""))));
    talk.client(msg(3, tlv("4a", chars("dc=t"))));
    talk.client(msg(4, tlv("6c", str("dc=t") + str("dc=x") + "0101ff")));
    talk.client(msg(5, tlv("6e", str("dc=t") + tlv("30", str("a") + str("b")))));
    talk.client(extended(6, "1.3.6.1.4.1.4203.1.11.3"));
    talk.server(result(1, "67", 0) + result(2, "69", 68) + result(3, "6b", 66));
    talk.server(result(4, "6d", 53) + result(5, "6f", 6) + result(6, "78", 0));
    talk.client(msg(7, "4200"));
    expect(talk.events("request")).toBe(
      "request modify; request add; request delete; request moddn; request compare; request extended; request unbind",
    );
    talk.close();
    talk.begin();
  });

  it("counts requests that get no answer", () => {
    talk.client(search(1) + search(2));
    talk.events();
    talk.close(EndReason.server_close);
    expect(talk.events()).toBe("end search unanswered; end search unanswered; ended server_close");
    talk.begin();
  });

  it("answers the oldest first where an ID is used twice", () => {
    talk.client(search(1) + msg(1, tlv("4a", chars("dc=t"))) + search(1, ANY));
    expect(talk.odd()).toBe("anomaly duplicate_msgid; anomaly duplicate_msgid");
    talk.server(result(1, "6b", 0) + result(1, "65", 0) + result(1, "65", 32));
    expect(talk.events("answered")).toBe(
      "answered delete success 0; answered search success 0; answered search not_found 32",
    );
  });

  it("lets an ExtendedResponse complete anything", () => {
    talk.client(search(7));
    talk.events();
    talk.server(result(7, "78", 12));
    expect(talk.events(OPS)).toBe("anomaly op_mismatch; answered search invalid 12; end search answered");
  });

  it("keeps an operation whose response is of another kind", () => {
    talk.client(search(7));
    talk.events();
    talk.server(result(7, "67", 0) + entry(8) + result(7, "65", 0));
    expect(talk.events(OPS)).toBe(
      "anomaly op_mismatch; unmatched unmatched; unmatched unmatched; answered search success 0; end search answered",
    );
  });

  it("ends what is abandoned, and tells late messages from others", () => {
    talk.client(search(1) + msg(2, tlv("50", "01")));
    talk.events();
    talk.server(entry(1) + result(1, "65", 0) + result(9, "65", 0));
    expect(talk.events("entry unmatched answered")).toBe(
      "entry; unmatched late; unmatched late; unmatched unmatched",
    );
    talk.client(search(3));
    talk.server(result(3, "65", 0) + result(3, "65", 0));
    expect(talk.events("unmatched")).toBe("unmatched duplicate");
  });

  it("does not abandon binds, StartTLS, or what is not there", () => {
    talk.client(simpleBind(1, "", "") + msg(2, tlv("50", "01")));
    talk.client(extended(3, STARTTLS) + msg(4, tlv("50", "03")) + msg(5, tlv("50", "63")));
    expect(talk.events("end")).toBe("");
  });

  it("drops with a bind's response what was sent before it", () => {
    talk.client(search(1) + search(2) + simpleBind(3, "", "") + search(4));
    talk.server(result(2, "65", 0));
    talk.events();
    talk.server(result(3, "61", 49));
    expect(talk.events("end")).toBe("end search dropped_by_bind; end bind answered");
    talk.server(entry(1) + result(4, "65", 0));
    expect(talk.events("unmatched end")).toBe("unmatched late; end search answered");
  });

  it("takes its time for persistent searches", () => {
    talk.client(search(1, EQ, 2, control("2.16.840.1.113730.3.4.3")));
    talk.client(search(2, EQ, 2, control("1.3.6.1.4.1.4203.1.9.1.1", tlv("04", tlv("30", "0a0103")))));
    talk.client(search(3, EQ, 2, control("1.3.6.1.4.1.4203.1.9.1.1", tlv("04", tlv("30", "0a0101")))));
    talk.client(search(4, EQ, 2, control("1.2.840.113556.1.4.528")));
    expect(talk.events("persist start")).toBe("persist search; persist search; start search; persist search");
    talk.server(result(1, "65", 0) + result(2, "65", 118));
    expect(talk.events("timed found unpersist")).toBe(
      "found 0 14; unpersist search answered; found 0 14; unpersist search canceled",
    );
  });

  it("counts a canceled operation by its own response", () => {
    talk.client(search(1) + extended(2, "1.3.6.1.1.8"));
    talk.server(result(1, "65", 118) + result(2, "78", 0));
    expect(talk.events("end extended timed")).toBe(
      "extended cancel; end search canceled; timed extended 0; end extended answered",
    );
  });

  it("tells notices from responses with ID 0", () => {
    talk.server(result(0, "78", 52, DISCONNECTION));
    talk.server(result(0, "78", 0, tlv("8a", chars("1.3.6.1.1.21.4"))) + result(0, "78", 2));
    expect(talk.events("notice unmatched")).toBe(
      "notice disconnect; notice aborted_transaction; notice other",
    );
    talk.client(extended(0, "1.3.6.1.4.1.4203.1.11.3"));
    talk.server(result(0, "78", 0));
    expect(talk.events("notice answered anomaly")).toBe("anomaly msgid_zero; answered extended success 0");
    talk.close();
    expect(talk.events("ended")).toBe("ended notice");
    talk.begin();
  });

  it("ends as the first farewell says", () => {
    talk.client(msg(1, "4200"));
    talk.server(result(0, "78", 52, DISCONNECTION));
    talk.close();
    expect(talk.events("ended")).toBe("ended unbind");
    talk.begin();
    talk.close(EndReason.empty);
    expect(talk.events("ended")).toBe("ended empty");
    talk.begin();
  });

  it("counts what comes behind an Unbind", () => {
    talk.client(msg(1, "4200") + search(2) + msg(3, "4200"));
    expect(talk.events("request anomaly")).toBe(
      "request unbind; anomaly after_unbind; request search; anomaly after_unbind; request unbind",
    );
  });

  it("has odd message IDs, too", () => {
    talk.client(tlv("30", "020180" + EQ_SEARCH));
    talk.server(tlv("30", "020180" + SUCCESS));
    expect(talk.events("anomaly answered")).toBe("anomaly msgid_negative; answered search success 0");
    talk.client(tlv("30", "02050080000000" + EQ_SEARCH));
    talk.server(tlv("30", "020480000000" + SUCCESS));
    expect(talk.events("anomaly answered")).toBe(
      "anomaly msgid_wide; anomaly msgid_out_of_range; answered search success 0",
    );
    talk.client(tlv("30", "020480000000" + EQ_SEARCH) + tlv("30", "02050000000007" + EQ_SEARCH));
    expect(talk.odd()).toBe("anomaly msgid_negative; anomaly msgid_wide");
    talk.client(tlv("30", "0200" + EQ_SEARCH) + tlv("30", "020a01000000000000000000" + EQ_SEARCH));
    expect(talk.odd()).toBe(
      "anomaly msgid_zero; anomaly msgid_wide; anomaly msgid_out_of_range; anomaly duplicate_msgid",
    );
  });

  it("says who sends what is not theirs", () => {
    talk.client(entry(1) + msg(2, tlv("7a", "")));
    expect(talk.events(OPS)).toBe(
      "request unknown; anomaly response_from_client; request unknown; anomaly unknown_op",
    );
    talk.server(search(1) + result(2, "7b", 2) + result(1, "7b", 0) + result(1, "78", 2));
    expect(talk.events(OPS)).toBe(
      "anomaly request_from_server; anomaly unknown_op; answered unknown invalid 2; end unknown answered; " +
        "anomaly unknown_op; answered unknown success 0; end unknown answered; unmatched duplicate",
    );
  });

  it("has a class for 1 that depends on who the client is", () => {
    talk.client(search(1));
    talk.server(result(1, "65", 1));
    talk.client(simpleBind(2, "", ""));
    talk.server(result(2, "61", 0));
    talk.client(search(3));
    talk.server(result(3, "65", 1));
    talk.client(simpleBind(4, "cn=a", "x"));
    talk.server(result(4, "61", 0));
    talk.client(search(5));
    talk.server(result(5, "65", 1));
    expect(talk.events("answered")).toBe(
      "answered search security 1; answered bind success 0; answered search security 1; answered bind success 0; answered search server 1",
    );
  });

  it("reads codes of any width", () => {
    talk.client(search(1) + search(2) + search(3) + search(4));
    talk.server(msg(1, tlv("65", "0a021000" + str("") + str(""))));
    talk.server(msg(2, tlv("65", "0a01ff" + str("") + str(""))));
    talk.server(msg(3, tlv("65", "020100" + str("") + str(""))));
    talk.server(result(4, "65", 85));
    expect(talk.events("answered anomaly")).toBe(
      "answered search unknown 4096; answered search unknown -1; anomaly bad_tag; answered search unknown -1; " +
        "anomaly api_code_on_wire; answered search unknown 85",
    );
  });

  it("counts referrals where there is a code 10 or a field", () => {
    talk.client(search(1) + search(2));
    talk.server(
      result(1, "65", 10, tlv("a3", str("ldap://x"))) + result(2, "65", 0, tlv("a3", str("ldap://x"))),
    );
    expect(talk.events("referral")).toBe("referral final; referral final");
  });

  it("counts intermediate responses and to what they belong", () => {
    talk.client(search(1));
    talk.events();
    talk.server(msg(1, tlv("79", tlv("80", chars("1.3.6.1.4.1.4203.1.9.1.4")))));
    talk.server(msg(1, tlv("79", "")) + msg(1, tlv("79", tlv("81", "00"))) + msg(5, tlv("79", "")));
    talk.server(result(1, "65", 0));
    expect(talk.events("intermediate unmatched found")).toBe(
      "intermediate sync_info; intermediate other; intermediate other; intermediate other; unmatched unmatched; found 0 64",
    );
  });

  it("evicts the oldest past the cap", () => {
    const tight = new Talk(tightSettings());
    tight.begin();
    let all = "";
    for (let i = 1; i <= 102; i++) all += search(i);
    tight.client(all);
    tight.events();
    tight.server(result(1, "65", 0) + result(3, "65", 0));
    expect(tight.recorder.tally("cap operations")).toBe(2);
    expect(tight.recorder.tally("end search evicted")).toBe(2);
    expect(tight.events(OPS)).toBe("unmatched unmatched; answered search success 0; end search answered");
    tight.close();
    expect(tight.recorder.tally("end search unanswered")).toBe(99);
  });

  it("remembers 64 operations", () => {
    for (let i = 1; i <= 65; i++) {
      talk.client(search(i));
      talk.server(result(i, "65", 0));
    }
    talk.events();
    talk.server(result(2, "65", 0) + result(1, "65", 0));
    expect(talk.events("unmatched")).toBe("unmatched duplicate; unmatched unmatched");
  });

  it("tells what a search is", () => {
    talk.client(msg(1, searchBody("", 0, ANY, str("1.1"))));
    talk.client(msg(2, searchBody("dc=t", 1, ANY, str("*") + str("cn") + str("1.1"))));
    talk.client(
      search(
        3,
        EQ,
        7,
        control("1.2.840.113556.1.4.319", "0101ff" + tlv("04", tlv("30", "020164" + str("c")))),
      ),
    );
    expect(talk.events("search control")).toBe(
      "search base presence 1/1 of 1 root any none; search one presence 1/1 of 3 any all; " +
        "control paged client 1; search other eq 1/1 of 0 all continued page 100",
    );
    expect(talk.recorder.tally("message client critical 1 ")).toBe(1);
  });

  it("counts an anomaly a thousand times", () => {
    let all = "";
    for (let i = 0; i < 1_100; i++) all += msg(i + 1, tlv("7a", ""));
    talk.client(all);
    expect(talk.recorder.tally("anomaly unknown_op")).toBe(1_000);
  });
});
