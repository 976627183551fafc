/** One LDAPMessage: its octets, or the first of them, and how many there are. */
export interface CutMessage {
  readonly head: Uint8Array;
  readonly size: number;
}

/** Octets of a message that are kept: what is shown of it lies in front. */
const KEPT_MESSAGE = 4_096;

/** Octets of a SASL buffer that are kept, to see what is in it: Active Directory has been seen to send 254,424. */
const KEPT_BUFFER = 1 << 20;

/** A PROXY preamble of version 1 has at most so many octets. */
const MAX_PREAMBLE = 107;

const SEQUENCE = 0x30;
const LAYER = 0x00;
const V1 = 0x50;
const V2 = 0x0d;
const LF = 0x0a;

/** Cuts the bytes of one peer where a unit ends: a message, a SASL buffer, a PROXY preamble. */
export class LdapUnits {
  private kept: Uint8Array[] = [];
  private keptBytes = 0;
  private seen = 0;
  /** Octets of the unit at hand; undefined while its header is not there, 0 where it is none that is known. */
  private total: number | undefined;
  /** Part of it was not captured: what is kept ends there. */
  private isHoled = false;
  /** Messages in buffers go on from one to the next. */
  private inner: LdapUnits | undefined;

  /** Octets of a unit that is not complete. */
  get unfinished(): number {
    return this.seen;
  }

  /** How many of these bytes belong to the unit at hand. */
  next(bytes: Uint8Array): number {
    const total = this.total ?? unitLength(Buffer.concat([...this.kept, bytes.subarray(0, MAX_PREAMBLE)]));
    if (total === undefined || total === 0) return bytes.length;
    return Math.min(bytes.length, Math.max(1, total - this.seen));
  }

  /** Takes what `next` allows. The messages of the unit if it is complete, undefined if more of it is to come. */
  take(bytes: Uint8Array): readonly CutMessage[] | undefined {
    this.keep(bytes);
    this.seen += bytes.length;
    this.total ??= unitLength(Buffer.concat(this.kept));
    if (this.total === undefined || (this.total > 0 && this.seen < this.total)) return undefined;
    const [head, size, isHoled] = [Buffer.concat(this.kept), this.seen, this.isHoled];
    this.forget();
    if (head[0] === SEQUENCE) return [{ head, size }];
    return head[0] === LAYER && !isHoled ? this.inside(textOf(head.subarray(4))) : [];
  }

  /** So many octets of the unit at hand were not captured. */
  skip(count: number): void {
    this.seen += count;
    this.isHoled = true;
    if (this.total === undefined || this.seen >= this.total) this.forget();
  }

  private keep(bytes: Uint8Array): void {
    const first = this.kept[0]?.[0] ?? bytes[0];
    const room = (first === LAYER ? KEPT_BUFFER : KEPT_MESSAGE) - this.keptBytes;
    if (room <= 0 || this.isHoled) return;
    // A copy: the packet's buffer is large and would be kept with it.
    this.kept.push(Uint8Array.from(bytes.subarray(0, room)));
    this.keptBytes += Math.min(room, bytes.length);
  }

  private forget(): void {
    this.kept = [];
    this.keptBytes = 0;
    this.seen = 0;
    this.total = undefined;
    this.isHoled = false;
  }

  private inside(text: Uint8Array): readonly CutMessage[] {
    const inner = (this.inner ??= new LdapUnits());
    const messages: CutMessage[] = [];
    for (let at = 0; at < text.length;) {
      const size = inner.next(text.subarray(at));
      messages.push(...(inner.take(text.subarray(at, at + size)) ?? []));
      at += size;
    }
    return messages;
  }
}

/** Octets of the unit that begins so; undefined: more have to be seen, 0: there is no such unit. */
function unitLength(head: Uint8Array): number | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  switch (head[0]) {
    case undefined:
      return undefined;
    case SEQUENCE:
      return messageLength(view);
    case LAYER:
      return head.length < 4 ? undefined : 4 + view.getUint32(0);
    case V1: {
      const end = head.indexOf(LF) + 1;
      return end > 0 || head.length >= MAX_PREAMBLE ? end : undefined;
    }
    case V2:
      return head.length < 16 ? undefined : 16 + view.getUint16(14);
    default:
      return 0;
  }
}

function messageLength(view: DataView): number | undefined {
  if (view.byteLength < 2) return undefined;
  const first = view.getUint8(1);
  if (first < 0x80) return 2 + first;
  const octets = first - 0x80;
  if (octets === 0 || octets > 4) return 0;
  if (view.byteLength < 2 + octets) return undefined;
  let length = 0;
  for (let i = 0; i < octets; i++) length = length * 256 + view.getUint8(2 + i);
  return 2 + octets + length;
}

const NOTHING = new Uint8Array(0);
const NTLM_HEADER = 16;
const KERBEROS_HEADER = 16;

/** The text of a token that only signs (RFC 4121, RFC 1964, NTLM); none where it cannot be told. */
function textOf(token: Uint8Array): Uint8Array {
  const at = (place: number): number => token[place] ?? -1;
  if (at(0) === 0x05 && at(1) === 0x04) {
    const [checksum, rotation] = [at(4) * 256 + at(5), at(6) * 256 + at(7)];
    if ((at(2) & 2) !== 0 || rotation > checksum) return NOTHING;
    return token.subarray(KERBEROS_HEADER + rotation, token.length - (checksum - rotation));
  }
  if (at(0) === 0x01 && at(1) === 0) return token.subarray(NTLM_HEADER);
  return at(0) === 0x60 ? olderText(token) : NOTHING;
}

/** RFC 1964 §1.2.2: algorithms behind the mechanism's OID, then sequence number, checksum, confounder, text, padding. */
function olderText(token: Uint8Array): Uint8Array {
  const oid = token.indexOf(0x06);
  const algorithms = oid + 2 + (token[oid + 1] ?? 0) + 2;
  if (token[algorithms + 2] !== 0xff || token[algorithms + 3] !== 0xff) return NOTHING;
  const checksum = token[algorithms] === 4 ? 20 : 8;
  return token.subarray(algorithms + 6 + 8 + checksum + 8, token.length - (token.at(-1) ?? 0));
}
