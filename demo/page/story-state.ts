/** Where a story is: what the page shows of it. */
export interface StoryState {
  /** The act that plays, from 1; 0 before the first. */
  readonly act: number;
  /** How many acts there are. */
  readonly acts: number;
  readonly title: string;
  /** What happens, in a few sentences. */
  readonly text: string;
  readonly checks: readonly StoryCheck[];
  /** True once the last act is over. */
  readonly done: boolean;
}

/** What an act claims, and what came of it. */
export interface StoryCheck {
  /** What is looked at, in words. */
  readonly what: string;
  /** Its value before the act and after it, with units; "" while it is not known. */
  readonly before: string;
  readonly after: string;
  /** Whether the claim holds; null: not looked at yet, or it cannot be. */
  readonly holds: boolean | null;
}

/** Who shows a story. */
export interface StoryAudience {
  /** Shows this state in place of the one before. */
  publish(state: StoryState): void;
}
