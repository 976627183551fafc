import { STATUS_OK, STREAM_DOWNSTREAM } from "../abi/constants";
import { proxy_close_stream, proxy_continue_stream, proxy_set_effective_context } from "../abi/env";
import { accepted } from "./faults";

/** What can be done to the connection of the callback one is in. Observation uses none of it. */
export abstract class Stream {
  /** Makes `context` the connection that host calls are about. False when the proxy does not know it. */
  abstract enter(context: u32): bool;

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
  enter(context: u32): bool {
    return proxy_set_effective_context(context) == STATUS_OK;
  }

  resume(): bool {
    return accepted("continue_stream", proxy_continue_stream(STREAM_DOWNSTREAM));
  }

  close(): bool {
    return accepted("close_stream", proxy_close_stream(STREAM_DOWNSTREAM));
  }
}
