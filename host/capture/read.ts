import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CaptureError, Place, type PacketSink, type RecordReader } from "./capture.ts";
import { PcapReader, isPcap } from "./pcap.ts";
import { PcapngReader, SECTION_HEADER } from "./pcapng.ts";

export interface ReadOptions {
  readonly packet: PacketSink;
  /** A capture that ends in the middle of a packet, and the like: what was read counts. */
  readonly warn: (line: string) => void;
  /** Called now and then with the bytes of the file, packed as it is, that were read. */
  readonly progress?: (bytes: number) => void;
}

/** How much is read at once. */
const CHUNK_BYTES = 1024 * 1024;

/** What has to be there to tell one format from another. */
const MAGIC_BYTES = 4;
const GZIP_MAGIC = 0x1f8b;

/** Formats that people have, for the complaint that they are no pcap. */
const FOREIGN = new Map<number, string>([
  [0x28b52ffd, "a zstd file"],
  [0x425a6839, "a bzip2 file"],
  [0xfd377a58, "an xz file"],
  [0x504b0304, "a zip file"],
  [0x736e6f6f, "a snoop file"],
]);

/**
 * Reads a pcap or pcapng file, packed by gzip or not, in pieces. Throws {@link CaptureError} where it cannot be a
 * capture, and what the file system says where it cannot be read.
 */
export async function readCapture(file: string, options: ReadOptions): Promise<void> {
  const place = new Place(file);
  let reader: RecordReader | undefined;
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  for await (const chunk of contentOf(file, options)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (reader === undefined && bytes.length >= MAGIC_BYTES) reader = readerFor(bytes, place, options.packet);
    const used = reader?.read(bytes, position) ?? 0;
    position += used;
    rest = bytes.subarray(used);
  }
  if (reader === undefined || position === 0) {
    const found = rest.length === 0 ? "an empty file" : `no more than ${rest.length} bytes`;
    return place.fail(0, "a pcap or pcapng header", found);
  }
  if (rest.length > 0) {
    options.warn(
      `${file}: byte ${position}: the file ends within a ${reader.unit}; what comes before counts`,
    );
  }
}

function readerFor(bytes: Buffer, place: Place, sink: PacketSink): RecordReader {
  const magic = bytes.readUInt32BE(0);
  if (magic === SECTION_HEADER) return new PcapngReader(place, sink);
  if (isPcap(magic)) return new PcapReader(place, sink);
  return place.fail(
    0,
    "a pcap or pcapng header",
    FOREIGN.get(magic) ?? bytes.toString("hex", 0, MAGIC_BYTES),
  );
}

/** The file's bytes, unpacked. */
async function* contentOf(file: string, options: ReadOptions): AsyncGenerator<Buffer> {
  const raw = counted(createReadStream(file, { highWaterMark: CHUNK_BYTES }), options.progress);
  const { value: first, done } = await raw.next();
  if (done === true) return;
  if (first.length < 2 || first.readUInt16BE(0) !== GZIP_MAGIC) {
    yield first;
    yield* raw;
    return;
  }
  yield* unpacked(file, prepended(first, raw), options);
}

async function* unpacked(
  file: string,
  packed: AsyncGenerator<Buffer>,
  { warn }: ReadOptions,
): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const source = Readable.from(packed);
  source.on("error", (error) => gunzip.destroy(error));
  let position = 0;
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
      position += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "Z_BUF_ERROR") {
      warn(
        `${file}: byte ${position} of the unpacked file: the gzip file ends early; what comes before counts`,
      );
    } else if (code === "Z_DATA_ERROR") {
      throw new CaptureError(
        `${file}: byte ${position} of the unpacked file: expected gzip data, found a damage`,
      );
    } else {
      throw error;
    }
  }
}

async function* counted(
  stream: AsyncIterable<Buffer>,
  progress: ReadOptions["progress"],
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of stream) {
    yield chunk;
    bytes += chunk.length;
    progress?.(bytes);
  }
}

async function* prepended(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
