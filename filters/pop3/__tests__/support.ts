// What the specs of this filter share: a recorder of events, and a session to talk in.
import { Slice } from "../../../assembly/bytes/slice";
import { Around, bytes, characters, EventLog } from "../../shared/__tests__/support";
import { From } from "../../shared/session/peers";
import {
  CAPS,
  DELETIONS,
  END_REASONS,
  GREETINGS,
  LOGIN_RESULTS,
  OPAQUE_CAUSES,
  OUTCOMES,
  RETRIEVALS,
  TLS_EVENTS,
} from "../labels";
import { ANOMALIES, Anomaly } from "../session/anomalies";
import {
  Cap,
  Deletion,
  EndReason,
  Greeting,
  LoginResult,
  OpaqueCause,
  Outcome,
  Pop3Observer,
  Retrieval,
  TlsEvent,
} from "../session/observer";
import { Pop3Session } from "../session/session";
import { SessionSettings } from "../session/settings";
import { EXTENSIONS } from "../wire/extensions";
import { Login, LOGINS } from "../wire/logins";
import { Code, CODES, Status, STATUSES } from "../wire/replies";
import { Verb, VERBS } from "../wire/verbs";

export { bytes, guarded } from "../../shared/__tests__/support";

/** Turns events into text, one a line: `sent retr`, `answered pass err auth`. */
export class Recorder extends Pop3Observer {
  readonly log: EventLog = new EventLog();

  clear(): void {
    this.log.clear();
  }

  events(words: string = ""): string {
    return this.log.events(words);
  }

  tally(beginning: string): i32 {
    return this.log.tally(beginning);
  }

  sessionStarted(): void {
    this.log.say("started");
  }
  sessionEnded(reason: EndReason, outcome: Outcome, retrievals: u32, duration: u64): void {
    this.log.text.string("ended ").string(END_REASONS[reason]).string(" ").string(OUTCOMES[outcome]);
    this.log.text.string(" ").unsigned(retrievals);
    if (duration != 0) this.log.text.string(" after ").unsigned(duration);
    this.log.say("");
  }
  becameOpaque(cause: OpaqueCause): void {
    this.log.say("opaque", OPAQUE_CAUSES[cause]);
  }
  opaqueBytes(from: From, count: u64): void {
    this.log.unread(from, count);
  }
  greeted(greeting: Greeting): void {
    this.log.say("greeted", GREETINGS[greeting]);
  }
  commandSent(verb: Verb): void {
    this.log.say("sent", VERBS[verb]);
  }
  commandPipelined(depth: u32): void {
    this.log.count("depth", depth);
  }
  commandAnswered(verb: Verb, status: Status, code: Code): void {
    this.log.text.string("answered ").string(VERBS[verb]).string(" ").string(STATUSES[status]);
    this.log.say("", code == Code.none ? "" : CODES[code]);
  }
  commandTimed(verb: Verb, duration: u64, service: u64): void {
    this.log.text.string("timed ").string(VERBS[verb]).string(" ").unsigned(duration);
    this.log.count("", service);
  }
  commandUnanswered(verb: Verb): void {
    this.log.say("unanswered", VERBS[verb]);
  }
  repliedUnsolicited(status: Status): void {
    this.log.say("unsolicited", STATUSES[status]);
  }
  userNamed(name: Slice): void {
    this.log.say("user", characters(name));
  }
  loginAttempted(login: Login): void {
    this.log.say("login", LOGINS[login]);
  }
  loginEnded(login: Login, result: LoginResult): void {
    this.log.text.string("login-ended ").string(LOGINS[login]);
    this.log.say("", LOGIN_RESULTS[result]);
  }
  loginInClear(): void {
    this.log.say("password-in-clear");
  }
  tls(event: TlsEvent): void {
    this.log.say("tls", TLS_EVENTS[event]);
  }
  extensionsOffered(offers: u32): void {
    this.log.text.string("offers");
    for (let i = 0; i < EXTENSIONS.length; i++) {
      if ((offers & (1 << i)) != 0) this.log.text.string(" ").string(EXTENSIONS[i]);
    }
    this.log.say("");
  }
  maildropSized(messages: u64, octets: u64): void {
    this.log.text.string("maildrop ").unsigned(messages);
    this.log.count("", octets);
  }
  linesPassed(verb: Verb, passed: u64, wireBytes: u64): void {
    this.log.text.string("lines ").string(VERBS[verb]).string(" ").unsigned(passed).string("/");
    this.log.count("wire", wireBytes);
  }
  retrievalEnded(retrieval: Retrieval): void {
    this.log.say("retrieval", RETRIEVALS[retrieval]);
  }
  messageRetrieved(size: u64, wireBytes: u64, service: u64): void {
    this.log.text.string("message ").unsigned(size).string("/").unsigned(wireBytes);
    if (service != 0) this.log.text.string(" in ").unsigned(service);
    this.log.say("");
  }
  retrievedInClear(stlsOffered: bool): void {
    this.log.say("in-clear", stlsOffered ? "offered" : "unoffered");
  }
  deletionStarted(): void {
    this.log.say("marked");
  }
  deletionsEnded(deletion: Deletion, count: u32): void {
    this.log.text.string("deleted ").string(DELETIONS[deletion]);
    this.log.count("", count);
  }
  proxyPreamble(version: i32): void {
    this.log.count("proxy", version);
  }
  anomaly(kind: Anomaly): void {
    this.log.say("anomaly", ANOMALIES[kind]);
  }
  limitReached(cap: Cap): void {
    this.log.say("cap", CAPS[cap]);
  }
}

/** Caps that a spec reaches with little text. */
export const LINE_BYTES: i32 = 255;
export const PIPELINE: u32 = 24;
export const LIMBO_BYTES: i32 = 256;

/** A session that a spec talks in, and what it reported. */
export class Talk {
  readonly around: Around = new Around();
  readonly recorder: Recorder = new Recorder();
  readonly settings: SessionSettings = new SessionSettings(LINE_BYTES, PIPELINE, LIMBO_BYTES);
  private made: Pop3Session | null = null;

  get session(): Pop3Session {
    let made = this.made;
    if (made === null) {
      made = new Pop3Session(this.recorder, this.around, this.settings);
      this.made = made;
    }
    return made;
  }

  begin(): Talk {
    this.session.begin();
    return this;
  }

  client(said: string): Talk {
    this.session.read(From.client, bytes(said));
    return this;
  }

  server(said: string): Talk {
    this.session.read(From.server, bytes(said));
    return this;
  }

  /** Both in turn: `C: …` and `S: …`, one line each, whose CRLF is added. */
  lines(said: string): Talk {
    const all = said.split("\n");
    for (let i = 0; i < all.length; i++) {
      const line = all[i].trimStart();
      if (line.startsWith("C: ")) this.client(line.substring(3) + "\r\n");
      else if (line.startsWith("S: ")) this.server(line.substring(3) + "\r\n");
    }
    return this;
  }

  close(unseen: EndReason = EndReason.proxy_close): Talk {
    this.session.close(unseen);
    return this;
  }

  events(words: string = ""): string {
    return this.recorder.events(words);
  }

  /** Buffers that the session holds. */
  get held(): i32 {
    return this.settings.commandLines.taken + this.settings.replyLines.taken + this.settings.limbos.taken;
  }
}
