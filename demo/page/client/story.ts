import type { StoryCheck, StoryState } from "../story-state.ts";
import { byId, h, setText } from "./dom.ts";

/** The act that plays, and what it claims. */
export function showStory({ act, acts, title, text, checks, done }: StoryState): void {
  byId("story").hidden = false;
  setText(
    byId("story-act"),
    done ? "The end of the story" : act > 0 ? `Act ${act} of ${acts}` : "A story begins",
  );
  setText(byId("story-title"), title);
  setText(byId("story-text"), text);
  byId("story-checks").replaceChildren(...checks.map(checkOf));
}

function checkOf({ what, before, after, holds }: StoryCheck): HTMLElement {
  const [mark, word] = holds === null ? ["·", "not known"] : holds ? ["✓", "holds"] : ["✗", "does not hold"];
  const values = [before, after].filter((value) => value !== "").join(" → ");
  return h(
    "li",
    { class: holds === null ? "open" : holds ? "good" : "bad" },
    h("span", { class: "mark", "aria-hidden": "true" }, mark),
    h("span", {}, what),
    h("b", {}, values),
    h("span", { class: "unseen" }, word),
  );
}
