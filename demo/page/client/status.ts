import type { Hello, State } from "../messages.ts";
import { byId, setText, timeOfDay } from "./dom.ts";
import type { Moment } from "./scrapes.ts";

/** How the page stands to the demo: what its server says of the proxy, and whether there is a server at all. */
export class StatusView {
  private state: State | undefined;
  private isConnected = false;
  private proxy = "The proxy";
  private last: Moment | undefined;

  greet({ proxy, metrics }: Hello): void {
    this.proxy = proxy;
    setText(byId("proxy"), proxy);
    setText(byId("source"), metrics);
  }

  turn(state: State): void {
    this.state = state;
    this.show();
  }

  connected(isConnected: boolean): void {
    this.isConnected = isConnected;
    this.show();
  }

  /** A scrape is shown; rates are against `since`. */
  scraped(moment: Moment, since: Moment): void {
    this.last = moment;
    // For whoever wants to hold the page against what it is made from.
    Object.assign(document.documentElement.dataset, {
      scrape: moment.scrape,
      at: moment.at,
      sinceScrape: since.scrape,
      sinceAt: since.at,
    });
    setText(byId("scrape"), `scrape ${moment.scrape} · ${timeOfDay(moment.at)}`);
  }

  private show(): void {
    const [kind, word, notice] = this.words();
    document.documentElement.dataset.state = kind;
    setText(byId("state"), word);
    byId("notice").hidden = notice === "";
    byId("notice").className = `notice ${kind}`;
    setText(byId("notice"), notice);
  }

  private words(): [kind: string, word: string, notice: string] {
    const { state } = this;
    const seen = this.last
      ? ` What you see is of scrape ${this.last.scrape}, ${timeOfDay(this.last.at)}.`
      : "";
    if (state?.is === "gone") {
      const more = this.isConnected ? "" : " The demo has ended.";
      return ["gone", "gone", `${this.proxy} is gone: ${state.reason}.${more}${seen}`];
    }
    if (state?.is === "over") return ["over", "ended", `The demo has come to its end.${seen}`];
    if (this.isConnected) return state ? ["live", "live", ""] : ["waiting", "connecting", ""];
    if (!this.last) return ["waiting", "connecting", ""];
    return [
      "lost",
      "no connection",
      `The demo does not answer: it has ended, or cannot be reached. Trying again.${seen}`,
    ];
  }
}
