/** The module with its texts packed; the same where it has no place for them. */
export function packTexts(module: Buffer): Buffer;
