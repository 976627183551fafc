const SPACE: i32 = 0x20;

/**
 * The words of a text, which blanks or line ends part: `words("client server")` is `["client", "server"]`. For the
 * value lists of labels: one literal takes a fraction of the room in a module that a literal per value takes.
 */
export function words(text: string): string[] {
  const list = changetype<string[]>(__newArray(count(text), alignof<usize>(), idof<string[]>()));
  let at = 0;
  for (let i = 0; i < list.length; i++) {
    while (isBlank(text, at)) at++;
    const from = at;
    while (at < text.length && !isBlank(text, at)) at++;
    put(list, i, text.substring(from, at));
  }
  return list;
}

/** Sets a place of a list; `index` must be within it. (A plain assignment could abort.) */
export function put(list: string[], index: i32, value: string): void {
  store<usize>(list.dataStart + ((<usize>index) << alignof<usize>()), changetype<usize>(value));
}

/** How many words begin. */
function count(text: string): i32 {
  let begun = 0;
  for (let i = 0; i < text.length; i++) {
    if (!isBlank(text, i) && (i == 0 || isBlank(text, i - 1))) begun++;
  }
  return begun;
}

/** Whether there is a blank at a place, which must be inside. */
function isBlank(text: string, at: i32): bool {
  return text.charCodeAt(at) <= SPACE;
}
