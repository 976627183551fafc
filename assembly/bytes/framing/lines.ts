import { indexOfLineFeed } from "../scan";
import { Slice } from "../slice";
import { Framer, Framing } from "./framer";

const CR: u8 = 0x0d;

/** What ends a line. */
export enum LineEnd {
  /** LF; a CR before it belongs to the line end. What most servers read. */
  lf,
  /** CRLF alone: LF without CR is text. */
  crlf,
}

/** Lines; the body is the text without its line end. */
@final
export class LineFramer extends Framer {
  private endsInCr: bool = false;

  constructor(private readonly lineEnd: LineEnd = LineEnd.lf) {
    super(false);
  }

  begin(): void {
    this.endsInCr = false;
    this.rest = 0;
    this.prefix = 0;
  }

  read(input: Slice): Framing {
    while (!input.isEmpty) {
      const at = indexOfLineFeed(input.start, input.end);
      const hasCr = at > input.start ? load<u8>(at - 1) == CR : this.endsInCr;
      this.endsInCr = at == input.end && hasCr;
      if (at == input.end) {
        input.start = at;
        return Framing.more;
      }
      input.start = at + 1;
      if (hasCr || this.lineEnd == LineEnd.lf) {
        this.suffix = hasCr ? 2 : 1;
        return Framing.ends;
      }
    }
    return Framing.more;
  }
}
