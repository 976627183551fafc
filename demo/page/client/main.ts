import type { Messages } from "../messages.ts";
import { ComparisonView } from "./comparison.ts";
import { DEFINITIONS } from "./definitions.ts";
import { byId } from "./dom.ts";
import { refreshFigures } from "./figures.ts";
import { ProtocolView } from "./protocol.ts";
import { Scrapes } from "./scrapes.ts";
import { SessionsView } from "./sessions.ts";
import { StatusView } from "./status.ts";
import { showStory } from "./story.ts";
import { startThemes } from "./theme.ts";

const scrapes = new Scrapes();
const status = new StatusView();
const views = DEFINITIONS.map((definition) => new ProtocolView(definition));
const sessions = new SessionsView();
const comparison = new ComparisonView();

byId("protocols").append(...views.map(({ element }) => element));
document.addEventListener("figures", () => refreshFigures(scrapes));
startThemes(() => {
  for (const view of views) view.redraw();
});

/** What each message does. */
const HANDLERS: { readonly [T in keyof Messages]: (message: Messages[T]) => void } = {
  hello: (hello) => {
    scrapes.forget();
    status.greet(hello);
    for (const view of views) view.learn(hello);
  },
  history: (frames) => {
    for (const frame of frames) scrapes.add(frame);
    show();
  },
  frame: (frame) => {
    scrapes.add(frame);
    show();
  },
  comparison: (message) => comparison.update(message),
  receipts: (lists) => {
    for (const { protocol, receipts } of lists) {
      views.find(({ definition }) => definition.protocol === protocol)?.received(receipts);
    }
  },
  session: (session) => sessions.update(session),
  story: showStory,
  state: (state) => status.turn(state),
};

/** All numbers at once, so that they are of one scrape. */
function show(): void {
  const { now, since } = scrapes;
  if (!now || !since) return;
  for (const view of views) view.prepare(scrapes);
  refreshFigures(scrapes);
  for (const view of views) view.draw(scrapes);
  status.scraped(now, since);
}

/** Browsers try again by themselves where a server is only away, and give up where it answers badly. */
const AGAIN_MS = 2_000;

function listen(): void {
  const events = new EventSource("/events");
  events.addEventListener("open", () => status.connected(true));
  events.addEventListener("error", () => {
    status.connected(false);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
  });
  for (const [topic, handle] of Object.entries(HANDLERS)) {
    events.addEventListener(topic, (event: MessageEvent<string>) => {
      (handle as (message: unknown) => void)(JSON.parse(event.data));
    });
  }
}

listen();
