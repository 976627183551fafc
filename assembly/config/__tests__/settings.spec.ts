import { bytesOf, settingsOf } from "../../testing";
import { MAX_ERRORS } from "../errors";
import { Settings } from "../settings";
import { editDistance } from "../suggest";

const VERBOSITY: string[] = ["low", "standard", "high"];
const VERBS: string[] = ["default", "mail", "rcpt"];

/** All errors in order with their positions, each followed by `|`. */
function placedErrors(settings: Settings): string {
  settings.finish();
  let text = "";
  let error = settings.errors.first;
  while (error !== null) {
    text += error.toString() + "|";
    error = error.next;
  }
  return text;
}

/** All errors in order without their positions, each followed by `|`. */
function errors(settings: Settings): string {
  const parts = placedErrors(settings).split("|");
  let text = "";
  for (let i = 0; i < parts.length - 1; i++) {
    const at = parts[i].indexOf(" (byte ");
    text += (at < 0 ? parts[i] : parts[i].substring(0, at)) + "|";
  }
  return text;
}

/** The error of asking for a whole number under `n`. */
function integerError(value: string): string {
  const settings = settingsOf('{"n":' + value + "}");
  expect(settings.integer("n", 7, 1, 3_600_000)).toBe(7);
  return errors(settings);
}

