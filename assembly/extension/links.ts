/** The links of a chain, as one of its filters may switch them for its connection. */
export abstract class Links {
  /**
   * Switches the link `name` on, from the next chunk of either direction on: it first gets its onNewConnection.
   * False when the chain has no such link; no effect when it is on.
   */
  abstract enable(name: string): bool;

  /**
   * Switches the link `name` off, from the next chunk on: it gets no more data of this connection, only its close,
   * onLog and onDelete. False when the chain has no such link; no effect when it is off.
   */
  abstract disable(name: string): bool;
}
