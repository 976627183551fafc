import { FakeHost } from "../../testing";
import { Faults } from "../faults";
import { Known } from "../known";
import { Nothing } from "../metric";
import { Verbosity } from "../registry";
import { Stats } from "../stats";

const FROM: string[] = ["client", "server"];
const VERB: string[] = ["mail", "rcpt", "data"];
const CLASS: string[] = ["2xx", "4xx"];
const WRONG: string[] = ["ok", "Not Ok"];
const NONE: string[] = [];

/** A Stats as a filter makes it. */
function make(verbosity: Verbosity = Verbosity.high, lazyLimit: i32 = 1000): Stats {
  return Stats.of("smtp", "edge", verbosity, lazyLimit);
}

/** Mistakes in declarations, the last one first. */
function problems(stats: Stats): string {
  let text = "";
  let problem = stats.problems;
  while (problem !== null) {
    text += problem.text + "|";
    problem = problem.next;
  }
  return text;
}

/** -1 for null. */
function valueOf(known: Known<u64> | null): i64 {
  return known === null ? -1 : <i64>known.value;
}

function journal(): string {
  return FakeHost.metrics.journal.join(", ");
}

describe("Stats", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("shows a counter as 0 from the beginning", () => {
    make().counter("sessions_total");
    expect(FakeHost.metrics.value("smtp.edge.sessions_total")).toBe(0);
  });

  it("adds up, and flushes in one call", () => {
    const stats = make();
    const sessions = stats.counter("sessions_total");
    sessions.inc();
    sessions.add(4);
    expect(journal()).toBe("");
    stats.flush();
    expect(journal()).toBe("smtp.edge.sessions_total +5");
  });

  it("reads back what the proxy has, and what is not yet handed over", () => {
    const stats = make(Verbosity.low);
    const sessions = stats.counter("sessions_total");
    const open = stats.gauge("open");
    sessions.add(4);
    open.add(3);
    stats.flush();
    sessions.inc();
    open.add(-1);
    expect(valueOf(sessions.value())).toBe(5);
    expect(valueOf(open.value())).toBe(2);
    expect(journal()).toBe("smtp.edge.sessions_total +4, smtp.edge.open +3");
  });

  it("reads nothing back above the verbosity, or where the proxy refuses", () => {
    const stats = make(Verbosity.low);
    const sessions = stats.counter("sessions_total");
    expect(valueOf(stats.counter("rare_total", Verbosity.high).value())).toBe(-1);
    FakeHost.metrics.isRefusing = true;
    expect(valueOf(sessions.value())).toBe(-1);
    expect(Faults.call).toBe("get_metric");
  });

  it("makes no call when nothing is pending", () => {
    const stats = make();
    const sessions = stats.counter("sessions_total");
    sessions.inc();
    stats.flush();
    stats.flush();
    sessions.add(0);
    stats.flush();
    expect(journal()).toBe("smtp.edge.sessions_total +1");
  });

  it("makes no call for a gauge that came back to where it was", () => {
    const stats = make();
    const active = stats.gauge("sessions_active");
    active.add(1);
    active.add(-1);
    stats.flush();
    expect(journal()).toBe("");
    active.add(-2);
    stats.flush();
    expect(journal()).toBe("smtp.edge.sessions_active +-2");
  });

  it("flushes in the order of definition, gauges after counters, ends last", () => {
    const stats = make();
    const ends = stats.counterFamily("session_ends_total").label("reason", FROM).ends().define();
    const closed = stats.counter("closed_total").ends();
    const active = stats.gauge("sessions_active");
    const sessions = stats.counter("sessions_total");
    const bytes = stats.counter("bytes_total");
    closed.inc();
    ends.at(1).inc();
    active.add(1);
    bytes.inc();
    sessions.inc();
    stats.flush();
    expect(journal()).toBe(
      "smtp.edge.sessions_total +1, smtp.edge.bytes_total +1, smtp.edge.sessions_active +1, " +
        "smtp.edge.session_ends_total.reason.server +1, smtp.edge.closed_total +1",
    );
  });

  it("keeps what was added before a counter became an end", () => {
    const stats = make();
    const closed = stats.counter("closed_total");
    closed.inc();
    closed.ends();
    closed.inc();
    stats.flush();
    expect(journal()).toBe("smtp.edge.closed_total +2");
  });

  it("makes an end of an end only once", () => {
    const stats = make();
    stats.counter("closed_total").ends().ends().inc();
    stats.flush();
    expect(journal()).toBe("smtp.edge.closed_total +1");
  });

  it("records samples and settings at once", () => {
    const stats = make();
    stats.histogram("message_bytes").record(512);
    stats.gauge("filter_info").set(1);
    expect(journal()).toBe("smtp.edge.message_bytes =512, smtp.edge.filter_info =1");
  });

  it("gives the same metric for the same name", () => {
    const stats = make();
    stats.counter("sessions_total").inc();
    stats.counter("sessions_total").inc();
    stats.histogram("message_bytes").record(1);
    stats.histogram("message_bytes").record(1);
    stats.flush();
    expect(FakeHost.metrics.names.length).toBe(2);
    expect(FakeHost.metrics.value("smtp.edge.sessions_total")).toBe(2);
    expect(problems(stats)).toBe("");
  });

  it("lets two Stats with one prefix add up", () => {
    const one = make();
    const other = make();
    one.counter("sessions_total").inc();
    other.counter("sessions_total").inc();
    one.flush();
    other.flush();
    expect(FakeHost.metrics.value("smtp.edge.sessions_total")).toBe(2);
  });

  it("hands over what was made, once", () => {
    Stats.takeCreated();
    const one = make();
    const other = make();
    expect(Stats.takeCreated() === other).toBe(true);
    expect(other.next === one).toBe(true);
    expect(Stats.takeCreated() === null).toBe(true);
  });

  it("keeps more than one word of slots apart", () => {
    const stats = make();
    const first = stats.counter("first_total");
    const verbs: string[] = [];
    for (let i = 0; i < 150; i++) verbs.push("v" + i.toString());
    const family = stats.counterFamily("commands_total").label("verb", verbs).define();
    for (let i = 0; i < 150; i += 7) family.at(i).add(<u64>i + 1);
    first.inc();
    stats.flush();
    for (let i = 0; i < 150; i++) {
      const expected = i % 7 == 0 ? <i64>i + 1 : 0;
      expect(FakeHost.metrics.value("smtp.edge.commands_total.verb.v" + i.toString())).toBe(expected);
    }
    expect(FakeHost.metrics.value("smtp.edge.first_total")).toBe(1);
  });

  it("reports a refused metric as a fault, and goes on", () => {
    const stats = make();
    const sessions = stats.counter("sessions_total");
    const sizes = stats.histogram("message_bytes");
    const info = stats.gauge("filter_info");
    FakeHost.metrics.isRefusing = true;
    sessions.inc();
    stats.flush();
    expect(Faults.pending).toBe(1);
    Faults.clear();
    sizes.record(1);
    expect(Faults.pending).toBe(1);
    Faults.clear();
    info.set(1);
    expect(Faults.pending).toBe(1);
    Faults.clear();
    stats.counter("other_total").inc();
    expect(Faults.pending).toBe(1);
    Faults.clear();
  });
});

