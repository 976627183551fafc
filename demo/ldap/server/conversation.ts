/** Why something that was asked is not worked on any more. */
export type End = "abandoned" | "bound" | "closed";

/** What the server remembers of a connection: who is there, and what takes long. */
export class Conversation {
  /** The name that the client has proven; undefined: nobody in particular. */
  boundAs: string | undefined;
  private readonly long = new Map<number, (end: End) => void>();

  /** Resolves when what the message asked for is given up, or with undefined after so many milliseconds. */
  async wait(messageId: number, milliseconds: number): Promise<End | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.long.delete(messageId);
        resolve(undefined);
      }, milliseconds);
      this.long.set(messageId, (end) => {
        clearTimeout(timer);
        this.long.delete(messageId);
        resolve(end);
      });
    });
  }

  abandon(messageId: number): void {
    this.long.get(messageId)?.("abandoned");
  }

  /** A bind begins (RFC 4511 §4.2.1): nobody is there until it succeeds, and nothing goes on. */
  bind(): void {
    this.boundAs = undefined;
    this.endAll("bound");
  }

  /** Whatever takes long ends. */
  endAll(end: End): void {
    for (const give of [...this.long.values()]) give(end);
  }
}
