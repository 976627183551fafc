import { Slice } from "../../../../assembly";
import { FakeConnection, FakeHost, FakeProxy } from "../../../../assembly/testing";
import { ConsumerFactory, ProducerFactory } from "../index";

function counted(metric: string): i64 {
  return FakeHost.metrics.value("shared_queue.default." + metric);
}

function talk(connection: FakeConnection): void {
  connection.clientSends("hello");
  connection.serverSends("hi");
  connection.clientSends("bye");
  connection.clientCloses();
}

/** What a producer puts into the queue. */
function record(size: u64): Slice {
  const bytes = Slice.of(heap.alloc(8), 8);
  store<u64>(bytes.start, size);
  return bytes;
}

describe("the producer", () => {
  it("puts the bytes of each connection into the consumer's queue", () => {
    const proxy = FakeProxy.start(new ProducerFactory(), '{"consumer_vm_id":"sums"}');
    const queue = FakeHost.sharedQueue.registerOf("sums", "connections");
    talk(proxy.connect());
    const found = new Slice();
    expect(FakeHost.sharedQueue.dequeue(queue, found)).toBe(true);
    expect(found.length).toBe(8);
    expect(load<u64>(found.start)).toBe(10);
    expect(FakeHost.sharedQueue.dequeue(queue, found)).toBe(false);
    expect(counted("records_total.outcome.queued")).toBe(1);
  });

  it("counts what nobody takes, until there is somebody", () => {
    const proxy = FakeProxy.start(new ProducerFactory());
    talk(proxy.connect());
    expect(counted("records_total.outcome.lost")).toBe(1);
    FakeHost.sharedQueue.registerOf("consumer", "connections");
    talk(proxy.connect());
    expect(counted("records_total.outcome.queued")).toBe(1);
  });
});

describe("the consumer", () => {
  it("adds up all that is there", () => {
    const proxy = FakeProxy.start(new ConsumerFactory());
    const queue = FakeHost.sharedQueue.resolve("", "connections");
    FakeHost.sharedQueue.enqueue(queue, record(210));
    FakeHost.sharedQueue.enqueue(queue, record(1));
    proxy.queueReady(queue);
    proxy.tick();
    expect(counted("taken_total")).toBe(2);
    expect(counted("bytes_total")).toBe(211);
  });

  it("has nothing to do when another one was faster", () => {
    const proxy = FakeProxy.start(new ConsumerFactory());
    proxy.queueReady(FakeHost.sharedQueue.resolve("", "connections"));
    expect(counted("taken_total")).toBe(0);
  });

  it("passes over what is no record, and takes a long queue in parts", () => {
    const proxy = FakeProxy.start(new ConsumerFactory());
    const queue = FakeHost.sharedQueue.resolve("", "connections");
    FakeHost.sharedQueue.enqueue(queue, Slice.of(record(0).start, 3));
    for (let i = 0; i < 1000; i++) FakeHost.sharedQueue.enqueue(queue, record(1));
    proxy.queueReady(queue);
    proxy.tick();
    expect(counted("taken_total")).toBe(999);
    proxy.queueReady(queue);
    proxy.tick();
    expect(counted("taken_total")).toBe(1000);
  });
});
