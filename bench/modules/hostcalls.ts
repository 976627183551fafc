// The host calls that exact metrics take, and nothing else: chunks are fetched, clocks are read, samples are recorded,
// and no byte is looked at. What a filter costs above this is its own doing.
//
// The configuration has six whole numbers (bench/protocol.ts, `Duty`): for so many chunks of a peer so many readings
// of the clock and samples, and how much of a larger chunk is fetched.

import { clock_time_get } from "../../assembly/abi/wasi_snapshot_preview1";
import { proxy_define_metric, proxy_record_metric } from "../../assembly/abi/env";
import {
  BUFFER_DOWNSTREAM_DATA,
  BUFFER_PLUGIN_CONFIGURATION,
  BUFFER_UPSTREAM_DATA,
  CLOCK_MONOTONIC,
  METRIC_HISTOGRAM,
} from "../../assembly/abi/constants";
import { fetch, returned } from "./scratch";

export * from "./bare";
export { malloc } from "./scratch";

/** Numbers of the configuration, in their order. */
enum Number {
  chunks,
  clientClocks,
  clientSamples,
  serverClocks,
  serverSamples,
  fetched,
  count,
}
const numbers: usize = memory.data(24);

/** As the SDK does: samples wait until there are so many, then go one behind the other. */
const BATCH: i32 = 256;
const HISTOGRAMS: i32 = 9;
const histograms: usize = memory.data(36);

/** Behind the part of a large chunk that is fetched, the end of it: LDAP's SearchResultDone. */
const TAIL: i32 = 14;

let waiting: i32 = 0;
let clocksDue: i32 = 0;
let samplesDue: i32 = 0;

function numberOf(which: Number): i32 {
  return load<i32>(numbers + ((<usize>which) << 2));
}

function readConfiguration(size: i32): bool {
  fetch(BUFFER_PLUGIN_CONFIGURATION, 0, size);
  const text = load<u32>(returned);
  let which: i32 = -1;
  let isInside = false;
  for (let i: u32 = 0; i < load<u32>(returned, 4); i++) {
    const digit = <i32>load<u8>(text + i) - 0x30;
    const isDigit = digit >= 0 && digit <= 9;
    if (isDigit && !isInside && ++which == Number.count) return false;
    if (isDigit) store<i32>(numbers + ((<usize>which) << 2), numberOf(which) * 10 + digit);
    isInside = isDigit;
  }
  return which + 1 == Number.count && numberOf(Number.chunks) > 0;
}

function defineHistograms(): bool {
  const name = String.UTF8.encode("bench.hostcalls.samples_");
  const size = name.byteLength;
  for (let i: i32 = 0; i < HISTOGRAMS; i++) {
    store<u8>(changetype<usize>(name) + size - 1, 0x61 + i);
    if (
      proxy_define_metric(METRIC_HISTOGRAM, changetype<usize>(name), size, histograms + ((<usize>i) << 2)) !=
      0
    )
      return false;
  }
  return true;
}

function fetchChunk(type: i32, size: i32): void {
  const most = numberOf(Number.fetched);
  if (most == 0 || size <= most << 3) return fetch(type, 0, size);
  fetch(type, 0, most);
  fetch(type, size - TAIL, TAIL);
}

function readClocks(per: i32): void {
  clocksDue += per;
  for (; clocksDue >= numberOf(Number.chunks); clocksDue -= numberOf(Number.chunks)) {
    clock_time_get(CLOCK_MONOTONIC, 0, returned);
  }
}

function record(per: i32): void {
  samplesDue += per;
  for (; samplesDue >= numberOf(Number.chunks); samplesDue -= numberOf(Number.chunks)) waiting++;
  if (waiting < BATCH) return;
  for (let i: i32 = 0; i < waiting; i++) {
    proxy_record_metric(load<u32>(histograms + ((<usize>(i % HISTOGRAMS)) << 2)), 100 + (i << 4));
  }
  waiting = 0;
}

export function proxy_on_configure(_root: i32, size: i32): i32 {
  return readConfiguration(size) && defineHistograms() ? 1 : 0;
}
export function proxy_on_downstream_data(_context: i32, size: i32, _endOfStream: i32): i32 {
  fetchChunk(BUFFER_DOWNSTREAM_DATA, size);
  if (size == 0) return 0;
  readClocks(numberOf(Number.clientClocks));
  record(numberOf(Number.clientSamples));
  return 0;
}
export function proxy_on_upstream_data(_context: i32, size: i32, _endOfStream: i32): i32 {
  fetchChunk(BUFFER_UPSTREAM_DATA, size);
  if (size == 0) return 0;
  readClocks(numberOf(Number.serverClocks));
  record(numberOf(Number.serverSamples));
  return 0;
}
