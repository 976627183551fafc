import { bytesOf, FakeHost, FakeVm } from "../../testing";
import { Slice } from "../../bytes/slice";
import { MAX_VM_CONFIGURATION } from "../../host/vm-info";
import { Environment } from "../environment";
import { Settings } from "../settings";

/** All errors as Envoy's log shows them, a line each. */
function errorsOf(settings: Settings): string {
  settings.finish();
  let text = "";
  let error = settings.errors.first;
  while (error !== null) {
    text += error.source + ": " + error.toString() + "\n";
    error = error.next;
  }
  return text;
}

/** The settings of a plugin without any, in a VM. */
function inVm(vm: FakeVm): Settings {
  FakeHost.install(vm);
  return Settings.parse(new Slice());
}

/** The environment of a VM that was given `name` alone. */
function having(name: string, value: string): Environment {
  return inVm(new FakeVm().set(name, value)).environment;
}

describe("the VM's configuration", () => {
  it("is read like any other", () => {
    const settings = inVm(new FakeVm('{"rate": 5, "limits": {"depth": 3}}'));
    expect(settings.vm.integer("rate", 1, 1, 9)).toBe(5);
    expect(settings.vm.object("limits").integer("depth", 1, 1, 9)).toBe(3);
    expect(settings.vm.bool("strict", true)).toBe(true);
    expect(errorsOf(settings)).toBe("");
  });

  it("is empty where there is none", () => {
    expect(inVm(new FakeVm()).vm.integer("rate", 4, 1, 9)).toBe(4);
  });

  it("has errors that say so, and count for the plugin", () => {
    const settings = inVm(new FakeVm('{"rate": "fast", "rat": 1}'));
    settings.vm.integer("rate", 1, 1, 9);
    expect(errorsOf(settings)).toBe(
      'vm configuration: unknown key "rat"; did you mean "rate"? (byte 18)\n' +
        'vm configuration: rate: expected a whole number between 1 and 9, found "fast" (byte 10)\n',
    );
    expect(settings.errors.count).toBe(2);
    expect(settings.vm.errors.count).toBe(2);
  });

  it("has nothing unknown for who does not ask", () => {
    expect(errorsOf(inVm(new FakeVm('{"rate": 5}')))).toBe("");
  });

  it("is one for all parts of a configuration", () => {
    FakeHost.install(new FakeVm('{"a": 1, "b": 2}'));
    const settings = Settings.parse(bytesOf('{"first": {}, "second": {}}'));
    expect(settings.object("first").vm.integer("a", 0, 0, 9)).toBe(1);
    expect(settings.object("second").vm.integer("b", 0, 0, 9)).toBe(2);
    expect(errorsOf(settings)).toBe("");
  });

  it("is refused where it is no object, no JSON, or too long", () => {
    let settings = inVm(new FakeVm("[]"));
    settings.vm.has("a");
    expect(errorsOf(settings)).toBe("vm configuration: expected an object, found an array (byte 1)\n");
    settings = inVm(new FakeVm("{"));
    settings.vm.has("a");
    expect(errorsOf(settings)).toBe(
      'vm configuration: expected a key in double quotes or "}", found the end (byte 2)\n',
    );
    settings = inVm(new FakeVm(" ".repeat(MAX_VM_CONFIGURATION + 1)));
    settings.vm.has("a");
    expect(errorsOf(settings)).toBe("vm configuration: expected at most 65536 bytes\n");
  });
});

