/** See markdown.mjs. */
export interface MarkdownPage {
  readonly path: string;
  readonly blocks: readonly MarkdownBlock[];
  readonly prose: readonly string[];
}

/** A code block; `mark`: what a `<!-- docs-check: … -->` directly above it says, "" without one. */
export interface MarkdownBlock {
  readonly language: string;
  readonly mark: string;
  readonly lines: readonly string[];
  readonly text: string;
}

export function markdownFiles(): string[];
export function readMarkdown(path: string, text?: string): MarkdownPage;
export function tablesOf(page: MarkdownPage, topic: string): Record<string, string>[][];
export function codeWords(cell: string): string[];
