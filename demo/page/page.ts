import { scrapeUrl, type Sample } from "../../host/envoy/scrape.ts";
import type { Proxy } from "../proxy.ts";
import { compareStages, type Stage } from "../stages.ts";
import type { Findings } from "../view/report.ts";
import { Feed, type FeedListener, type Scrape } from "./feed.ts";
import { Frames } from "./frames.ts";
import { meaningsOf } from "./meanings.ts";
import type { State } from "./messages.ts";
import { PageServer } from "./server.ts";
import { settled, Settling } from "./settling.ts";

/** What the page is about. */
export interface Subject {
  readonly proxy: Proxy;
  readonly stages: readonly Stage[];
  /** URL of the servers' books. */
  readonly books: string;
  /** The filters' metrics before the first connection. */
  readonly before: readonly Sample[];
}

/** Tells the page's viewers, once a second, how things stand. */
export class Presentation implements FeedListener {
  private readonly subject: Subject;
  private readonly page: PageServer;
  private readonly frames = new Frames();
  private readonly settling = new Settling();
  private readonly feed: Feed;
  private is: State["is"] | undefined;
  private scrapes = 0;

  private constructor(page: PageServer, subject: Subject) {
    this.page = page;
    this.subject = subject;
    page.remember(() => this.frames.history);
    void subject.proxy.ended.then((how) => {
      this.failed(`the proxy ended: ${how}`);
    });
    this.feed = new Feed(subject.proxy.admin, this);
  }

  /** Begins to tell. */
  static async start(page: PageServer, subject: Subject): Promise<Presentation> {
    const [smtp, ldap] = await Promise.all([meaningsOf("smtp"), meaningsOf("ldap")]);
    const { name, admin } = subject.proxy;
    page.tell("hello", { proxy: name, metrics: `${admin}/stats/prometheus`, meanings: { smtp, ldap } });
    return new Presentation(page, subject);
  }

  async scraped({ number, at, clock, text, samples }: Scrape): Promise<void> {
    this.scrapes = number;
    this.page.keepRaw(number, text);
    this.page.tell("frame", this.frames.add(number, at, samples));
    this.turn({ is: "live", reason: "", since: at });
    this.tellReceipts();
    await this.compare(number, clock, samples);
  }

  failed(reason: string): void {
    this.turn({ is: "gone", reason, since: Date.now() });
  }

  /** Waits for what shows the proxy's metrics elsewhere; if that fails, viewers get to know why, too. */
  async unlessGone<T>(shown: Promise<T>): Promise<T> {
    try {
      return await shown;
    } catch (error) {
      this.failed(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** The demo has come to its end, and this is what it found. */
  async conclude({ sections, complaints }: Findings): Promise<void> {
    await this.feed.conclude();
    const rows = sections.flatMap((section) => section.rows);
    const verdict = { rows: rows.length, different: rows.filter(({ equal }) => !equal).length, complaints };
    this.turn({ is: "over", reason: "", since: Date.now() });
    this.page.tell("comparison", { scrape: this.scrapes, sections: settled(sections), verdict });
  }

  async stop(): Promise<void> {
    await this.feed.stop();
  }

  /** Told once; what is over stays so. */
  private turn(state: State): void {
    if (this.is === state.is || this.is === "over") return;
    this.is = state.is;
    this.page.tell("state", state);
  }

  private tellReceipts(): void {
    const { stages } = this.subject;
    const latest = stages.map(({ scene: { protocol }, server }) => ({
      protocol,
      receipts: server.receipts.latest,
    }));
    this.page.tell("receipts", latest);
  }

  /** A method, as the compiler does not see that it changes meanwhile. */
  private isOver(): boolean {
    return this.is === "over";
  }

  private async compare(scrape: number, now: number, filter: readonly Sample[]): Promise<void> {
    const { stages, before } = this.subject;
    const books = await scrapeUrl(this.subject.books);
    const sections = compareStages(stages, { filter, before, books });
    if (this.isOver()) return;
    this.page.tell("comparison", { scrape, sections: this.settling.judge(sections, now) });
  }
}
