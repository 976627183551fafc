import { Slice } from "../../../assembly/bytes/slice";
import { NO_AD_REASON } from "../wire/adreasons";
import { Anomaly } from "../wire/anomalies";
import { Mechanism } from "../wire/mechanisms";
import { AuthChoice, Message } from "../wire/message";
import { Code } from "../wire/results";
import { BindResult, Cleartext, Method } from "./observer";
import { Operation } from "./operation";
import { Reporter } from "./reporter";

/** The only version that is not an anomaly. */
const LDAP_V3: i64 = 3;
const LDAP_V2: i64 = 2;

/** LOGIN sends the name first, the password second. */
const LOGIN_PASSWORD: u8 = 2;

/** What the response to a bind means for the connection. */
export const enum Bound {
  /** The exchange goes on, or failed. */
  no,
  /** Success, as nobody in particular. */
  anonymously,
  /** Success. */
  yes,
  /** Success, and a security layer may follow. */
  withLayer,
}

/** The bind exchange of a connection: several requests can be one attempt (docs/ldap.md, rule 14). */
@final
export class BindExchange {
  /** The last response asked for more. */
  private isOpen: bool = false;
  private method: Method = Method.other;
  private choice: AuthChoice = AuthChoice.other;
  private mechanism: Mechanism = Mechanism.other;
  private print: u32 = 0;
  private credentials: u8 = 0;
  private startedAt: u64 = 0;

  constructor(private readonly reporter: Reporter) {}

  begin(): void {
    this.isOpen = false;
  }

  /** A BindRequest, as the operation `bind`. */
  requested(request: Message, bind: Operation): void {
    const reporter = this.reporter;
    if (request.version != LDAP_V3) reporter.anomaly(Anomaly.version_not_3);
    const goesOn = this.isOpen && this.isContinuedBy(request);
    this.isOpen = false;
    bind.choice = <u8>request.choice;
    if (goesOn) {
      bind.method = <u8>this.method;
      bind.mechanism = <u8>this.mechanism;
      bind.entries = this.print;
      bind.credentials = this.credentials;
      bind.bytes = this.startedAt;
    } else {
      this.start(request, bind);
    }
    if (request.hasCredentials) bind.credentials++;
    this.judgePassword(request, bind);
    const name = request.name;
    if (name !== null && name.length > 0) reporter.observer.bindNamed(NAME.set(name.pointer, name.length));
  }

  /** The response to `bind`. */
  answered(bind: Operation, response: Message, now: u64): Bound {
    const code = response.code;
    if (asksForMore(bind, code)) {
      this.keep(bind);
      return Bound.no;
    }
    const observer = this.reporter.observer;
    observer.bindEnded(bind.bindMethod, resultOf(code), now - bind.bytes);
    if (response.adReason != NO_AD_REASON) observer.bindRefusedByAd(response.adReason);
    if (code != Code.success) return Bound.no;
    return boundBy(bind);
  }

  private start(request: Message, bind: Operation): void {
    const observer = this.reporter.observer;
    bind.method = <u8>methodOf(request);
    bind.mechanism = <u8>request.mechanism;
    bind.entries = request.mechanismPrint;
    bind.bytes = bind.sentAt;
    observer.bindStarted(bind.bindMethod);
    if (request.choice == AuthChoice.sasl) observer.mechanismUsed(request.mechanism);
  }

  private isContinuedBy(request: Message): bool {
    const choice = request.choice;
    if (this.choice != AuthChoice.sasl) {
      return isSicily(this.choice) && isSicily(choice) && choice > this.choice;
    }
    if (choice != AuthChoice.sasl) return false;
    return request.isMechanismEmpty || request.mechanismPrint == this.print;
  }

  private keep(bind: Operation): void {
    this.isOpen = true;
    this.method = bind.bindMethod;
    this.choice = bind.bindChoice;
    this.mechanism = bind.bindMechanism;
    this.print = bind.entries;
    this.credentials = bind.credentials;
    this.startedAt = bind.bytes;
  }

  private judgePassword(request: Message, bind: Operation): void {
    const how = cleartextOf(request, bind);
    if (how >= 0 && this.reporter.isInClear) this.reporter.observer.sentInClear(<Cleartext>how);
  }
}

function isSicily(choice: AuthChoice): bool {
  return choice >= AuthChoice.sicilyDiscovery && choice <= AuthChoice.sicilyResponse;
}

/** Sicily answers its first steps with 0, and the challenge in place of a DN. */
function asksForMore(bind: Operation, code: i32): bool {
  const choice = bind.bindChoice;
  if (choice == AuthChoice.sasl) return code == Code.saslBindInProgress;
  const isEarly = choice == AuthChoice.sicilyDiscovery || choice == AuthChoice.sicilyNegotiate;
  return isEarly && (code == Code.success || code == Code.saslBindInProgress);
}

function methodOf(request: Message): Method {
  if (request.version == LDAP_V2) return Method.v2;
  switch (request.choice) {
    case AuthChoice.simple:
      if (request.hasCredentials) return Method.simple;
      return request.isNameEmpty ? Method.anonymous : Method.unauthenticated;
    case AuthChoice.sasl:
      return Method.sasl;
    case AuthChoice.other:
      return Method.other;
    default:
      return Method.sicily;
  }
}

/** How the request sends a password in a form that can be read: a `Cleartext`, or -1. */
function cleartextOf(request: Message, bind: Operation): i32 {
  if (request.choice == AuthChoice.simple) return request.hasCredentials ? Cleartext.simple : -1;
  if (request.choice != AuthChoice.sasl) return -1;
  const mechanism = bind.bindMechanism;
  if (mechanism == Mechanism.plain) return request.hasPlainPassword ? Cleartext.sasl_plain : -1;
  const isPassword = request.hasCredentials && bind.credentials == LOGIN_PASSWORD;
  return isPassword && mechanism == Mechanism.login ? Cleartext.sasl_login : -1;
}

function boundBy(bind: Operation): Bound {
  const choice = bind.bindChoice;
  if (choice == AuthChoice.sasl || choice == AuthChoice.sicilyResponse) return Bound.withLayer;
  return choice == AuthChoice.simple && bind.credentials == 0 ? Bound.anonymously : Bound.yes;
}

function resultOf(code: i32): BindResult {
  switch (code) {
    case Code.success:
      return BindResult.success;
    case Code.invalidCredentials:
      return BindResult.invalid_credentials;
    case Code.strongerAuthRequired:
      return BindResult.stronger_auth;
    case Code.confidentialityRequired:
      return BindResult.confidentiality;
    case Code.inappropriateAuthentication:
      return BindResult.inappropriate_auth;
    case Code.protocolError:
      return BindResult.protocol_error;
    case Code.unwillingToPerform:
      return BindResult.unwilling;
    default:
      return BindResult.other;
  }
}

/** Scratch. */
const NAME = new Slice();