describe("Environment", () => {
  it("reads variables by name and type", () => {
    const settings = inVm(
      new FakeVm()
        .set("RATE", "5")
        .set("STRICT", "true")
        .set("MODE", "slow")
        .set("NAME", "edge")
        .set("R", "x"),
    );
    const environment = settings.environment;
    expect(environment.integer("RATE", 1, 1, 9)).toBe(5);
    expect(environment.bool("STRICT", false)).toBe(true);
    expect(environment.choice("MODE", ["fast", "slow"], 0)).toBe(1);
    expect(environment.name("NAME", "other")).toBe("edge");
    expect(environment.text("R", "", 1)).toBe("x");
    expect(errorsOf(settings)).toBe("");
  });

  it("gives the default for what is not there, and no error for what nobody asked for", () => {
    const settings = inVm(new FakeVm().set("RATES", "5").set("PATH", "/bin"));
    expect(settings.environment.has("RATE")).toBe(false);
    expect(settings.environment.has("RATES")).toBe(true);
    expect(settings.environment.integer("RATE", 3, 1, 9)).toBe(3);
    expect(settings.environment.integer("ATES", 3, 1, 9)).toBe(3);
    expect(errorsOf(settings)).toBe("");
  });

  it("takes texts as they are: numbers, quotes, backslashes, line ends, equals signs, nothing", () => {
    expect(having("A", "25").text("A", "", 9)).toBe("25");
    expect(having("A", "true").text("A", "", 9)).toBe("true");
    expect(having("A", 'a\\n"b"\r\n\t=é€😀').text("A", "", 99)).toBe('a\\n"b"\r\n\t=é€😀');
    expect(having("A", "").text("A", "-", 9)).toBe("");
    expect(having("A", "").has("A")).toBe(true);
  });

  it("says what was expected, and shows no text", () => {
    const settings = inVm(
      new FakeVm().set("RATE", "fast").set("DEPTH", "12").set("KEY", "secret").set("E", ""),
    );
    const environment = settings.environment;
    expect(environment.integer("RATE", 1, 1, 9)).toBe(1);
    expect(environment.integer("DEPTH", 2, 1, 9)).toBe(2);
    expect(environment.text("KEY", "-", 3)).toBe("-");
    expect(environment.bool("E", true)).toBe(true);
    environment.error("HOST", "a host's name");
    expect(errorsOf(settings)).toBe(
      "environment: DEPTH: expected a whole number between 1 and 9, found 12\n" +
        "environment: E: expected true or false, found a string of 0 bytes\n" +
        "environment: HOST: expected a host's name, found nothing\n" +
        "environment: KEY: expected a string of at most 3 bytes, found a string of 6 bytes\n" +
        "environment: RATE: expected a whole number between 1 and 9, found a string of 4 bytes\n",
    );
  });

  it("takes no half of a value for a number or a truth", () => {
    expect(having("A", "5 apples").integer("A", 1, 1, 9)).toBe(1);
    expect(having("A", "true!").bool("A", false)).toBe(false);
    expect(having("A", "[5]").integer("A", 1, 1, 9)).toBe(1);
    expect(having("A", " 5 ").integer("A", 1, 1, 9)).toBe(5);
    expect(having("A", "5e0").integer("A", 1, 1, 9)).toBe(5);
  });

  it("has a value that is no UTF-8, which is of no type", () => {
    const bytes = bytesOf("ab");
    store<u8>(bytes.start, 0xff);
    const settings = inVm(new FakeVm().set("B", "1").setBytes("A", bytes));
    expect(settings.environment.has("A")).toBe(true);
    expect(settings.environment.text("A", "-", 9)).toBe("-");
    expect(settings.environment.integer("B", 0, 0, 9)).toBe(1);
    expect(errorsOf(settings)).toBe(
      "environment: A: expected a string of at most 9 bytes, found bytes that are no UTF-8\n",
    );
  });

  it("is refused where the proxy does not give it", () => {
    const vm = new FakeVm().set("A", "1");
    vm.isRefusing = true;
    const settings = inVm(vm);
    expect(settings.environment.has("A")).toBe(false);
    expect(errorsOf(settings)).toBe("environment: expected at most 262144 bytes\n");
  });

  it("takes whatever bytes the proxy gives", () => {
    for (let length = 0; length < 60; length++) {
      const bytes = bytesOf("x".repeat(length));
      for (let i = 0; i < length; i++) store<u8>(bytes.start + i, <u8>(Math.random() * 256));
      const environment = inVm(new FakeVm().setBytes("A", bytes)).environment;
      expect(environment.has("A")).toBe(true);
      environment.text("A", "", 20);
      environment.integer("A", 1, 1, 9);
      environment.bool("A", true);
    }
  });
});
