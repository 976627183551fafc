import { Host, StreamInfo } from "../../assembly";
import { Surroundings } from "./session/surroundings";

/** The proxy as the sessions see it. */
@final
export class ProxySurroundings extends Surroundings {
  now(): u64 {
    return Host.clock.now();
  }

  isEncrypted(): bool {
    const version = StreamInfo.tlsVersion();
    return version !== null && !version.isEmpty;
  }
}
