// How a secret may stand in a text that shows it by mistake.

/** Shorter words occur by chance. */
const SHORTEST = 4;

/** A secret as it is, and as it looks once encoded or escaped by whoever logs it; in lower case. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, "latin1");
  const forms = [
    secret,
    bytes.toString("utf8"),
    bytes.toString("hex"),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    ...inBase64(bytes),
  ];
  return [...new Set(forms.filter(({ length }) => length >= SHORTEST).map((form) => form.toLowerCase()))];
}

/** What its Base64 looks like inside that of something longer: behind 0, 1 or 2 other octets. */
function inBase64(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replaceAll("=", "");
    // The characters at both ends hold bits of the neighbours.
    return whole.slice(before === 0 ? 0 : before + 1, -1);
  });
}

/** Looks for any form of many secrets at once, whatever the case of letters. */
export class SecretFinder {
  /** Secrets that are words of the vocabulary: as such they are not looked for, encoded they are. */
  readonly ordinary: string[] = [];
  /** Forms by their first characters. */
  private readonly byBeginning = new Map<string, { readonly form: string; readonly secret: string }[]>();

  /** `vocabulary`: what shows whoever speaks, in lower case. */
  constructor(secrets: Iterable<string>, vocabulary = "") {
    for (const secret of new Set(secrets)) {
      const forms = formsOf(secret);
      if (vocabulary.includes(secret.toLowerCase())) this.ordinary.push(secret);
      for (const form of forms.filter((one) => !vocabulary.includes(one))) {
        const beginning = form.slice(0, SHORTEST);
        const known = this.byBeginning.get(beginning) ?? [];
        known.push({ form, secret });
        this.byBeginning.set(beginning, known);
      }
    }
  }

  /** The secrets that a text shows. */
  shownIn(text: string): string[] {
    const haystack = text.toLowerCase();
    const found = new Set<string>();
    for (let at = 0; at + SHORTEST <= haystack.length; at++) {
      const here = this.byBeginning.get(haystack.slice(at, at + SHORTEST));
      for (const { form, secret } of here ?? []) if (haystack.startsWith(form, at)) found.add(secret);
    }
    return [...found];
  }
}

/** The secrets of which any form is in a text. */
export function shownIn(text: string, secrets: Iterable<string>): string[] {
  return new SecretFinder(secrets).shownIn(text);
}
