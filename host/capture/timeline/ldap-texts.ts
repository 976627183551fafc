import { elementsOf, numberOf, textOf, type Element } from "./ber.ts";
import { filterText, MASK } from "./ldap-filters.ts";
import { CHANGES, oidText, resultText, SCOPES } from "./ldap-names.ts";

/** What a message says, fit to be shown: names and filters, never passwords, credentials or values that are written. */
export interface MessageText {
  /** The message ID. */
  readonly id: number;
  /** An entry of a search: there may be very many. */
  readonly isEntry: boolean;
  readonly text: string;
}

/** A shorter password may well occur in a text by chance. */
const SHORTEST_SECRET = 4;

/** Of more, the oldest are no longer looked for. */
const MOST_SECRETS = 64;

const BIND = 0x60;
const ENTRY = 0x64;
const REFERENCE = 0x73;
const INTERMEDIATE = 0x79;
const EXTENDED_RESPONSE = 0x78;
const SASL = 0xa3;

/** Reads messages of one connection for display; what was masked is masked in what servers say, too. */
export class LdapTexts {
  private readonly secrets: string[] = [];

  /** `head`: the message, or its beginning. */
  read(head: Uint8Array): MessageText {
    const [message] = elementsOf(head);
    const [id, operation] = elementsOf(message?.value ?? new Uint8Array(0));
    if (id === undefined || operation === undefined) return { id: 0, isEntry: false, text: "(a message)" };
    const number = numberOf(id);
    const words = this.operation(operation, number);
    return { id: number, isEntry: operation.tag === ENTRY, text: `#${number} ${this.scrubbed(words)}` };
  }

  private operation(operation: Element, id: number): string {
    const parts = [...elementsOf(operation.value)];
    const text = (place: number): string => textOf(parts[place]?.value ?? new Uint8Array(0));
    switch (operation.tag) {
      case BIND:
        return this.bind(parts);
      case 0x42:
        return "unbind";
      case 0x63:
        return search(parts);
      case 0x66:
        return `modify ${text(0)}: ${changes(parts[1])}`;
      case 0x68:
        return `add ${text(0)}`;
      case 0x4a:
        return `delete ${textOf(operation.value)}`;
      case 0x6c:
        return `rename ${text(0)} to ${text(1)}${parts[3] === undefined ? "" : ` below ${text(3)}`}`;
      case 0x6e:
        return `compare ${text(0)}: ${textOf(firstOf(parts[1]))}`;
      case 0x50:
        return `abandon #${numberOf(operation)}`;
      case 0x77:
        return extended(parts);
      case ENTRY:
        return `entry ${text(0)}`;
      case REFERENCE:
        return `reference ${text(0)}`;
      case INTERMEDIATE:
        return `intermediate: ${oidText(textOf(parts.find(({ tag }) => tag === 0x80)?.value ?? new Uint8Array(0)))}`;
      default:
        return (operation.tag & 1) === 1 || operation.tag === EXTENDED_RESPONSE
          ? result(parts, id === 0)
          : `operation ${operation.tag & 0x1f}`;
    }
  }

  /** Who binds and how; never with what. */
  private bind(parts: readonly Element[]): string {
    const [version, name, choice] = parts;
    const who = textOf(name?.value ?? new Uint8Array(0));
    const words = ["bind", ...(who === "" ? [] : [who]), this.method(choice, who)].join(" ");
    const number = version === undefined ? 3 : numberOf(version);
    return number === 3 ? words : `${words}, version ${number}`;
  }

  private method(choice: Element | undefined, who: string): string {
    if (choice === undefined) return "";
    if (choice.tag === SASL) {
      const [mechanism, credentials] = elementsOf(choice.value);
      if (credentials !== undefined) this.keep(...textOf(credentials.value).split("\0"));
      return `SASL ${textOf(mechanism?.value ?? new Uint8Array(0))}`.trimEnd();
    }
    if (choice.tag !== 0x80) return choice.tag >= 0x89 && choice.tag <= 0x8b ? "(Sicily)" : "(?)";
    if (choice.value.length === 0) return who === "" ? "anonymously" : "without a password";
    this.keep(textOf(choice.value));
    return "with a password";
  }

  private keep(...words: readonly string[]): void {
    this.secrets.push(...words.filter((word) => word.length >= SHORTEST_SECRET));
    this.secrets.splice(0, this.secrets.length - MOST_SECRETS);
  }

  private scrubbed(text: string): string {
    return this.secrets.reduce((clean, secret) => clean.replaceAll(secret, MASK), text);
  }
}

/** In the order in which `ldapsearch` is told it. */
function search(parts: readonly Element[]): string {
  const [base, scope, , , , , filter, attributes] = parts;
  const number = scope === undefined ? -1 : numberOf(scope);
  const where = textOf(base?.value ?? new Uint8Array(0));
  const names = [...elementsOf(attributes?.value ?? new Uint8Array(0))].map(({ value }) => textOf(value));
  const words = [
    where === "" ? '""' : where,
    SCOPES[number] ?? `scope ${number}`,
    filter === undefined ? "" : filterText(filter),
    ...names,
  ];
  return `search ${words.filter((word) => word !== "").join(" ")}`;
}

/** `replace mail, add member`: which attributes, never their values. */
function changes(list: Element | undefined): string {
  const words = [...elementsOf(list?.value ?? new Uint8Array(0))].map(({ value }) => {
    const [how, what] = elementsOf(value);
    return `${CHANGES[how === undefined ? -1 : numberOf(how)] ?? "?"} ${textOf(firstOf(what))}`;
  });
  return words.join(", ");
}

function extended(parts: readonly Element[]): string {
  const name = oidText(textOf(parts[0]?.value ?? new Uint8Array(0)));
  const [cancelled] = name === "Cancel" ? elementsOf(firstOf(parts[1])) : [];
  return cancelled === undefined
    ? name
    : `${name} #${numberOf({ tag: 2, value: firstOf(parts[1]).subarray(2) })}`;
}

function result(parts: readonly Element[], isUnsolicited: boolean): string {
  const [code, , diagnostic, ...more] = parts;
  const words = code?.tag === 0x0a ? resultText(numberOf(code)) : "a response";
  const text = textOf(diagnostic?.value ?? new Uint8Array(0)).replace(/\0+$/, "");
  const name = more.find(({ tag }) => tag === 0x8a);
  const notice = isUnsolicited && name !== undefined ? `${oidText(textOf(name.value))}: ` : "";
  return text === "" ? `${notice}${words}` : `${notice}${words}: ${text}`;
}

/** The value of the first element in an element. */
function firstOf(element: Element | undefined): Uint8Array {
  const [first] = elementsOf(element?.value ?? new Uint8Array(0));
  return first?.value ?? new Uint8Array(0);
}
