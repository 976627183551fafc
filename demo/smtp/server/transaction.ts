import { replyClass, type Ending, type ReplyClass } from "./book.ts";

/** Why a transaction ended before its message did. */
export type Interruption = Extract<Ending, { outcome: "aborted" }>["cause"];

/** What the server knows of one mail transaction, from the sender it accepted to its end. */
export class Transaction {
  private accepted = 0;
  private readonly refusedRecipients: ReplyClass[] = [];
  private refusedData: ReplyClass[] = [];

  recipient(code: number): void {
    const found = replyClass(code);
    if (found === "2xx") this.accepted += 1;
    else this.refusedRecipients.push(found);
  }

  /** The reply to DATA itself. */
  data(code: number): void {
    const found = replyClass(code);
    if (found === "3xx") this.refusedData = [];
    else this.refusedData.push(found);
  }

  /** The server answered the end of the message with this code. */
  completed(code: number): Ending {
    const found = replyClass(code);
    return found === "2xx" ? { outcome: "committed" } : rejected("eod", [found]);
  }

  /** It ended without a message: by what was refused if that left nothing to send, else by whoever gave up. */
  interrupted(cause: Interruption): Ending {
    if (this.accepted === 0 && this.refusedRecipients.length > 0)
      return rejected("rcpt", this.refusedRecipients);
    if (this.refusedData.length > 0) return rejected("data", this.refusedData);
    return { outcome: "aborted", cause };
  }
}

/** A temporary refusal among them means that a retry may work. */
function rejected(stage: "rcpt" | "data" | "eod", refusals: readonly ReplyClass[]): Ending {
  return { outcome: "rejected", stage, class: refusals.includes("4xx") ? "4xx" : "5xx" };
}
