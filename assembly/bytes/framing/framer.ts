import { Slice } from "../slice";

/** What a framer has found. */
export enum Framing {
  /** The message goes on, as far as can be told: all of the input belongs to it. */
  more,
  /** It ends `rest` bytes behind what was taken. */
  ends,
  /** This is no message, and where the next one begins nobody knows. */
  invalid,
}

/**
 * Tells where the messages of a byte stream end. Whatever the bytes are, and wherever they are cut, there is an answer.
 *
 * To write one of your own: `begin` forgets the message before; `read` takes bytes from the front of its input, at least
 * one a message, and remembers what it needs of them, since the next call may bring a single byte more. With
 * `Framing.more` it takes all; with `Framing.ends` it sets `rest`, `prefix` and `suffix`. A framer that takes nothing
 * where it may not is treated as if it had said `Framing.invalid`.
 */
export abstract class Framer {
  /** After `Framing.ends`: bytes of the message behind those that were taken; nobody has to look at them. */
  rest: u64 = 0;
  /** After `Framing.ends`: bytes in front of the message's body. */
  prefix: i32 = 0;
  /** After `Framing.ends`: bytes behind the message's body. */
  suffix: i32 = 0;

  /** `declaresLength`: whether a message says at its beginning how long it is. */
  constructor(readonly declaresLength: bool) {}

  /** A message begins with the next byte. */
  abstract begin(): void;

  /** Takes bytes of the message from the front of `input`, which is not empty. */
  abstract read(input: Slice): Framing;
}
