import type { MarkdownPage } from "./markdown.mjs";

/** See links.mjs. */
export function brokenLinks(page: MarkdownPage, pages: ReadonlyMap<string, MarkdownPage>): string[];
export function strangeAddresses(pages: readonly MarkdownPage[]): string[];
