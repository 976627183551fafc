import { byId, setText } from "./dom.ts";

type Theme = "light" | "dark";

const KEY = "heirloom-theme";
const DARK = matchMedia("(prefers-color-scheme: dark)");

/** Light or dark as the system says, until somebody chooses; that is remembered. `changed` is called after each change. */
export function startThemes(changed: () => void): void {
  const button = byId("theme");
  const apply = (): void => {
    const theme = current();
    document.documentElement.dataset.theme = theme;
    setText(button, theme === "dark" ? "Light" : "Dark");
    button.setAttribute("aria-label", `Switch to ${theme === "dark" ? "light" : "dark"} colours`);
    changed();
  };
  button.addEventListener("click", () => {
    remember(current() === "dark" ? "light" : "dark");
    apply();
  });
  DARK.addEventListener("change", apply);
  apply();
}

function current(): Theme {
  const chosen = remembered();
  if (chosen === "light" || chosen === "dark") return chosen;
  return DARK.matches ? "dark" : "light";
}

/** Where a browser keeps nothing, the system's choice holds. */
function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return document.documentElement.dataset.theme ?? null;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    document.documentElement.dataset.theme = theme;
  }
}