describe("label families", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("name their members by label and value", () => {
    const stats = make();
    const bytes = stats.counterFamily("bytes_total").label("from", FROM).define();
    bytes.at(1).add(7);
    stats.flush();
    expect(FakeHost.metrics.value("smtp.edge.bytes_total.from.client")).toBe(0);
    expect(FakeHost.metrics.value("smtp.edge.bytes_total.from.server")).toBe(7);
  });

  it("name their members by two labels, in the order given", () => {
    const stats = make();
    const replies = stats.counterFamily("replies_total").label("verb", VERB).label("class", CLASS).define();
    replies.at2(2, 1).inc();
    stats.flush();
    expect(FakeHost.metrics.names.length).toBe(6);
    expect(FakeHost.metrics.names[1]).toBe("smtp.edge.replies_total.verb.mail.class.4xx");
    expect(journal()).toBe("smtp.edge.replies_total.verb.data.class.4xx +1");
  });

  it("do nothing outside their values", () => {
    const stats = make();
    const replies = stats.counterFamily("replies_total").label("verb", VERB).label("class", CLASS).define();
    replies.at2(3, 0).inc();
    replies.at2(0, 2).inc();
    replies.at2(-1, 0).inc();
    replies.at(-1).inc();
    const sizes = stats.histogramFamily("size_bytes").label("verb", VERB).define();
    sizes.at(3).record(1);
    const active = stats.gaugeFamily("active").label("verb", VERB).define();
    active.at(3).add(1);
    active.at(3).set(1);
    stats.flush();
    expect(journal()).toBe("");
  });

  it("exist for histograms and gauges too", () => {
    const stats = make();
    stats.histogramFamily("command_duration_us").label("verb", VERB).define().at(1).record(250);
    const active = stats.gaugeFamily("active").label("from", FROM).define();
    active.at(0).add(2);
    stats.flush();
    expect(journal()).toBe("smtp.edge.command_duration_us.verb.rcpt =250, smtp.edge.active.from.client +2");
  });

  it("may define one member only", () => {
    const stats = make();
    stats.gaugeFamily("filter_info").label("verb", VERB).label("class", CLASS).defineOnly(1, 1).set(1);
    expect(FakeHost.metrics.names.length).toBe(1);
    expect(journal()).toBe("smtp.edge.filter_info.verb.rcpt.class.4xx =1");
    stats.gaugeFamily("other_info").label("verb", VERB).defineOnly(3, 0).set(1);
    expect(FakeHost.metrics.names.length).toBe(1);
  });
});

