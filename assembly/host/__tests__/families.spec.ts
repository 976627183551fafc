import { FakeHost } from "../../testing";
import { Faults } from "../faults";
import { Verbosity } from "../registry";
import { CLASS, FROM, VERB, journal, make } from "./support";

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
