export const DATA_SECTION: number;
export const DATA_COUNT_SECTION: number;
export class Reader {
  constructor(bytes: Buffer, at?: number);
  readonly at: number;
  number(): number;
}
export function rewritten(
  module: Buffer,
  change: (id: number, content: Buffer) => Buffer | undefined,
): Buffer;
export function number(value: number, width?: number): Buffer;
