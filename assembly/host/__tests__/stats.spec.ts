import { FakeHost } from "../../testing";
import { Faults } from "../faults";
import { Nothing } from "../metric";
import { Verbosity } from "../registry";
import { Stats } from "../stats";
import { FROM, VERB, journal, make, problems, valueOf } from "./support";

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

  it("sets at once, and hands samples over in their order before everything that is added up", () => {
    const stats = make();
    stats.counter("messages_total").inc();
    const sizes = stats.histogram("message_bytes");
    sizes.record(512);
    stats.histogram("chunks").record(3);
    sizes.record(512);
    stats.gauge("filter_info").set(1);
    expect(journal()).toBe("smtp.edge.filter_info =1");
    stats.flush();
    stats.flush();
    expect(journal()).toBe(
      "smtp.edge.filter_info =1, smtp.edge.message_bytes =512, smtp.edge.chunks =3, smtp.edge.message_bytes =512, " +
        "smtp.edge.messages_total +1",
    );
  });

  it("hands samples over when 256 wait", () => {
    const sizes = make().histogram("message_bytes");
    for (let i: u64 = 1; i < 256; i++) sizes.record(i);
    expect(FakeHost.metrics.count("smtp.edge.message_bytes")).toBe(0);
    sizes.record(256);
    expect(FakeHost.metrics.count("smtp.edge.message_bytes")).toBe(256);
    expect(FakeHost.metrics.value("smtp.edge.message_bytes")).toBe((256 * 257) / 2);
    sizes.record(1);
    expect(FakeHost.metrics.count("smtp.edge.message_bytes")).toBe(256);
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
    stats.flush();
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
