const SPACE: u16 = 0x20;

/**
 * The words of a text that has one space between any two: `words("client server")` is `["client", "server"]`. For the
 * value lists of labels: one literal takes a fraction of the room in a module that a literal per value takes.
 */
export function words(text: string): string[] {
  const list = changetype<string[]>(__newArray(count(text), alignof<usize>(), idof<string[]>()));
  let from = 0;
  for (let i = 0; i < list.length; i++) {
    const to = endOfWord(text, from);
    put(list, i, text.substring(from, to));
    from = to + 1;
  }
  return list;
}

/** Sets a place of a list; `index` must be within it. (A plain assignment could abort.) */
export function put(list: string[], index: i32, value: string): void {
  store<usize>(list.dataStart + ((<usize>index) << alignof<usize>()), changetype<usize>(value));
}

function count(text: string): i32 {
  if (text.length == 0) return 0;
  let spaces = 0;
  for (let i = 0; i < text.length; i++) {
    if (<u16>text.charCodeAt(i) == SPACE) spaces++;
  }
  return spaces + 1;
}

function endOfWord(text: string, from: i32): i32 {
  let at = from;
  while (at < text.length && <u16>text.charCodeAt(at) != SPACE) at++;
  return at;
}
