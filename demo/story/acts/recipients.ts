import type { StoryCheck } from "../../page/story-state.ts";
import { notMade, type Act, type World } from "../act.ts";
import { AlertWatch, type AlertState } from "../alerts.ts";
import { Application, MailOutlet, OPERATIONS } from "../application.ts";
import { settle } from "../claims.ts";

const ALERT = "SmtpMailNotFlowing";
const BAD_ORDER = ["no order at all"];
/** So often an error is mailed while the alert is waited for: it asks for more than five sessions in its range. */
const PAUSE_MS = 500;
/** So many without an alert to wait for. */
const MAILS = 10;

/** Nobody takes the mails any more. */
export const RECIPIENTS: Act = {
  title: "recipients become invalid",
  text:
    "The mailbox that the application writes to is closed, and the application goes on mailing its errors to it. Refusals rise, nothing " +
    "is accepted any more, and the alert for that comes up. Then the mailbox is there again.",
  play,
};

async function play(world: World): Promise<readonly StoryCheck[]> {
  const { mailboxes, read, tell } = world;
  const mailbox = OPERATIONS.split("@", 1)[0] ?? OPERATIONS;
  const before = await read();
  const watch = world.alerts && (await AlertWatch.begin(world.alerts, ALERT));
  const outlet = new MailOutlet(world.listen.smtp);
  const shop = new Application([outlet]);
  tell(`the mail server does not know ${OPERATIONS} any more`);
  mailboxes.close(mailbox);
  try {
    await fail(shop, world, watch);
  } finally {
    mailboxes.open(mailbox);
  }
  const { sessions, refused } = await outlet.sent();
  tell(`${refused} mails refused: by the application's own count`);
  const refusals = await settle(
    [
      { metric: "smtp_sessions_total", rise: sessions },
      { metric: "smtp_recipients_total", where: { outcome: "rejected_5xx" }, rise: refused },
      { metric: "smtp_transactions_total", where: { outcome: "rejected" }, rise: refused },
      { metric: "smtp_transaction_rejections_total", where: { stage: "rcpt", class: "5xx" }, rise: refused },
      { metric: "smtp_messages_total", rise: 0 },
      { metric: "smtp_transactions_total", where: { outcome: "committed" }, rise: 0 },
    ],
    before,
    world,
  );
  return [...refusals, ...(await recover(shop, world, watch))];
}

/** Mails errors until the alert fires. */
async function fail(
  shop: Application,
  { signal, tell }: World,
  watch: AlertWatch | undefined,
): Promise<void> {
  if (!watch) return shop.work(Array.from({ length: MAILS }, () => BAD_ORDER).flat(), PAUSE_MS, signal);
  const over = new AbortController();
  const stop = AbortSignal.any([over.signal, signal]);
  const mail = async (): Promise<void> => {
    while (!stop.aborted) await shop.work(BAD_ORDER, PAUSE_MS, stop);
  };
  const end = (): void => {
    over.abort();
  };
  // Whichever ends first ends the other.
  await Promise.all([watch.until("firing", stop, said(tell)).finally(end), mail().finally(end)]);
}

async function recover(
  shop: Application,
  world: World,
  watch: AlertWatch | undefined,
): Promise<readonly StoryCheck[]> {
  const { read, tell, signal } = world;
  const before = await read();
  tell("the mailbox is there again, and the next mail gets through");
  await shop.work(BAD_ORDER, 0);
  const through = await settle(
    [{ metric: "smtp_transactions_total", where: { outcome: "committed" }, rise: 1 }],
    before,
    world,
  );
  if (!watch) return [...through, notMade(`alert ${ALERT}`, world.missing.alerts)];
  await watch.until("inactive", signal, said(tell));
  return [...through, watch.check("inactive", "pending", "firing", "inactive")];
}

function said(tell: World["tell"]): (state: AlertState) => void {
  return (state) => {
    tell(`Prometheus: ${ALERT} is ${state}`);
  };
}
