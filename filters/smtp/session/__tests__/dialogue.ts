// A conversation that specs talk in, line by line.
import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { Around } from "../../../shared/__tests__/support";
import { bytes, PIPELINE, Recorder } from "../../__tests__/support";
import { Command } from "../../wire/commands";
import { Reply } from "../../wire/replies";
import { VERBS } from "../../wire/verbs";
import { Answered, Conversation } from "../conversation";
import { Speaks } from "../hello";
import { AbortCause } from "../observer";
import { Reporter } from "../reporter";

const ANSWERED: string[] = ["nothing", "part", "whole"];

export const recorder = new Recorder();
export const command = new Command();
const reply = new Reply();
export let around = new Around();
export let talk = make(Speaks.auto);
let answered = Answered.nothing;

function make(speaks: Speaks): Conversation {
  around = new Around();
  const reporter = new Reporter(recorder, around);
  reporter.begin();
  const made = new Conversation(reporter, speaks, PIPELINE);
  made.begin(around.time);
  return made;
}

/** Commands, one a line; a line `.` is an end of data of 10 octets. */
export function client(lines: string): void {
  const all = lines.split("\n");
  for (let i = 0; i < all.length; i++) {
    const line = all[i].trim();
    if (line == ".") {
      talk.endOfData(10, 13, around.time);
      continue;
    }
    command.parse(bytes(line));
    talk.commanded(command, around.time);
  }
}

/** Replies, one a line. */
export function server(lines: string): void {
  const all = lines.split("\n");
  for (let i = 0; i < all.length; i++) {
    if (reply.add(bytes(all[i].trim()))) answered = talk.replied(reply, around.time);
  }
}

/** A greeting and a hello that offers what a space-separated list says. */
export function hello(verb: string, extensions: string): void {
  server("220 mx.example");
  client(verb + " client.example");
  const list = extensions.split(" ");
  server("250-mx.example");
  for (let i = 0; i < list.length; i++) server((i < list.length - 1 ? "250-" : "250 ") + list[i]);
  recorder.events();
}

/** A transaction with so many accepted recipients. */
export function open(recipients: i32, parameters: string = ""): void {
  client("MAIL FROM:<a@client.example> " + parameters);
  server("250 ok");
  for (let i = 0; i < recipients; i++) {
    client("RCPT TO:<b@mx.example>");
    server("250 ok");
  }
  recorder.events();
}

/** What was answered last, and how. */
export function verdict(): string {
  return answered == Answered.whole ? "whole " + VERBS[talk.answeredVerb] : ANSWERED[answered];
}

/** A conversation from its beginning. */
export function begin(speaks: Speaks = Speaks.auto): void {
  recorder.clear();
  talk = make(speaks);
  reply.reset();
}

/** What is open is broken off. */
export function end(): void {
  talk.abandon(AbortCause.opaque, around.time);
  Budget.limit = DEFAULT_MEMORY_BYTES;
}
