/** What a session has to ask of the world around it. */
export abstract class Surroundings {
  /** Monotonic time in nanoseconds; the same value throughout a callback. */
  abstract now(): u64;
  /** Whether the proxy itself encrypts the client's side of the connection. */
  abstract isEncrypted(): bool;
}
