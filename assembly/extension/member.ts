import { Faults } from "../host/faults";
import { NewConnection } from "./connection";
import { NetworkFilter } from "./filter";
import { OnError, Plugin } from "./plugin";

/** One link of a chain, for one connection. */
@final
export class Member {
  next: Member | null = null;
  previous: Member | null = null;
  /** Whether it is switched on, and whether it will be from the next chunk on. */
  isOn: bool = false;
  willBeOn: bool = false;
  /** Whether it had its onNewConnection. */
  hasBegun: bool = false;
  /** Whether it reported a fault, and gets no more data. */
  hasFailed: bool = false;
  /** Whether it wants to hold the next bytes of the client's, as it began among bytes of the server's. */
  wantsHold: bool = false;

  constructor(
    readonly name: string,
    readonly startsOn: bool,
    readonly plugin: Plugin,
    readonly filter: NetworkFilter,
  ) {}

  get isShownData(): bool {
    return this.isOn && !this.hasFailed;
  }

  /** Whether bytes go on without it that it might have kept back others of. */
  get isPassed(): bool {
    return this.hasBegun && !this.isShownData;
  }

  /** Makes it ready for another connection. */
  reset(): void {
    this.isOn = this.startsOn;
    this.willBeOn = this.startsOn;
    this.hasBegun = false;
    this.hasFailed = false;
    this.wantsHold = false;
  }

  begin(connection: NewConnection): void {
    this.hasBegun = true;
    this.filter.onNewConnection(connection);
    if (this.settle()) connection.close();
  }

  /**
   * Deals with what it reported in the callback that just returned: the other links go on, unless it returns true:
   * then the connection is to be closed.
   */
  settle(): bool {
    if (!Faults.contain(this.name)) return false;
    this.hasFailed = true;
    return this.plugin.onError == OnError.close;
  }
}
