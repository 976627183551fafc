import { FakeHost } from "../../testing";
import { Verbosity } from "../registry";
import { Stats } from "../stats";
import { NONE, VERB, WRONG, make, problems } from "./support";

describe("mistakes in declarations", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("are remembered, and give metrics that do nothing", () => {
    const stats = Stats.of("smtp", "Edge");
    stats.counter("Sessions").inc();
    stats.counter("").inc();
    stats.flush();
    expect(problems(stats)).toBe(
      'metric "": expected a name made of a-z, 0-9 and _|' +
        'metric "Sessions": expected a name made of a-z, 0-9 and _|' +
        'stat prefix "Edge": expected a name made of a-z, 0-9 and _|',
    );
    expect(FakeHost.metrics.names.length).toBe(0);
  });

  it("are names used twice for different things", () => {
    const stats = make();
    stats.counter("a_total");
    stats.gauge("a_total").add(1);
    stats.counterFamily("a_total").label("verb", VERB).define().at(0).inc();
    stats.counterFamily("a_total").label("verb", VERB).lazily(1).at(0).inc();
    stats.gaugeFamily("a_total").label("verb", VERB).defineOnly(0, 0).set(1);
    expect(problems(stats)).toBe(
      'metric "a_total" is declared twice|metric "a_total" is declared twice|' +
        'metric "a_total" is declared twice|metric "a_total" is declared twice|',
    );
    expect(FakeHost.metrics.names.length).toBe(1);
  });

  it("are found above the verbosity too", () => {
    const stats = make(Verbosity.low);
    stats.counter("B", Verbosity.high);
    stats.counterFamily("c_total", Verbosity.high).label("Verb", VERB).define();
    expect(problems(stats)).toBe(
      'label "Verb": expected a name made of a-z, 0-9 and _|metric "B": expected a name made of a-z, 0-9 and _|',
    );
  });

  it("are wrong labels and values", () => {
    const stats = make();
    stats.counterFamily("a_total").label("verb", WRONG).define().at(0).inc();
    stats.counterFamily("b_total").label("verb", VERB).label("class", WRONG).lazily(5).at2(0, 0).inc();
    stats.counterFamily("c_total").define();
    stats.counterFamily("d_total").label("verb", NONE).define();
    stats.counterFamily("e_total").label("a", VERB).label("b", VERB).label("c", VERB).define();
    expect(problems(stats)).toBe(
      'metric "e_total": expected one or two labels|' +
        'metric "d_total": expected at least one value for each label|' +
        'metric "c_total": expected one or two labels|' +
        'value of label class "Not Ok": expected a name made of a-z, 0-9 and _|' +
        'value of label verb "Not Ok": expected a name made of a-z, 0-9 and _|',
    );
    expect(FakeHost.metrics.names.length).toBe(0);
  });

  it("are too many combinations, and too long names", () => {
    const stats = make();
    const many: string[] = [];
    for (let i = 0; i < 200; i++) many.push("v" + i.toString());
    stats.counterFamily("a_total").label("x", many).label("y", many).define();
    stats.counter("b".repeat(250)).inc();
    stats.flush();
    expect(problems(stats)).toBe(
      "a metric's name is too long|" +
        'metric "a_total": expected at most 16384 combinations of label values|',
    );
    expect(FakeHost.metrics.names.length).toBe(0);
  });
});
