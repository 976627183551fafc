import { EndReason } from "./observer";

/** How far a connection got, for the reason of its end where no peer said that it ends (rule 1). */
@final
export class Ending {
  private hasClientBytes: bool = false;
  /** Whether the server sent anything, which only a connection that was made can. */
  hasServerBytes: bool = false;
  private first: EndReason = EndReason.empty;

  begin(): void {
    this.hasClientBytes = false;
    this.hasServerBytes = false;
    this.first = EndReason.empty;
  }

  /** So many bytes of the client's passed. */
  client(count: i32, endOfStream: bool): void {
    if (count > 0) this.hasClientBytes = true;
    if (endOfStream && this.first == EndReason.empty) this.first = EndReason.client_close;
  }

  /** So many bytes of the server's passed. */
  server(count: i32, endOfStream: bool): void {
    if (count > 0) this.hasServerBytes = true;
    if (endOfStream && this.first == EndReason.empty) this.first = EndReason.server_close;
  }

  /** No byte passed either way. */
  get isEmpty(): bool {
    return !this.hasClientBytes && !this.hasServerBytes;
  }

  /** An end of stream was seen. */
  get hasEnded(): bool {
    return this.first != EndReason.empty;
  }

  /** The reason; `unseen` where no end of stream was seen. */
  reason(unseen: EndReason): EndReason {
    if (this.isEmpty) return EndReason.empty;
    return this.hasEnded ? this.first : unseen;
  }
}
