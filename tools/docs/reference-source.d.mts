/** See reference-source.mjs. */
export interface ReferenceSection {
  readonly heading: string;
  readonly names: readonly string[];
}

export interface ReferenceEntry {
  readonly name: string;
  readonly declaration: string;
  readonly doc: string;
  readonly members: readonly { readonly signature: string; readonly doc: string; readonly note: string }[];
}

export function sectionsOf(path: string): ReferenceSection[];
export function entryOf(entryPath: string, name: string, problems: string[]): ReferenceEntry;
