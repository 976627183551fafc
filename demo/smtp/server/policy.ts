/** The largest message the server takes; announced with SIZE, and enforced at the end of data. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** There is no such mailbox, or not any more. */
const UNKNOWN = { code: 550, text: "No such user here" };
/** Local parts of recipients that are refused, and how. */
const REFUSED: Readonly<Record<string, typeof UNKNOWN>> = {
  nobody: UNKNOWN,
  full: { code: 452, text: "Mailbox full, try again later" },
};

/** A refusal as smtp-server wants it. */
export class Refusal extends Error {
  readonly responseCode: number;
  constructor(code: number, text: string) {
    super(text);
    this.responseCode = code;
  }
}

/** Who may have mail. */
export class Mailboxes {
  private readonly closed = new Set<string>();

  /** From now on nobody of that local part is known. */
  close(localPart: string): void {
    this.closed.add(localPart);
  }

  open(localPart: string): void {
    this.closed.delete(localPart);
  }

  /** Whether the recipient may have mail: undefined, or why not. */
  refusalFor(recipient: string): Refusal | undefined {
    const localPart = recipient.split("@", 1)[0] ?? "";
    const found = this.closed.has(localPart) ? UNKNOWN : REFUSED[localPart];
    return found && new Refusal(found.code, found.text);
  }
}

/** How long the server works at most, in milliseconds. */
export const WORK_MS = { sender: 2, recipient: 4, message: 30 };
