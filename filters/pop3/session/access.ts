import { Login, showsPassword } from "../wire/logins";
import { Code, Status } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { LoginResult } from "./observer";
import { Reporter } from "./reporter";

/** How a client asks to be let in: one attempt and one result for each PASS, APOP and AUTH command. */
@final
export class Access {
  /** A session is in the TRANSACTION state from here on (RFC 1939 §5). */
  isGranted: bool = false;
  wasAttempted: bool = false;
  /** That of the last AUTH. */
  login: Login = Login.user_pass;
  /** An AUTH exchange has no result yet. */
  private isOpen: bool = false;
  private isCancelled: bool = false;

  constructor(private readonly reporter: Reporter) {}

  begin(): void {
    this.isGranted = false;
    this.wasAttempted = false;
    this.isOpen = false;
  }

  attempt(verb: Verb, login: Login): void {
    this.wasAttempted = true;
    this.reporter.observer.loginAttempted(login);
    if (showsPassword(login) && this.reporter.isInClear) this.reporter.observer.loginInClear();
    if (verb != Verb.auth) return;
    this.login = login;
    this.isOpen = true;
    this.isCancelled = false;
  }

  /** The client sent `*`. */
  cancel(): void {
    this.isCancelled = true;
  }

  /** The reply to PASS or APOP. */
  answered(login: Login, status: Status, code: Code): void {
    this.end(login, status == Status.ok ? LoginResult.success : resultOf(code));
  }

  /** A reply within an AUTH exchange; `+` goes on, everything else is the result. */
  exchanged(status: Status, code: Code): void {
    if (!this.isOpen || status == Status.more) return;
    this.isOpen = false;
    if (status == Status.ok) this.end(this.login, LoginResult.success);
    else this.end(this.login, this.isCancelled ? LoginResult.cancelled : resultOf(code));
  }

  /** The session ends or becomes opaque before PASS or APOP was answered. */
  abandon(login: Login): void {
    this.end(login, LoginResult.aborted);
  }

  /** The same, in the middle of an AUTH exchange. */
  abandonExchange(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.end(this.login, this.isCancelled ? LoginResult.cancelled : LoginResult.aborted);
  }

  private end(login: Login, result: LoginResult): void {
    if (result == LoginResult.success) {
      if (this.isGranted) this.reporter.anomaly(Anomaly.login_twice);
      this.isGranted = true;
    }
    this.reporter.observer.loginEnded(login, result);
  }
}

/** What -ERR means with this response code (RFC 2449 §8.1, RFC 3206 §4). */
function resultOf(code: Code): LoginResult {
  switch (code) {
    case Code.in_use:
      return LoginResult.in_use;
    case Code.login_delay:
      return LoginResult.login_delay;
    case Code.sys_temp:
      return LoginResult.sys_temp;
    case Code.sys_perm:
      return LoginResult.sys_perm;
    default:
      return LoginResult.failure;
  }
}
