import { STATUS_OK, STREAM_DOWNSTREAM } from "../abi/constants";
import { proxy_close_stream, proxy_continue_stream } from "../abi/env";

/** What a filter can do to the connection of the callback it is in. Observation uses none of it. */
export abstract class Stream {
  /** Lets the bytes that a filter held back from the upstream go on. False when the proxy refused. */
  abstract resume(): bool;

  /**
   * Closes the connection to the client, and with it the one to the server, after what is already written is
   * flushed and this callback has returned. False when the proxy refused.
   */
  abstract close(): bool;
}

@final
export class EnvoyStream extends Stream {
  resume(): bool {
    return proxy_continue_stream(STREAM_DOWNSTREAM) == STATUS_OK;
  }

  close(): bool {
    return proxy_close_stream(STREAM_DOWNSTREAM) == STATUS_OK;
  }
}
