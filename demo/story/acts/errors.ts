import type { StoryCheck } from "../../page/story-state.ts";
import type { Act, World } from "../act.ts";
import { Application, MailOutlet, type Sent } from "../application.ts";
import { grouped, settle, type Claim } from "../claims.ts";

const GOOD = '{"item":"lamp","count":1}';
/** What comes in on a usual day: now and then something that is no order. */
const USUAL_ORDERS = [GOOD, GOOD, '{"item":"sofa","count":1}', GOOD, '{"item":"desk","count":5}', GOOD, "{"];
const PAUSE_MS = 150;
/** A partner sends garbage, all at once. */
const STORM = Array.from({ length: 12 }, (_, i) => `<order number="${i + 1}"/>`);

/** Envoy keeps a histogram's sum to two significant digits for each sample. */
const SUM_PRECISION = 0.05;

/** An application that mails its errors, and an error storm. */
export const ERRORS: Act = {
  title: "an application mails its errors",
  text:
    "A shop's order service mails every error that it logs, each over a connection of its own. A usual day brings a few. " +
    "Then a partner sends it orders that it cannot read, all at once: an error storm is a mail storm.",
  play,
};

async function play(world: World): Promise<readonly StoryCheck[]> {
  const { listen, signal, tell } = world;
  const before = await world.read();
  const outlet = new MailOutlet(listen.smtp);
  const shop = new Application([outlet]);
  tell(`${USUAL_ORDERS.length} orders, one after the other`);
  await shop.work(USUAL_ORDERS, PAUSE_MS, signal);
  if (!signal.aborted) {
    const { messages } = await outlet.sent();
    tell(`${messages} errors, ${messages} mails; now the storm of ${STORM.length}`);
    await shop.rush(STORM);
  }
  const sent = await outlet.sent();
  tell(
    `${sent.messages} mails in ${sent.sessions} connections, ${grouped(sent.bytes)} bytes: by the application's own count`,
  );
  return settle(claimsOf(sent), before, world);
}

function claimsOf({ sessions, messages, bytes, sizes }: Sent): Claim[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return [
    { metric: "smtp_sessions_total", rise: sessions },
    { metric: "smtp_session_ends_total", rise: sessions },
    { metric: "smtp_messages_total", where: { mode: "data" }, rise: messages },
    { metric: "smtp_transactions_total", where: { outcome: "committed" }, rise: messages },
    { metric: "smtp_recipients_total", where: { outcome: "accepted" }, rise: messages },
    { metric: "smtp_bytes_total", where: { from: "client" }, rise: bytes },
    { metric: "smtp_message_bytes_count", rise: messages },
    { metric: "smtp_message_bytes_sum", rise: total, tolerance: SUM_PRECISION },
  ];
}
