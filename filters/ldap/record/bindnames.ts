import { Buffer } from "../../../assembly/bytes/buffer";
import { indexOf } from "../../../assembly/bytes/scan";
import { Slice } from "../../../assembly/bytes/slice";
import { Identifier, Identities } from "../../shared/record/identities";

const EQUALS: u8 = 0x3d;
const COMMA: u8 = 0x2c;
const BACKSLASH: u8 = 0x5c;
const SPACE: u8 = 0x20;

/** The attribute that domains are made of in a DN (RFC 2247). */
const DC: string = "dc";

/**
 * What is shown of the name of a bind. `domain`: of a DN its domain components (`dc=mx,dc=example` is `mx.example`), of
 * `user@domain` and `DOMAIN\user` the domain; the other modes as for addresses.
 */
export function showName(identifier: Identifier, name: Slice, into: Buffer): void {
  if (identifier.mode != Identities.domain) {
    identifier.show(name, into);
    return;
  }
  into.length = 0;
  if (indexOf(EQUALS, name.start, name.end) < name.end) showComponents(name, into);
  else showPrefix(identifier, name, into);
}

/** `DOMAIN\user`, or `user@domain`. */
function showPrefix(identifier: Identifier, name: Slice, into: Buffer): void {
  const slash = indexOf(BACKSLASH, name.start, name.end);
  if (slash == name.end) identifier.show(name, into);
  else into.append(PIECE.set(name.start, <i32>(slash - name.start)));
}

function showComponents(name: Slice, into: Buffer): void {
  let at = name.start;
  while (at < name.end) {
    const end = indexOf(COMMA, at, name.end);
    while (at < end && load<u8>(at) == SPACE) at++;
    const equals = indexOf(EQUALS, at, end);
    if (PIECE.set(at, <i32>(equals - at)).equalsIgnoringCase(DC)) addComponent(equals + 1, end, into);
    at = end + 1;
  }
}

function addComponent(from: usize, end: usize, into: Buffer): void {
  if (from >= end) return;
  if (into.length > 0) into.append(DOTTED);
  into.append(PIECE.set(from, <i32>(end - from)));
}

/** Scratch. */
const PIECE = new Slice();
const DOTTED = Slice.of(memory.data<u8>([0x2e]), 1);
