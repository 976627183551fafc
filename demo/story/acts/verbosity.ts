import { setTimeout as delay } from "node:timers/promises";
import type { Address } from "../../../host/envoy/address.ts";
import type { StoryCheck } from "../../page/story-state.ts";
import { Dialog } from "../../smtp/clients/dialog.ts";
import { bodyOf } from "../../smtp/clients/material.ts";
import { notMade, type Act, type World } from "../act.ts";
import { settle, type Claim } from "../claims.ts";
import type { ListenersFile } from "../listeners.ts";

/** Sessions that are in the middle of a transaction when the listener changes. */
const OPEN = 3;
const MESSAGE_BYTES = 2_000;
/** Envoy compiles nothing for an update; this is for slow machines. */
const UPDATE_PATIENCE_MS = 30_000;
const POLL_MS = 50;

/** What the open sessions go on with; there from the moment on at which new ones get something else. */
const OLD_CHAINS = "envoy_listener_manager_total_filter_chains_draining";

/** More metrics by an update of the listener, with sessions open. */
export const VERBOSITY: Act = {
  title: "verbosity is raised while sessions are open",
  text:
    "Envoy reads its listeners from a file. Three clients are in the middle of a transaction when the file is replaced: the SMTP " +
    "filter is to work at verbosity high. New sessions get the new configuration, open ones keep theirs and go on.",
  play,
};

async function play(world: World): Promise<readonly StoryCheck[]> {
  const { listeners, listen, read, tell } = world;
  if (!listeners) return [notMade("the listener's update", world.missing.listeners)];
  const known = await world.metricNames("smtp");
  const before = await read();
  const open = await Promise.all(Array.from({ length: OPEN }, () => begin(listen.smtp)));
  const opened = await settle([{ metric: "smtp_sessions_active", rise: OPEN }], before, world);
  tell(`${OPEN} sessions have said MAIL; the file is replaced`);
  const isTaken = await update(world, listeners);
  const added = [...(await world.metricNames("smtp"))].filter((name) => !known.has(name));
  tell(`Envoy has ${isTaken ? "" : "not "}taken it up; ${added.length} metrics are new:`);
  for (const line of inLines(added)) tell(line);
  const kept = await settle([{ metric: "smtp_sessions_active", rise: OPEN }], before, world);
  tell(`the ${OPEN} sessions go on, and a new one comes`);
  await Promise.all(open.map(finish));
  await finish(await begin(listen.smtp));
  return [
    ...opened,
    ...during(kept),
    {
      what: "metrics of the SMTP filter, more than before",
      before: String(known.size),
      after: String(known.size + added.length),
      holds: added.length > 0,
    },
    ...(await settle(CLAIMS, before, world)),
  ];
}

const CLAIMS: readonly Claim[] = [
  { metric: "envoy_listener_manager_lds_update_success", rise: 1 },
  { metric: "envoy_listener_manager_lds_update_rejected", rise: 0 },
  { metric: "envoy_listener_manager_listener_in_place_updated", rise: 1 },
  { metric: OLD_CHAINS, rise: 1 },
  { metric: "smtp_sessions_total", rise: OPEN + 1 },
  { metric: "smtp_session_ends_total", where: { reason: "quit" }, rise: OPEN + 1 },
  { metric: "smtp_sessions_active", rise: 0 },
  { metric: "smtp_transactions_total", where: { outcome: "committed" }, rise: OPEN + 1 },
  // At verbosity high only: the new session's message, and none of the others.
  { metric: "smtp_message_wire_bytes_count", rise: 1 },
  { metric: "smtp_size_declarations_total", rise: 1 },
];

/** Whether Envoy has taken up the change. */
async function update({ read, signal }: World, listeners: ListenersFile): Promise<boolean> {
  const before = (await read()).sum(OLD_CHAINS);
  await listeners.configure("smtp", { verbosity: "high" });
  for (const end = Date.now() + UPDATE_PATIENCE_MS; Date.now() < end && !signal.aborted; await delay(POLL_MS))
    if ((await read()).sum(OLD_CHAINS) > before) return true;
  return false;
}

async function begin(server: Address): Promise<Dialog> {
  const dialog = await Dialog.open(server);
  await dialog.ask("EHLO client.demo.test", 250);
  await dialog.ask("MAIL FROM:<sender@client.demo.test>", 250);
  return dialog;
}

async function finish(dialog: Dialog): Promise<void> {
  await dialog.ask("RCPT TO:<office@demo.test>", 250);
  await dialog.ask("DATA", 354);
  dialog.write(bodyOf(MESSAGE_BYTES));
  await dialog.expect(250);
  await dialog.quit();
}

function during(checks: readonly StoryCheck[]): StoryCheck[] {
  return checks.map((check) => ({ ...check, what: `${check.what} after the update` }));
}

const NAMES_A_LINE = 3;

function inLines(names: readonly string[]): string[] {
  const sorted = [...names].sort();
  return Array.from(
    { length: Math.ceil(sorted.length / NAMES_A_LINE) },
    (_, i) => `  ${sorted.slice(i * NAMES_A_LINE, (i + 1) * NAMES_A_LINE).join(" ")}`,
  );
}
