import type { Address } from "../../../host/envoy/address.ts";
import { Crowd, players, type Worker } from "../../crowd.ts";
import { MailerPool, encrypted } from "./mailer.ts";
import { SCENARIOS } from "./scenarios.ts";

/** Sessions at a time, beside the pool's. */
const PLAYERS = 4;
/** The pool's senders, and the pause between two messages of each, in milliseconds. */
const SENDERS = 3;
const SENDER_PAUSE_MS = 60;
/** The pause after an encrypted session, in milliseconds. */
const TLS_PAUSE_MS = 400;

/** All the mail clients of the demo. */
export function mailClients(server: Address): Crowd {
  const pool = new MailerPool(server);
  const sender: Worker = { act: () => pool.send(), pauseMs: SENDER_PAUSE_MS };
  const workers = [
    ...players(PLAYERS, SCENARIOS, server),
    ...Array.from({ length: SENDERS }, () => sender),
    { act: () => encrypted(server), pauseMs: TLS_PAUSE_MS },
  ];
  return new Crowd(workers, {
    cleanUp: () => {
      pool.close();
    },
  });
}
