import type { Address } from "../../../host/envoy/address.ts";
import { Crowd, players } from "../../crowd.ts";
import { ClientsBook } from "./book.ts";
import { callScenarios } from "./calls.ts";
import { SCENARIOS } from "./scenarios.ts";
import { hangingUp, knock, lost } from "./strangers.ts";

/** Connections at a time, beside the strangers'. */
const PLAYERS = 3;
const CALLERS = 2;
/** The pause between two strangers of a kind, in milliseconds. */
const STRANGER_PAUSE_MS = 700;

/** All the directory's clients of the demo. */
export function directoryClients(server: Address): Crowd {
  const book = new ClientsBook();
  const strangers = [knock, hangingUp, lost(book)].map((act) => ({
    act: () => act(server),
    pauseMs: STRANGER_PAUSE_MS,
  }));
  const workers = [
    ...players(PLAYERS, SCENARIOS, server),
    ...players(CALLERS, callScenarios(book), server),
    ...strangers,
  ];
  return new Crowd(workers, { book });
}
