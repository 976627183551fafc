// How a secret may stand in a text that shows it by mistake.

/** Shorter words occur by chance. */
const SHORTEST = 4;

/** A secret as it is, and as it looks once encoded or escaped by whoever logs it; in lower case. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, "latin1");
  const forms = [
    secret,
    bytes.toString("hex"),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    ...inBase64(bytes),
  ];
  const decoded = Buffer.from(secret, "base64");
  // What is Base64 itself is a secret as that, too, and so is each of its fields.
  if (isBase64(secret)) forms.push(...decoded.toString("latin1").split("\0"));
  return [...new Set(forms.filter(({ length }) => length >= SHORTEST).map((form) => form.toLowerCase()))];
}

/** The secrets of which any form is in a text, whatever the case of letters. */
export function shownIn(text: string, secrets: Iterable<string>): string[] {
  const haystack = text.toLowerCase();
  return [...secrets].filter((secret) => formsOf(secret).some((form) => haystack.includes(form)));
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

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+=*$/.test(text);
}
