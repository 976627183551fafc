/** The largest message the server takes; announced with SIZE, and enforced at the end of data. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** Local parts of recipients that are refused, and how. */
const REFUSED: Readonly<Record<string, { readonly code: number; readonly text: string }>> = {
  nobody: { code: 550, text: "No such user here" },
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

/** Whether the recipient may have mail: undefined, or why not. */
export function refusalFor(recipient: string): Refusal | undefined {
  const found = REFUSED[recipient.split("@", 1)[0] ?? ""];
  return found && new Refusal(found.code, found.text);
}

/** How long the server works at most, in milliseconds. */
export const WORK_MS = { sender: 2, recipient: 4, message: 30 };
