import { left, widthOf, type Style } from "./style.ts";

/** The parts one after the other behind a title, on as many lines as the width takes. */
export function flow(
  title: string,
  parts: readonly string[],
  titleWidth: number,
  { width, style }: { readonly width: number; readonly style: Style },
): string[] {
  const margin = `  ${left(title, titleWidth)}  `;
  const lines: string[] = [];
  let line = "";
  for (const part of parts.length > 0 ? parts : ["·"]) {
    const longer = line === "" ? part : `${line}${style.dim(" · ")}${part}`;
    if (line === "" || widthOf(margin) + widthOf(longer) <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = part;
    }
  }
  const indent = " ".repeat(widthOf(margin));
  return [...lines, line].map((text, i) => (i === 0 ? margin : indent) + text);
}
