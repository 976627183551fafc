import { Budget } from "../../assembly";
import { Session } from "./session/session";

/** Why a connection is not read, but only counted. */
export const enum Refusal {
  none,
  /** As many as may be read at the same time are. */
  connections,
  /** The VM's memory budget is spent. */
  memory,
}

/** Which connections of a configuration are read: those within its caps. */
@final
export class Admission {
  /** Connections that are being read now. */
  private reading: i32 = 0;
  private memory: u64 = 0;
  /** Sessions that no connection has. They belong to no filter: one that was refused must not keep the next one out. */
  private idle: Session | null = null;

  /** `connections`: that may be read at the same time. `bytes`: linear memory of each at rest. */
  constructor(
    private readonly connections: i32,
    private readonly bytes: u64,
  ) {}

  /** One more connection. Where it is let in, `takeIdle` has a session, or there is memory for one, until `dispose`. */
  enter(): Refusal {
    if (this.reading >= this.connections) return Refusal.connections;
    if (this.idle === null && !this.takeMemory()) return Refusal.memory;
    this.reading++;
    return Refusal.none;
  }

  /** A session that was used before, or null. */
  takeIdle(): Session | null {
    const session = this.idle;
    if (session === null) return null;
    this.idle = session.nextIdle;
    session.nextIdle = null;
    return session;
  }

  /** A connection that had entered is closed. */
  leave(session: Session): void {
    session.nextIdle = this.idle;
    this.idle = session;
    this.reading--;
  }

  /** The configuration goes. */
  dispose(): void {
    Budget.giveBack(this.memory);
    this.memory = 0;
  }

  private takeMemory(): bool {
    if (!Budget.take(this.bytes)) return false;
    this.memory += this.bytes;
    return true;
  }
}
