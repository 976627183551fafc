import { Budget } from "../../assembly";

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

  /** `connections`: that may be read at the same time. `bytes`: linear memory of each at rest. */
  constructor(
    private readonly connections: i32,
    private readonly bytes: u64,
  ) {}

  /** One more connection. `isFirst`: its filter has served none, so that it needs memory, kept until `dispose`. */
  enter(isFirst: bool): Refusal {
    if (this.reading >= this.connections) return Refusal.connections;
    if (isFirst && !this.takeMemory()) return Refusal.memory;
    this.reading++;
    return Refusal.none;
  }

  /** A connection that had entered is closed. */
  leave(): void {
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
