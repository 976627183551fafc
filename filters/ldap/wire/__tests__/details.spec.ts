// Corners of single elements that whole conversations do not reach.
import {
  ANY,
  chars,
  control,
  EQ,
  extended,
  hex,
  int,
  msg,
  result,
  saslBind,
  search,
  searchBody,
  simpleBind,
  str,
  tlv,
} from "../../__tests__/support";
import { ANOMALIES, NO_ANOMALY } from "../anomalies";
import { Control } from "../controlnames";
import { NO_PAGE, SHAPES } from "../message";
import { MAX_NAME_BYTES } from "../names";
import { Opening, OpeningReader, Seek } from "../opening";
import { MessageReader, Progress, Sender } from "../reader";

const reader = new MessageReader();

/** Reads a message of the client's; returns what is wrong inside, or "". */
function request(digits: string): string {
  reader.begin(Sender.client, 65_536, 64, 1_000);
  if (reader.read(hex(digits)) != Progress.complete) return "not complete";
  const fault = reader.message.fault;
  return fault == NO_ANOMALY ? "" : ANOMALIES[fault];
}

function response(digits: string): string {
  reader.begin(Sender.server, 65_536, 64, 1_000);
  if (reader.read(hex(digits)) != Progress.complete) return "not complete";
  const fault = reader.message.fault;
  return fault == NO_ANOMALY ? "" : ANOMALIES[fault];
}

function shape(filter: string): string {
  request(search(1, filter));
  return SHAPES[reader.message.shape];
}

describe("A bind", () => {
  it("can be wrong in every part", () => {
    expect(request(msg(1, tlv("60", "0a0103")))).toBe("bad_tag");
    expect(request(msg(1, tlv("60", int(3) + "2400")))).toBe("constructed_string");
    expect(request(msg(1, tlv("60", int(3) + str(""))))).toBe("child_overrun");
    expect(request(msg(1, tlv("60", int(3) + str("") + tlv("a3", "0500"))))).toBe("bad_tag");
    expect(request(saslBind(1, "PLAIN", "0500"))).toBe("");
    expect(request(simpleBind(1, "", ""))).toBe("");
  });

  it("gives its name back", () => {
    reader.message.wantsName = true;
    request(simpleBind(1, "x".repeat(1_000), ""));
    const name = reader.message.name;
    expect(name === null ? 0 : name.length).toBe(MAX_NAME_BYTES);
    reader.release();
    expect(reader.message.name === null).toBe(true);
    reader.message.wantsName = false;
  });
});

describe("A filter", () => {
  it("has a shape", () => {
    const pair = str("a") + str("b");
    expect(shape(EQ)).toBe("eq");
    expect(shape(ANY)).toBe("presence");
    expect(shape(tlv("a4", str("a") + tlv("30", "800161820162")))).toBe("substr_initial");
    expect(shape(tlv("a4", str("a") + tlv("30", "8000820162")))).toBe("substr_leading");
    expect(shape(tlv("a4", str("a") + tlv("30", "810161")))).toBe("substr_leading");
    expect(shape(tlv("a5", pair))).toBe("range");
    expect(shape(tlv("a6", pair))).toBe("range");
    expect(shape(tlv("a8", pair))).toBe("approx");
    expect(shape(tlv("a9", "830161"))).toBe("ext");
    expect(shape(tlv("a2", EQ))).toBe("not_only");
    expect(shape("a000")).toBe("true_false");
    expect(shape("a100")).toBe("true_false");
    expect(shape(tlv("a0", ANY + tlv("a1", ANY + EQ)))).toBe("compound_eq");
    expect(shape(tlv("a0", ANY + tlv("a2", EQ)))).toBe("compound_no_eq");
    expect(shape(tlv("a0", "a000"))).toBe("compound_no_eq");
    expect(shape(tlv("aa", pair))).toBe("invalid");
    expect(shape(tlv("a2", EQ + EQ))).toBe("invalid");
    expect(shape("a200")).toBe("invalid");
    expect(shape(tlv("a4", str("a") + "3000"))).toBe("invalid");
    expect(shape(tlv("a4", str("a") + "3100"))).toBe("invalid");
    expect(shape(tlv("a3", "240161"))).toBe("invalid");
  });

  it("of one level has depth 1", () => {
    request(search(1, tlv("a0", ANY + tlv("a2", EQ))));
    expect(reader.message.filterDepth).toBe(3);
    expect(reader.message.filterNodes).toBe(4);
  });

  it("for any object is told by its attribute", () => {
    request(search(1, tlv("87", chars("OBJECTCLASS"))));
    expect(reader.message.isAnyObject).toBe(true);
    request(search(1, tlv("87", chars("objectGUIDx"))));
    expect(reader.message.isAnyObject).toBe(false);
    request(search(1, tlv("a0", ANY)));
    expect(reader.message.isAnyObject).toBe(false);
  });
});

describe("A search", () => {
  it("can be wrong in every part", () => {
    expect(request(msg(1, tlv("63", "0500")))).toBe("bad_tag");
    expect(request(msg(1, tlv("63", str("") + "020100")))).toBe("bad_tag");
    expect(request(msg(1, searchBody("", 0, EQ, "0500")))).toBe("bad_tag");
    expect(reader.message.isFilterRead).toBe(true);
    expect(request(msg(1, searchBody("", 0, EQ, "2400")))).toBe("constructed_string");
    expect(reader.message.areAttributesRead).toBe(false);
  });

  it("has defaults and TRUE in other words", () => {
    const body = str("") + "0a0100" + "0a0100" + "0200" + "0200" + "010101" + EQ + "3000";
    expect(request(msg(1, tlv("63", body)))).toBe("");
    expect(reader.message.isTypesOnly).toBe(true);
  });
});

