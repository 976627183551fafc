const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** What a shell reports for a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * Ctrl-C, with manners: while things start it ends the demo at once, while the clients run the first one asks for
 * the comparison, and another one ends the demo at once. What runs besides ends with the process.
 */
export class Interrupts {
  /** Resolves at the first signal after {@link arm}. */
  readonly first: Promise<undefined>;
  private readonly onSignal: () => void;
  private patient = false;

  constructor() {
    let announce: (value: undefined) => void = () => undefined;
    this.first = new Promise((resolve) => {
      announce = resolve;
    });
    this.onSignal = () => {
      if (!this.patient) process.exit(INTERRUPTED);
      this.patient = false;
      announce(undefined);
    };
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
  }

  /** From now on the first signal only ends the clients. */
  arm(): void {
    this.patient = true;
  }

  stop(): Promise<void> {
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
    return Promise.resolve();
  }
}
