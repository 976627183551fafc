// What filters are written against. The comments below are the sections of docs/sdk-reference.md.

// Modules, plugins and filters
export { Module } from "./extension/module";
export { FilterFactory } from "./extension/factory";
export { OnError, Plugin } from "./extension/plugin";
export { NetworkFilter, Peer } from "./extension/filter";
export { Handlers } from "./extension/handlers";
export { Service } from "./extension/service";
export { AccessLogger } from "./extension/access-logger";
export { Ticker } from "./extension/ticker";

// Connections and their bytes
export { Chunk, DownstreamChunk, UpstreamChunk } from "./extension/chunk";
export { Connection, NewConnection } from "./extension/connection";
export { MAX_FETCH } from "./host/scratch";

// Messages
export { MessageFilter } from "./extension/message-filter";
export {
  ClientMessage,
  Message,
  MessageHead,
  MessagePart,
  PartialMessage,
  Pass,
  ServerMessage,
  Streamed,
} from "./extension/message";
export { Framer, Framing } from "./bytes/framing/framer";
export { LineEnd, LineFramer } from "./bytes/framing/lines";
export { ByteOrder, Counts, FixedPrefix } from "./bytes/framing/fixed";
export { VarintPrefix } from "./bytes/framing/varint";
export { BerFramer } from "./bytes/framing/ber";

// Several filters in one
export { FilterChain } from "./extension/chain";
export { Links } from "./extension/links";

// Configuration
export { IntegerTable, Settings } from "./config/settings";
export { Environment } from "./config/environment";
export { Values } from "./config/values";
export { ConfigErrors } from "./config/errors";
export { decimal } from "./config/strings";

// Metrics
export { DEFAULT_LAZY_LIMIT, Stats } from "./host/stats";
export { Counter, Gauge, Histogram } from "./host/metric";
export {
  CounterFamily,
  CounterFamilyBuilder,
  GaugeFamily,
  GaugeFamilyBuilder,
  HistogramFamily,
  HistogramFamilyBuilder,
} from "./host/families";
export { LazyCounterFamily } from "./host/lazy";
export { VERBOSITIES, Verbosity } from "./host/registry";

// What the proxy offers
export { Host } from "./host/host";
export { Clock, NANOSECONDS_PER_MICROSECOND, NANOSECONDS_PER_MILLISECOND } from "./host/clock";
export { Log } from "./host/log";
export { LOG_DEBUG, LOG_ERROR, LOG_INFO, LOG_WARN } from "./abi/constants";
export { StreamInfo } from "./host/stream-info";
export { TlsInfo } from "./host/tls-info";
export { XdsInfo } from "./host/xds-info";
export { Known } from "./host/known";
export { FilterState } from "./host/filter-state";
export { EnvoyState, Foreign } from "./host/foreign";

// What workers and modules share
export { Shared, SharedChange, SharedData } from "./host/shared-data";
export { SharedQueue } from "./host/shared-queue";

// HTTP calls
export { HttpClient } from "./extension/http-client";
export { HttpRequest, HttpResponse } from "./host/http";

// Bytes and memory
export { Slice, isDigit, isLetter, lowerCase } from "./bytes/slice";
export { hexadecimal, Text } from "./bytes/text";
export { Utf8 } from "./bytes/utf8";
export { indexOf, indexOfLineFeed } from "./bytes/scan";
export { DIGEST_BYTES, HmacSha256, Sha256 } from "./bytes/sha256";
export { Vector } from "./bytes/vector";
export { words } from "./bytes/words";
export { Block } from "./bytes/block";
export { Pool, Pooled } from "./bytes/pool";
export { Buffer, BufferPool } from "./bytes/buffer";
export { Budget, DEFAULT_MEMORY_BYTES } from "./bytes/budget";
