import { Slice } from "../slice";
import { Framer, Framing } from "./framer";

/** Most octets of a tag in the high form (X.690 §8.1.2.4): no protocol's numbers take more than four. */
const LONGEST_TAG: i32 = 5;

/** Most octets of a length in the long form: more do not fit into 64 bits. */
const LONGEST_LENGTH: i32 = 8;

const HIGH_TAG: u8 = 0x1f;
const GOES_ON: u8 = 0x80;
const LONG_FORM: u8 = 0x80;

const enum Stage {
  tag,
  highTag,
  length,
  longLength,
}

/**
 * Messages that are one BER element each (X.690 §8.1: tag, definite length, contents), such as LDAP's and SNMP's; the body is
 * the contents. The indefinite form and lengths of more than eight octets are invalid.
 */
@final
export class BerFramer extends Framer {
  private stage: Stage = Stage.tag;
  private taken: i32 = 0;
  /** Octets of the length that are still to come. */
  private lengthOctets: i32 = 0;

  constructor() {
    super(true);
  }

  begin(): void {
    this.stage = Stage.tag;
    this.taken = 0;
    this.rest = 0;
  }

  read(input: Slice): Framing {
    while (!input.isEmpty) {
      const octet = load<u8>(input.start);
      input.start++;
      this.taken++;
      const found = this.take(octet);
      if (found != Framing.more) return found;
    }
    return Framing.more;
  }

  private take(octet: u8): Framing {
    if (this.stage == Stage.tag) {
      this.stage = (octet & HIGH_TAG) == HIGH_TAG ? Stage.highTag : Stage.length;
    } else if (this.stage == Stage.highTag) {
      if ((octet & GOES_ON) == 0) this.stage = Stage.length;
      else if (this.taken == LONGEST_TAG) return Framing.invalid;
    } else if (this.stage == Stage.length) {
      return this.takeLength(octet);
    } else {
      this.rest = (this.rest << 8) | (<u64>octet);
      if (--this.lengthOctets == 0) return this.measured();
    }
    return Framing.more;
  }

  private takeLength(octet: u8): Framing {
    if (octet < LONG_FORM) {
      this.rest = <u64>octet;
      return this.measured();
    }
    this.lengthOctets = <i32>(octet & ~LONG_FORM);
    this.stage = Stage.longLength;
    const isKnown = this.lengthOctets > 0 && this.lengthOctets <= LONGEST_LENGTH;
    return isKnown ? Framing.more : Framing.invalid;
  }

  private measured(): Framing {
    this.prefix = this.taken;
    return Framing.ends;
  }
}
