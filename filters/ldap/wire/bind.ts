import { Slice } from "../../../assembly/bytes/slice";
import { Anomaly } from "./anomalies";
import { Elements, Took } from "./elements";
import { baseOf, fingerprintOf, MAX_MECHANISM_NAME, Mechanism, mechanismOf } from "./mechanisms";
import { AuthChoice, Message } from "./message";
import { takeName } from "./names";
import { AuthTag, Tag } from "./tags";

const enum Step {
  version,
  versionValue,
  name,
  nameValue,
  choice,
  mechanism,
  mechanismValue,
  credentials,
  plainCredentials,
}

/** NULs in front of the password in the credentials of SASL PLAIN. */
const PLAIN_SEPARATORS: i32 = 2;

/** Octets more than the longest name of a mechanism: what is longer matches none. */
const MECHANISM_BYTES: u32 = MAX_MECHANISM_NAME + 12;

export function beginBind(m: Message): void {
  m.version = 3;
  m.isNameEmpty = true;
  m.choice = AuthChoice.other;
  m.hasCredentials = false;
  m.mechanism = Mechanism.other;
  m.mechanismPrint = 0;
  m.isMechanismEmpty = false;
  m.hasPlainPassword = false;
  m.plainSeparators = 0;
}

/** A BindRequest (RFC 4511 §4.2) that ends at `end`. Passwords and credentials are never copied. */
export function readBind(e: Elements, m: Message, input: Slice, end: u32): Took {
  let took = Took.ready;
  while (took == Took.ready) took = e.arrive(input) ? readStep(e, m, input, end) : Took.more;
  return took;
}

function readStep(e: Elements, m: Message, input: Slice, end: u32): Took {
  let took = Took.ready;
  switch (e.step) {
    case Step.version:
      took = e.header(input, end);
      if (took == Took.ready && e.tag != Tag.integer) took = e.fail(Anomaly.bad_tag);
      break;
    case Step.versionValue:
      if (!e.integer(input)) return Took.more;
      m.version = e.number;
      break;
    case Step.name:
      took = readString(e, input, end);
      if (took == Took.ready) m.isNameEmpty = e.length == 0;
      break;
    case Step.nameValue:
      if (!takeName(e, m, input)) return Took.more;
      break;
    case Step.choice:
      took = e.header(input, end);
      if (took == Took.ready && !hasMechanism(e, m)) return Took.done;
      break;
    case Step.mechanism:
      took = readString(e, input, m.saslEnd);
      break;
    case Step.mechanismValue:
      if (!e.collect(input, MECHANISM_BYTES)) return Took.more;
      readMechanism(e, m);
      break;
    case Step.credentials:
      if (e.at == m.saslEnd) return Took.done;
      took = e.header(input, m.saslEnd);
      if (took == Took.ready && !areOfInterest(e, m)) return Took.done;
      break;
    default:
      return readPlain(e, m, input);
  }
  if (took == Took.ready) e.step++;
  return took;
}

/** The header of a string. */
export function readString(e: Elements, input: Slice, end: u32): Took {
  const took = e.header(input, end);
  if (took != Took.ready || e.tag == Tag.octetString) return took;
  return e.fail(e.tag == Tag.constructedString ? Anomaly.constructed_string : Anomaly.bad_tag);
}

/** Notes the choice whose header was read. False: nothing more is to be read of it. */
function hasMechanism(e: Elements, m: Message): bool {
  m.choice = choiceOf(e.tag);
  m.saslEnd = e.end;
  m.hasCredentials = e.length > 0;
  return m.choice == AuthChoice.sasl;
}

/** Notes the credentials whose header was read. Only those of PLAIN, which may go without its name, show a password. */
function areOfInterest(e: Elements, m: Message): bool {
  m.hasCredentials = e.tag == Tag.octetString && e.length > 0;
  return m.hasCredentials && (m.mechanism == Mechanism.plain || m.isMechanismEmpty);
}

function choiceOf(tag: u32): AuthChoice {
  switch (tag) {
    case AuthTag.simple:
      return AuthChoice.simple;
    case AuthTag.sasl:
      return AuthChoice.sasl;
    case AuthTag.sicilyDiscovery:
      return AuthChoice.sicilyDiscovery;
    case AuthTag.sicilyNegotiate:
      return AuthChoice.sicilyNegotiate;
    case AuthTag.sicilyResponse:
      return AuthChoice.sicilyResponse;
    default:
      return AuthChoice.other;
  }
}

function readMechanism(e: Elements, m: Message): void {
  m.hasCredentials = false;
  m.isMechanismEmpty = e.length == 0;
  const name = baseOf(e.value);
  m.mechanism = mechanismOf(name);
  m.mechanismPrint = fingerprintOf(name);
}

/** Credentials of SASL PLAIN: authzid NUL authcid NUL password (RFC 4616 §2). Only NULs are counted. */
function readPlain(e: Elements, m: Message, input: Slice): Took {
  while (e.at < e.end) {
    const octet = e.octet(input);
    if (octet < 0) return Took.more;
    if (m.plainSeparators == PLAIN_SEPARATORS) {
      m.hasPlainPassword = true;
      return Took.done;
    }
    if (octet == 0) m.plainSeparators++;
  }
  return Took.done;
}
