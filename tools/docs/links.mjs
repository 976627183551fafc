// Links of the documentation: files and headings have to be there; of addresses elsewhere, what can be said without asking them.
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { anchorsOf, linksOf } from "./markdown.mjs";

/** Links of a page to files and headings that are not there. `pages`: all, by path. */
export function brokenLinks(page, pages) {
  return linksOf(page).flatMap((target) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = "", anchor] = target.split("#");
    const path = file === "" ? page.path : normalize(join(dirname(page.path), file)).replaceAll("\\", "/");
    if (!existsSync(path)) return [`${target}: no such file`];
    const there = pages.get(path.replace(/\/$/, ""));
    const isAnchor = anchor === undefined || there === undefined || anchorsOf(there).includes(anchor);
    return isAnchor ? [] : [`${target}: no such heading`];
  });
}

/** Addresses elsewhere that are none, that anybody on the way could change, or that are written in two ways. */
export function strangeAddresses(pages) {
  const written = new Map();
  return pages.flatMap((page) =>
    linksOf(page)
      .filter((target) => /^[a-z]+:/.test(target))
      .flatMap((target) => {
        if (!URL.canParse(target)) return [`${page.path}: ${target}: no address`];
        const { protocol, host, pathname, hash } = new URL(target);
        if (protocol !== "https:") return [`${page.path}: ${target}: not https`];
        const key = `${host.replace(/^www\./, "")}${pathname.replace(/\/$/, "").toLowerCase()}${hash}`;
        const first = written.get(key) ?? target;
        written.set(key, first);
        return first === target ? [] : [`${page.path}: ${target}: written ${first} elsewhere`];
      }),
  );
}
