// A session that the specs of whole sessions talk in, and what most of them say first.
import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { Talk } from "../../__tests__/support";
import { EndReason } from "../observer";

/** The session of the spec that runs. */
export let talk = new Talk();

/** A session of its own, with all the memory that there is. */
export function begin(): void {
  Budget.limit = DEFAULT_MEMORY_BYTES;
  talk = new Talk();
  talk.begin();
}

/** One more session with the settings of the one before, which goes on. */
export function another(): void {
  talk = new Talk(talk.settings);
  talk.begin();
}

/** A greeting and an EHLO that offers what a space-separated list says; its events are dropped. */
export function hello(extensions: string = "PIPELINING"): void {
  talk.server("220 mx.example\r\n").client("EHLO client.example\r\n").server("250-mx.example\r\n");
  const list = extensions.split(" ");
  for (let i = 0; i < list.length; i++) {
    talk.server((i < list.length - 1 ? "250-" : "250 ") + list[i] + "\r\n");
  }
  talk.events();
}

/** A transaction with an accepted recipient. */
export function open(parameters: string = ""): void {
  talk.client("MAIL FROM:<a@client.example> " + parameters + "\r\nRCPT TO:<b@mx.example>\r\n");
  talk.server("250 ok\r\n250 ok\r\n");
  talk.events();
}

/** A DATA that is answered 354. */
export function data(): void {
  talk.client("DATA\r\n").server("354 go\r\n");
  talk.events();
}

/** Why the session ended. */
export function reason(unseen: EndReason = EndReason.proxy_close): string {
  return talk.close(unseen).events("ended").split(" ")[1];
}

/** Octets passed unread: from the client, from the server. */
export function unread(): string {
  return `${talk.recorder.log.unreadClient} ${talk.recorder.log.unreadServer}`;
}

/** So many octets. */
export function xs(count: i32): string {
  return "x".repeat(count);
}
