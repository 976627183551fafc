import { bitOf, Extension } from "../wire/extensions";
import { Reply, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Dialect, TlsEvent } from "./observer";
import { Reporter } from "./reporter";

/** What a port is configured to speak (`dialect`, docs/smtp.md). */
export const enum Speaks {
  auto,
  smtp,
  lmtp,
}

/** What the accepted hellos of a session have settled (RFC 5321 §4.1.1.1): the dialect and the extensions on offer. */
@final
export class Hello {
  /** Of the hello that was last accepted. */
  dialect: Dialect = Dialect.none;
  /** Extensions that the last accepted hello offered, as `bitOf` bits. */
  offers: u32 = 0;
  /** Some accepted hello offered it. */
  everOfferedStarttls: bool = false;
  everOfferedPipeconnect: bool = false;
  /** A hello was accepted. */
  isAccepted: bool = false;

  constructor(
    private readonly reporter: Reporter,
    private readonly speaks: Speaks,
  ) {}

  begin(): void {
    this.dialect = Dialect.none;
    this.offers = 0;
    this.everOfferedStarttls = false;
    this.everOfferedPipeconnect = false;
    this.isAccepted = false;
  }

  isOffered(extension: Extension): bool {
    return (this.offers & bitOf(extension)) != 0;
  }

  /** Whether the end of data is answered once for each accepted recipient (RFC 2033 §4.2). */
  get isLmtp(): bool {
    if (this.speaks != Speaks.auto) return this.speaks == Speaks.lmtp;
    return this.dialect == Dialect.lmtp;
  }

  /** A hello was accepted. */
  accept(verb: Verb, reply: Reply): void {
    this.isAccepted = true;
    this.dialect = dialectOf(verb);
    this.offers = verb == Verb.helo ? 0 : reply.offers;
    if (verb == Verb.helo) return;
    this.reporter.observer.extensionsOffered(this.offers);
    if (reply.offersMasked) this.reporter.anomaly(Anomaly.starttls_stripped_suspected);
    if (this.isOffered(Extension.pipeconnect)) this.everOfferedPipeconnect = true;
    if (this.isOffered(Extension.starttls) && !this.everOfferedStarttls) {
      this.everOfferedStarttls = true;
      this.reporter.observer.tls(TlsEvent.offered);
    }
  }

  /** A hello was refused. */
  refuse(verb: Verb, replyClass: ReplyClass): void {
    if (replyClass != ReplyClass.permanent) return;
    if (verb == Verb.lhlo || this.speaks == Speaks.lmtp) this.reporter.anomaly(Anomaly.dialect_mismatch);
  }
}

function dialectOf(verb: Verb): Dialect {
  if (verb == Verb.lhlo) return Dialect.lmtp;
  return verb == Verb.ehlo ? Dialect.esmtp : Dialect.smtp;
}