describe("verbosity", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("leaves out what is above it", () => {
    const stats = make(Verbosity.standard);
    stats.counter("a_total", Verbosity.low);
    stats.counter("b_total", Verbosity.standard);
    expect(stats.counter("c_total", Verbosity.high) === Nothing.counter).toBe(true);
    expect(stats.gauge("d", Verbosity.high) === Nothing.gauge).toBe(true);
    expect(stats.histogram("e_us", Verbosity.high) === Nothing.histogram).toBe(true);
    expect(FakeHost.metrics.names.join(" ")).toBe("smtp.edge.a_total smtp.edge.b_total");
  });

  it("gives metrics that take everything and do nothing", () => {
    const stats = make(Verbosity.low);
    const counter = stats.counter("a_total", Verbosity.high);
    counter.inc();
    counter.add(5);
    counter.ends().inc();
    stats.gauge("b", Verbosity.high).add(-1);
    stats.gauge("b", Verbosity.high).set(1);
    stats.histogram("c_us", Verbosity.high).record(3);
    stats.counterFamily("d_total", Verbosity.high).label("verb", VERB).define().at(0).inc();
    stats.histogramFamily("e_us", Verbosity.high).label("verb", VERB).define().at(0).record(1);
    stats.gaugeFamily("f", Verbosity.high).label("verb", VERB).define().at(0).add(1);
    stats.gaugeFamily("g", Verbosity.high).label("verb", VERB).defineOnly(0, 0).set(1);
    stats.counterFamily("h_total", Verbosity.high).label("verb", VERB).lazily(4).at(0).inc();
    stats.flush();
    expect(FakeHost.metrics.names.length).toBe(0);
    expect(journal()).toBe("");
    expect(Faults.pending).toBe(0);
  });
});

describe("lazy families", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("define a member when it is first used", () => {
    const stats = make();
    const replies = stats.counterFamily("replies_total").label("verb", VERB).label("class", CLASS).lazily(10);
    expect(FakeHost.metrics.names.length).toBe(0);
    replies.at2(1, 0).inc();
    replies.at2(1, 0).inc();
    replies.at2(2, 1).inc();
    stats.flush();
    expect(journal()).toBe(
      "smtp.edge.replies_total.verb.rcpt.class.2xx +2, smtp.edge.replies_total.verb.data.class.4xx +1",
    );
    expect(FakeHost.metrics.names.length).toBe(2);
  });

  it("fold what is beyond the cap into overflow, and count each folded member once", () => {
    const stats = make();
    stats.onLimit = stats.counter("limits_reached_total");
    const replies = stats.counterFamily("replies_total").label("verb", VERB).label("class", CLASS).lazily(1);
    replies.at2(0, 0).inc();
    replies.at2(0, 1).inc();
    replies.at2(0, 1).inc();
    replies.at2(1, 1).inc();
    stats.flush();
    expect(FakeHost.metrics.value("smtp.edge.replies_total.verb.mail.class.2xx")).toBe(1);
    expect(FakeHost.metrics.value("smtp.edge.replies_total.verb.overflow.class.overflow")).toBe(3);
    expect(FakeHost.metrics.value("smtp.edge.limits_reached_total")).toBe(2);
    expect(FakeHost.metrics.names.length).toBe(3);
  });

  it("share the limit of their Stats", () => {
    const stats = make(Verbosity.high, 2);
    const one = stats.counterFamily("one_total").label("verb", VERB).lazily(10);
    const other = stats.counterFamily("other_total").label("verb", VERB).lazily(10);
    one.at(0).inc();
    other.at(0).inc();
    other.at(1).inc();
    stats.flush();
    expect(FakeHost.metrics.value("smtp.edge.other_total.verb.mail")).toBe(1);
    expect(FakeHost.metrics.value("smtp.edge.other_total.verb.overflow")).toBe(1);
    expect(FakeHost.metrics.isDefined("smtp.edge.other_total.verb.rcpt")).toBe(false);
  });

  it("do nothing outside their values", () => {
    const stats = make();
    const lazy = stats.counterFamily("one_total").label("verb", VERB).lazily(10);
    lazy.at(3).inc();
    lazy.at(-1).inc();
    lazy.at2(0, 1).inc();
    stats.flush();
    expect(FakeHost.metrics.names.length).toBe(0);
  });

  it("may be ends", () => {
    const stats = make();
    const lazy = stats.counterFamily("ends_total").label("verb", VERB).ends().lazily(3);
    const starts = stats.counter("starts_total");
    lazy.at(0).inc();
    starts.inc();
    stats.flush();
    expect(journal()).toBe("smtp.edge.starts_total +1, smtp.edge.ends_total.verb.mail +1");
  });

  it("survive a proxy that refuses", () => {
    const stats = make();
    const lazy = stats.counterFamily("one_total").label("verb", VERB).lazily(1);
    FakeHost.metrics.isRefusing = true;
    lazy.at(0).inc();
    lazy.at(1).inc();
    expect(Faults.pending).toBe(1);
    FakeHost.metrics.isRefusing = false;
    Faults.clear();
    stats.flush();
    expect(journal()).toBe("");
    expect(Faults.pending).toBe(0);
  });
});

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
