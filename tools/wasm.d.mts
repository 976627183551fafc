export const CUSTOM_SECTION: number;
export const CODE_SECTION: number;
export const DATA_SECTION: number;
export const DATA_COUNT_SECTION: number;
export class Reader {
  constructor(bytes: Buffer, at?: number);
  readonly at: number;
  readonly atEnd: boolean;
  byte(): number;
  take(length: number): Buffer;
  number(): number;
}
export function sectionsOf(
  module: Buffer,
): { readonly id: number; readonly from: number; readonly to: number; readonly content: Buffer }[];
export function rewritten(
  module: Buffer,
  change: (id: number, content: Buffer) => Buffer | undefined,
): Buffer;
export function number(value: number, width?: number): Buffer;