describe("Other requests", () => {
  it("are looked at only as far as has to be", () => {
    expect(request(extended(1, "1.3.6.1.1.8"))).toBe("");
    expect(request(msg(1, tlv("77", "8100")))).toBe("bad_tag");
    expect(request(msg(1, "7700"))).toBe("child_overrun");
    expect(request(msg(1, tlv("66", str("dc=t"))))).toBe("");
    expect(request(msg(1, tlv("66", "24030401 61")))).toBe("constructed_string");
    expect(request(msg(1, tlv("50", "0102030405")))).toBe("");
    expect(reader.message.abandonedId).toBe(0x02030405);
  });
});

describe("Controls", () => {
  it("count by name and criticality", () => {
    const paged = "1.2.840.113556.1.4.319";
    const all =
      control(paged, "0101ff") + control(paged, "010100") + control("1.2.3", "0400") + "3002" + "0400";
    expect(request(search(1, EQ, 2, all))).toBe("");
    const message = reader.message;
    expect(message.controls).toBe(4);
    expect(message.criticalControls).toBe(1);
    expect(message.countOf(Control.paged)).toBe(2);
    expect(message.countOf(Control.other)).toBe(2);
    request(search(1));
    expect(message.countOf(Control.paged)).toBe(0);
  });

  it("may be empty or wrong", () => {
    expect(request(tlv("30", "0201014200a000"))).toBe("");
    expect(reader.message.hasTrailing).toBe(false);
    expect(request(tlv("30", "0201014200a0020500"))).toBe("bad_tag");
    expect(request(tlv("30", "0201014200a0023000"))).toBe("child_overrun");
    expect(request(tlv("30", "0201014200a00430022400"))).toBe("constructed_string");
    expect(request(tlv("30", "0201014200a0053003040030"))).toBe("child_overrun");
    expect(request(tlv("30", "0201014200a00500"))).toBe("");
    expect(reader.message.hasTrailing).toBe(true);
  });

  it("show the size of a page wherever it is", () => {
    const values: string[] = [
      "3005020164 0400|100",
      "308400000010 028400000002 0100 048400000000|256",
      "30050200 0401aa|0",
      "3005 0201ff 0400|0",
      "0500|-1",
      "3080|-1",
      "30850000|-1",
      "308400|-1",
      "30|-1",
      "|-1",
      "300304 0100|-1",
    ];
    for (let i = 0; i < values.length; i++) {
      const pair = values[i].replaceAll(" ", "").split("|");
      request(search(1, EQ, 2, control("1.2.840.113556.1.4.319", tlv("04", pair[0]))));
      expect(reader.message.pageSize).toBe(<i64>parseInt(pair[1]), values[i]);
    }
    expect(NO_PAGE).toBe(-1);
    request(search(1, EQ, 2, control("1.2.840.113556.1.4.319", tlv("04", "30060201640401aa"))));
    expect(reader.message.isPageContinued).toBe(true);
  });
});

describe("A response", () => {
  it("can be wrong in every part", () => {
    expect(response(msg(1, "6500"))).toBe("child_overrun");
    expect(response(msg(1, tlv("65", "0a0100" + "0500")))).toBe("bad_tag");
    expect(response(msg(1, tlv("65", "0a0100" + "0400" + "2400")))).toBe("constructed_string");
    expect(response(msg(1, tlv("78", "0a0100" + "0400" + "0400" + "8a")))).toBe("child_overrun");
    expect(response(msg(1, tlv("78", "0a0100" + "0400" + "0400" + tlv("8a", chars("1.2")) + "8b00")))).toBe(
      "",
    );
    expect(response(msg(1, tlv("65", "0a0100" + "0400" + "0400" + "8a00")))).toBe("");
    expect(response(msg(1, tlv("79", "8005")))).toBe("child_overrun");
  });

  it("has a code of any width", () => {
    response(msg(1, tlv("65", "0a0400004000" + "0400" + "0400")));
    expect(reader.message.code).toBe(16_384);
    response(msg(1, tlv("65", "0a00" + "0400" + "0400")));
    expect(reader.message.code).toBe(0);
    response(msg(1, tlv("65", "0a050100000000" + "0400" + "0400")));
    expect(reader.message.code).toBe(-1);
    response(msg(1, tlv("65", "0a0a01000000000000000000" + "0400" + "0400")));
    expect(reader.message.code).toBe(-1);
  });

  it("of an unknown kind has a code if it looks like one, and no faults", () => {
    expect(response(msg(1, tlv("7b", "0a0102" + "0400" + "0400")))).toBe("");
    expect(reader.message.code).toBe(2);
    expect(response(msg(1, tlv("7b", "ffff")))).toBe("");
    expect(reader.message.code).toBe(-1);
    expect(response(search(1, "ff"))).toBe("");
    expect(response(result(1, "65", 0))).toBe("");
  });
});

describe("OpeningReader", () => {
  it("tells nothing apart that nobody seeks", () => {
    const opening = new OpeningReader();
    expect(opening.read(hex(chars("GET /")), Seek.tls)).toBe(Opening.foreign);
    opening.begin();
    expect(opening.read(hex(chars("PROXY")), Seek.http)).toBe(Opening.foreign);
    opening.begin();
    expect(opening.read(hex(chars("PR")), Seek.http | Seek.proxy)).toBe(Opening.undecided);
    expect(opening.read(hex(chars("I ")), Seek.http | Seek.proxy)).toBe(Opening.http);
  });
});
