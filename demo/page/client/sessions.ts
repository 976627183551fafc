import type { Lane, Session, SessionLine } from "../messages.ts";
import { byId, h, setText, timeOfDay } from "./dom.ts";

const LANES: Readonly<Record<Lane, string>> = {
  good: "A session that goes well",
  failing: "A session that fails",
};

const ARROWS = { client: "→", server: "←" } as const;
const SENDERS = { client: "client: ", server: "server: " } as const;

/** Two sessions, line by line as they go. */
export class SessionsView {
  private readonly lanes = new Map<Lane, { title: HTMLElement; when: HTMLElement; list: HTMLElement }>();

  constructor() {
    for (const [lane, title] of Object.entries(LANES) as [Lane, string][]) {
      const parts = {
        title: h("p", { class: "what" }, "Waiting for the first one."),
        when: h("span", { class: "readout" }, ""),
        list: h("ol", {
          class: "lines",
          tabindex: "0",
          role: "region",
          "aria-label": `${title}, line by line`,
        }),
      };
      this.lanes.set(lane, parts);
      byId("sessions").append(
        h(
          "section",
          { class: `card ${lane}` },
          h("header", {}, h("h3", {}, title), parts.when),
          parts.title,
          parts.list,
        ),
      );
    }
  }

  update({ lane, protocol, title, began, lines, isOver }: Session): void {
    const parts = this.lanes.get(lane);
    if (!parts) return;
    setText(parts.title, title);
    setText(parts.when, `${protocol.toUpperCase()} · ${timeOfDay(began)} · ${isOver ? "over" : "live"}`);
    parts.list.replaceChildren(...lines.map(lineOf));
  }
}

function lineOf({ seconds, from, text, outcome }: SessionLine): HTMLElement {
  return h(
    "li",
    { class: from ?? "both" },
    h("time", {}, seconds.toFixed(3)),
    h("i", { "aria-hidden": "true" }, from === null ? "↔" : ARROWS[from]),
    h("span", { class: "unseen" }, from === null ? "" : SENDERS[from]),
    h("span", { class: "text" }, text),
    h("span", { class: `outcome${isTrouble(outcome) ? " bad" : ""}` }, outcome.join("; ")),
  );
}

/** In the words of the time line: refusals by class or result, and anomalies with a mark. */
function isTrouble(outcome: readonly string[]): boolean {
  return outcome.some((words) =>
    /^!|\b[45]xx\b|refused|invalid|security|not.found|unwilling|rejected/.test(words),
  );
}
