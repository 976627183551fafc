import type { Keeper } from "../compare.ts";
import type { Protocol } from "../protocol.ts";
import type { StoryState } from "./story-state.ts";

/** What the page's server tells a browser: each is one server-sent event, named as its key here. */
export interface Messages {
  /** First on every connection: whatever was known before is void. */
  readonly hello: Hello;
  /** Scrapes so far, oldest first. */
  readonly history: readonly Frame[];
  readonly frame: Frame;
  readonly comparison: Comparison;
  readonly receipts: readonly ServerReceipts[];
  readonly session: Session;
  readonly story: StoryState;
  readonly state: State;
}

/** What does not change while the demo runs. */
export interface Hello {
  /** The proxy, for people. */
  readonly proxy: string;
  /** URL of what the page is made from. */
  readonly metrics: string;
  /** What each kind of anomaly means, by protocol. */
  readonly meanings: Readonly<Record<Protocol, Readonly<Record<string, string>>>>;
}

/** One scrape of /stats/prometheus, as what is new against the one before. */
export interface Frame {
  /** Counts scrapes from 1. */
  readonly scrape: number;
  /** When it was made, in milliseconds since 1970. */
  readonly at: number;
  /** Series seen for the first time, `name{label="value",…}`; they are numbered in this order, from 0, over all frames. */
  readonly added: readonly string[];
  /** Number of a series, its value, the next number, and so on. */
  readonly changed: readonly number[];
}

/** Filters against servers. */
export interface Comparison {
  /** The scrape that the filters' side is from. */
  readonly scrape: number;
  readonly sections: readonly ComparedSection[];
  /** Set at the end of the demo, when everything has settled. */
  readonly verdict?: Verdict;
}

export interface ComparedSection {
  readonly title: string;
  readonly rows: readonly ComparedRow[];
}

export interface ComparedRow {
  readonly title: string;
  /** The values of the labels, or "". */
  readonly key: string;
  readonly keeper: Keeper;
  readonly filter: number;
  readonly book: number;
  readonly approximate: boolean;
  /** `settling`: not equal, and at least one of the two still moves. */
  readonly state: "equal" | "settling" | "different";
}

export interface Verdict {
  readonly rows: number;
  readonly different: number;
  /** What disturbed clients, one line each. */
  readonly complaints: readonly string[];
}

/** The last things that a server received, newest first. */
export interface ServerReceipts {
  readonly protocol: Protocol;
  readonly receipts: readonly Receipt[];
}

/** A mail or an operation, as the server entered it in its book; never with a body, a value or a password. */
export interface Receipt {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What it was, in a word. */
  readonly what: string;
  /** Whom or what it was about. */
  readonly subject: string;
  readonly outcome: string;
  readonly isGood: boolean;
  /** How much, with its unit, or "". */
  readonly amount: string;
}

/** Which of the two sessions on show. */
export type Lane = "good" | "failing";

/** A session as it goes, line by line. */
export interface Session {
  readonly lane: Lane;
  readonly protocol: Protocol;
  /** What the client is about. */
  readonly title: string;
  /** When it began, in milliseconds since 1970. */
  readonly began: number;
  readonly lines: readonly SessionLine[];
  readonly isOver: boolean;
}

export interface SessionLine {
  /** Seconds since the connection opened. */
  readonly seconds: number;
  readonly from: "client" | "server" | null;
  readonly text: string;
  readonly outcome: readonly string[];
}

/** How the proxy is. */
export interface State {
  /** `gone`: it does not answer, or has ended. `over`: the demo has come to its end. */
  readonly is: "live" | "gone" | "over";
  /** Why, in words; "" when all is well. */
  readonly reason: string;
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
}