describe("Settings", () => {
  it("of an empty configuration give the defaults", () => {
    const texts = ["", "  \r\n\t", "{}", " { } "];
    for (let i = 0; i < texts.length; i++) {
      const settings = settingsOf(texts[i]);
      expect(settings.name("stat_prefix", "default")).toBe("default");
      expect(settings.choice("verbosity", VERBOSITY, 1)).toBe(1);
      expect(settings.integer("n", 5, 1, 10)).toBe(5);
      expect(settings.bool("b", true)).toBe(true);
      expect(settings.text("t", "x", 10)).toBe("x");
      expect(settings.table("m", VERBS, 1, 10).get(0)).toBe(0);
      expect(settings.object("o").integer("n", 3, 1, 10)).toBe(3);
      expect(settings.has("h")).toBe(false);
      expect(errors(settings)).toBe("");
    }
  });

  it("give what is written", () => {
    const settings = settingsOf(
      '{"stat_prefix":"edge_1","verbosity":"high","n":1e1,"b":false,"t":"\\u00e9\\n\\ud83d\\ude00x\\"\\\\\\/\\b\\f\\r\\t",' +
        '"m":{"rcpt":20,"default":5},"o":{"n":9,"p":{"q":true}}}',
    );
    expect(settings.name("stat_prefix", "default")).toBe("edge_1");
    expect(settings.choice("verbosity", VERBOSITY, 1)).toBe(2);
    expect(settings.integer("n", 5, 1, 10)).toBe(10);
    expect(settings.bool("b", true)).toBe(false);
    expect(settings.text("t", "", 20)).toBe('é\n😀x"\\/\b\f\r\t');
    const table = settings.table("m", VERBS, 1, 100);
    expect(table.get(0)).toBe(5);
    expect(table.get(1)).toBe(0);
    expect(table.get(2)).toBe(20);
    expect(table.get(3)).toBe(0);
    expect(table.get(-1)).toBe(0);
    const object = settings.object("o");
    expect(object.integer("n", 3, 1, 10)).toBe(9);
    expect(object.object("p").bool("q", false)).toBe(true);
    expect(settings.has("o")).toBe(true);
    expect(errors(settings)).toBe("");
  });

  it("are the same for who asks for an object again", () => {
    const settings = settingsOf('{"o":{"low":1,"high":2,"other":3}}');
    expect(settings.object("o").integer("low", 0, 0, 9)).toBe(1);
    expect(settings.object("o").integer("high", 0, 0, 9)).toBe(2);
    expect(errors(settings)).toBe('o: unknown key "other"|');
    const wrong = settingsOf('{"o":7}');
    wrong.object("o");
    wrong.object("o");
    expect(errors(wrong)).toBe("o: expected an object, found 7|");
  });

  it("take a key whose letters are escaped", () => {
    const settings = settingsOf('{"stat\\u005fprefix":"edge"}');
    expect(settings.name("stat_prefix", "default")).toBe("edge");
    expect(errors(settings)).toBe("");
  });

  it("say what was expected of a whole number", () => {
    const expected = "n: expected a whole number between 1 and 3600000, found ";
    expect(integerError('"fast"')).toBe(expected + '"fast"|');
    expect(integerError("0")).toBe(expected + "0|");
    expect(integerError("3600001")).toBe(expected + "3600001|");
    expect(integerError("1.5")).toBe(expected + "1.5|");
    expect(integerError("-1e99")).toBe(expected + "-1e99|");
    expect(integerError("true")).toBe(expected + "true|");
    expect(integerError("null")).toBe(expected + "null|");
    expect(integerError("{}")).toBe(expected + "an object|");
    expect(integerError("[1]")).toBe(expected + "an array|");
  });

  it("say what was expected of everything else", () => {
    const settings = settingsOf(
      '{"b":1,"m":3,"n":-3,"o":[],"s":"Edge","t":"secret","u":5,"v":"verbose","w":""}',
    );
    settings.bool("b", false);
    settings.table("m", VERBS, 1, 10);
    settings.integer("n", 0, -2, 2);
    settings.object("o");
    settings.name("s", "default");
    settings.text("t", "", 5);
    settings.text("u", "", 5);
    settings.choice("v", VERBOSITY, 1);
    settings.name("w", "default");
    expect(errors(settings)).toBe(
      "b: expected true or false, found 1|" +
        "m: expected an object, found 3|" +
        "n: expected a whole number between -2 and 2, found -3|" +
        "o: expected an object, found an array|" +
        's: expected a name [a-z][a-z0-9_]{0,31}, found "Edge"|' +
        "t: expected a string of at most 5 bytes, found a string of 6 bytes|" +
        "u: expected a string of at most 5 bytes, found 5|" +
        'v: expected "low", "standard" or "high", found "verbose"|' +
        'w: expected a name [a-z][a-z0-9_]{0,31}, found ""|',
    );
  });

  it("take names as they are defined", () => {
    const good = ["a", "edge", "a_1", "z".repeat(32)];
    for (let i = 0; i < good.length; i++) {
      expect(settingsOf('{"p":"' + good[i] + '"}').name("p", "")).toBe(good[i]);
    }
    const bad = ["1a", "_a", "a-b", "A", "é", "a.b", "z".repeat(33)];
    for (let i = 0; i < bad.length; i++) {
      expect(settingsOf('{"p":"' + bad[i] + '"}').name("p", "")).toBe("", bad[i]);
    }
  });

  it("name the path of what is nested", () => {
    const settings = settingsOf('{"slow_commands_ms":{"rcpt":"fast"},"limits":{"a":{"b":0}}}');
    settings.table("slow_commands_ms", VERBS, 1, 3_600_000);
    settings.object("limits").object("a").integer("b", 1, 1, 2);
    expect(errors(settings)).toBe(
      "limits.a.b: expected a whole number between 1 and 2, found 0|" +
        'slow_commands_ms.rcpt: expected a whole number between 1 and 3600000, found "fast"|',
    );
  });

  it("suggest the key that was meant", () => {
    const settings = settingsOf('{"verbostiy":1,"stat_prefx":2,"colour":3,"limits":{"line_byte":4}}');
    settings.choice("verbosity", VERBOSITY, 1);
    settings.name("stat_prefix", "default");
    settings.object("limits").integer("line_bytes", 1, 1, 2);
    expect(errors(settings)).toBe(
      'unknown key "colour"|' +
        'limits: unknown key "line_byte"; did you mean "line_bytes"?|' +
        'unknown key "stat_prefx"; did you mean "stat_prefix"?|' +
        'unknown key "verbostiy"; did you mean "verbosity"?|',
    );
  });

  it("suggest the nearest of several", () => {
    const settings = settingsOf('{"rcptt":1}');
    settings.has("rcptab");
    settings.has("rcpt");
    settings.has("rsets");
    expect(errors(settings)).toBe('unknown key "rcptt"; did you mean "rcpt"?|');
  });

  it("report a key that is there twice", () => {
    const settings = settingsOf('{"n":1,"n":2,"o":{"x":1,"x":1}}');
    expect(settings.integer("n", 0, 0, 10)).toBe(1);
    settings.object("o").has("x");
    expect(errors(settings)).toBe('duplicate key "n"|o: duplicate key "x"|');
  });

  it("report what only the filter can know", () => {
    const settings = settingsOf('{"a":5,"key":"hidden"}');
    settings.text("key", "", 10);
    settings.error("key", "a longer key");
    settings.error("a", "an even number");
    settings.object("access_log").error("hash_key", 'a string, because identities is "hash"');
    expect(errors(settings)).toBe(
      "a: expected an even number, found 5|" +
        'access_log.hash_key: expected a string, because identities is "hash", found nothing|' +
        "key: expected a longer key, found a string of 6 bytes|",
    );
    expect(settings.errors.count).toBe(3);
  });

  it("say where in a text that somebody wrote", () => {
    const settings = settingsOf('{ "n": "fast",\n "x": 1 }');
    settings.integer("n", 1, 1, 2);
    expect(placedErrors(settings)).toBe(
      'n: expected a whole number between 1 and 2, found "fast" (byte 8)|unknown key "x"; did you mean "n"? (byte 17)|',
    );
  });

  it("say where for every error of syntax", () => {
    expect(placedErrors(settingsOf('{"a":1,}'))).toBe('expected a key in double quotes, found "}" (byte 8)|');
    expect(placedErrors(settingsOf('{"a":1'))).toBe('expected "," or "}", found the end (byte 7)|');
    expect(placedErrors(settingsOf('{"a":"\x01"}'))).toBe(
      "expected an escape for the control character, found byte 1 (byte 7)|",
    );
    expect(placedErrors(settingsOf('{"a":é}'))).toBe('expected a value, found "é" (byte 6)|');
    expect(placedErrors(settingsOf("[1]"))).toBe("expected an object, found an array (byte 1)|");
    expect(placedErrors(settingsOf('"x"'))).toBe('expected an object, found "x" (byte 1)|');
    expect(placedErrors(settingsOf(" 7"))).toBe("expected an object, found 7 (byte 2)|");
  });

  it("give defaults after an error of syntax", () => {
    const settings = settingsOf('{"n":5');
    expect(settings.integer("n", 7, 1, 10)).toBe(7);
    expect(settings.errors.count).toBe(1);
  });

  it("show long values cut off between characters", () => {
    const settings = settingsOf('{"n":"' + "é".repeat(40) + '","m":"' + "x" + "é".repeat(40) + '"}');
    settings.integer("n", 1, 1, 2);
    settings.integer("m", 1, 1, 2);
    expect(errors(settings)).toBe(
      'm: expected a whole number between 1 and 2, found "x' +
        "é".repeat(29) +
        '…"|' +
        'n: expected a whole number between 1 and 2, found "' +
        "é".repeat(30) +
        '…"|',
    );
  });

  it("keep a bounded number of errors, and count all", () => {
    let json = '{"k0":1';
    for (let i = 1; i < MAX_ERRORS + 20; i++) json += ',"k' + i.toString() + '":1';
    const settings = settingsOf(json + "}");
    const kept = errors(settings).split("|").length - 1;
    expect(kept).toBe(MAX_ERRORS);
    expect(settings.errors.count).toBe(MAX_ERRORS + 20);
  });
});

describe("editDistance", () => {
  it("counts insertions, deletions, replacements and swaps of neighbours", () => {
    expect(editDistance("verbosity", "verbosity")).toBe(0);
    expect(editDistance("verbostiy", "verbosity")).toBe(1);
    expect(editDistance("verbosit", "verbosity")).toBe(1);
    expect(editDistance("verbositty", "verbosity")).toBe(1);
    expect(editDistance("verbocity", "verbosity")).toBe(1);
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("abc", "")).toBe(3);
  });

  it("gives up on texts that are too long", () => {
    expect(editDistance("a".repeat(41), "a".repeat(41))).toBe(40);
    expect(editDistance("a".repeat(40), "a".repeat(40))).toBe(0);
    expect(Settings.parse(bytesOf('{"' + "a".repeat(50) + '":1}')).errors.count).toBe(0);
  });
});
