import { Surroundings } from "./surroundings";

const enum ProxyTls {
  unasked,
  yes,
  no,
}

/** Whether the client's side of a connection is encrypted. The proxy is asked at most once per connection. */
@final
export class ClientTls {
  private proxy: ProxyTls = ProxyTls.unasked;

  /** The protocol's own TLS was started, though what is read is in clear: it ends between client and filter. */
  isEndedBefore: bool = false;

  constructor(private readonly surroundings: Surroundings) {}

  begin(): void {
    this.isEndedBefore = false;
    this.proxy = ProxyTls.unasked;
  }

  /** Whether neither the proxy nor the protocol itself encrypts. */
  get isInClear(): bool {
    if (this.isEndedBefore) return false;
    if (this.proxy == ProxyTls.unasked) {
      this.proxy = this.surroundings.isEncrypted() ? ProxyTls.yes : ProxyTls.no;
    }
    return this.proxy == ProxyTls.no;
  }
}
