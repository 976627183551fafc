// What runs inside the browser: each function is sent there by itself, so none may use another.
/* global document, getComputedStyle, localStorage, window */

/** All that the page shows of one scrape; undefined before the first. */
export function readFigures() {
  const { scrape, at, sinceScrape, sinceAt } = document.documentElement.dataset;
  if (scrape === undefined) return undefined;
  const figures = [...document.querySelectorAll("[data-metric]")].map((element) => ({
    metric: element.dataset.metric,
    show: element.dataset.show,
    text: element.textContent,
  }));
  const seconds = (Number(at) - Number(sinceAt)) / 1_000;
  return { scrape: Number(scrape), sinceScrape: Number(sinceScrape), seconds, figures };
}

/** The comparison's rows, and the scrape that they are of. */
export function readComparison() {
  const comparison = document.querySelector("#comparison");
  const rows = [...comparison.querySelectorAll("tbody tr")].map((row) => {
    const [name, filter] = row.children;
    const words = [...name.childNodes].filter((node) => node.nodeName !== "SMALL");
    return {
      name: words.map((node) => node.textContent).join(""),
      filter: filter.textContent,
      state: row.dataset.state,
    };
  });
  return { scrape: Number(comparison.dataset.scrape), rows };
}

/** Pairs of colours that stand on each other. */
export function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "muted", "smtp", "ldap", "violet", "good", "warn", "bad"];
  const onGrounds = names.flatMap((name) => ["bg", "surface"].map((ground) => [name, ground]));
  const onSoft = ["good", "bad"].map((name) => [name, `${name}-soft`]);
  return [...onGrounds, ...onSoft].map((pair) =>
    pair.map((name) => style.getPropertyValue(`--${name}`).trim()),
  );
}

/** What can be reached or looked at, and has no name. */
export function readNameless() {
  return [...document.querySelectorAll("button, select, a, [tabindex], [role=img]")]
    .filter((one) => (one.getAttribute("aria-label") ?? one.textContent).trim() === "")
    .map((one) => one.outerHTML);
}

/** How wide the page is, with all that would have to be scrolled to. */
export function readWidth() {
  return document.documentElement.scrollWidth;
}

/** As it looks to somebody who has touched nothing. */
export function leaveAlone() {
  window.scrollTo(0, 0);
  document.activeElement?.blur();
}

export function forgetChoices() {
  localStorage.clear();
}
