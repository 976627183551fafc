import { Slice } from "../../../assembly/bytes/slice";
import { mechanismOf } from "../../shared/wire/mechanisms";
import { Login, loginBy } from "./logins";
import { Verb, verbOf } from "./verbs";

const SPACE: u8 = 0x20;
const TAB: u8 = 0x09;

/** One command line, taken apart as far as metrics need it. Reused: `parse` overwrites everything. */
@final
export class Command {
  verb: Verb = Verb.other;
  /** PASS, APOP, AUTH with a mechanism: how the client logs in. */
  login: Login = Login.user_pass;
  /** Whether the line asks to be let in. */
  isLogin: bool = false;
  /** An answer other than -ERR has many lines (RFC 1939 §3). */
  isMultiline: bool = false;
  /** XTND XMIT: the client is going to send a message. */
  isTransmit: bool = false;
  /** USER, APOP: the name. */
  readonly name: Slice = new Slice();

  private readonly rest: Slice = new Slice();

  /** Reads a command line (without its line end). Every line is a command: what is not known is `other`. */
  parse(line: Slice): void {
    let at = line.start;
    while (at < line.end && load<u8>(at) > SPACE) at++;
    this.verb = verbOf(line.start, <i32>(at - line.start));
    this.rest.start = at;
    this.rest.end = line.end;
    this.isLogin = false;
    this.isTransmit = false;
    this.name.set(line.end, 0);
    this.readArguments(line);
  }

  private readArguments(line: Slice): void {
    const hasArgument = nextWord(this.rest, WORD);
    switch (this.verb) {
      case Verb.retr:
      case Verb.top:
      case Verb.capa:
        this.isMultiline = true;
        return;
      case Verb.list:
      case Verb.uidl:
      case Verb.lang:
        this.isMultiline = !hasArgument;
        return;
      case Verb.auth:
        this.isMultiline = !hasArgument;
        this.isLogin = hasArgument;
        if (hasArgument) this.login = loginBy(mechanismOf(WORD));
        return;
      case Verb.pass:
        this.isLogin = true;
        this.login = Login.user_pass;
        break;
      case Verb.apop:
        this.isLogin = true;
        this.login = Login.apop;
        this.name.copyOf(WORD);
        break;
      case Verb.user:
        this.name.copyOf(WORD);
        break;
      default:
        this.isTransmit = line.startsWithIgnoringCase("xtnd") && WORD.equalsIgnoringCase("xmit");
    }
    this.isMultiline = false;
  }
}

/** Takes the next word of `rest` into `word`. False: there is none, and `word` is empty. */
function nextWord(rest: Slice, word: Slice): bool {
  while (!rest.isEmpty && isBlank(load<u8>(rest.start))) rest.start++;
  word.start = rest.start;
  while (!rest.isEmpty && !isBlank(load<u8>(rest.start))) rest.start++;
  word.end = rest.start;
  return !word.isEmpty;
}

function isBlank(byte: u8): bool {
  return byte == SPACE || byte == TAB;
}

/** Scratch: the first word behind the verb. */
const WORD = new Slice();
