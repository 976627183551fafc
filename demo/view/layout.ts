import { panelLines, type PanelContent, type Room } from "./panel.ts";
import { left, type Style } from "./style.ts";

/** Where a terminal is at least so wide, panels stand side by side. */
const SIDE_BY_SIDE = 150;
const GAP = "   ";

/** The panels side by side where the room is wide, else one below the other, each with its share of the lines. */
export function layout(panels: readonly PanelContent[], room: Room, style: Style): string[] {
  return room.width >= SIDE_BY_SIDE ? beside(panels, room, style) : below(panels, room, style);
}

function beside(panels: readonly PanelContent[], { width, height }: Room, style: Style): string[] {
  const share = Math.floor((width - GAP.length * (panels.length - 1)) / panels.length);
  const columns = panels.map((panel) => panelLines(panel, { width: share, height }, style));
  const lines = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: lines }, (_, i) =>
    columns
      .map((column) => left(column[i] ?? "", share))
      .join(GAP)
      .trimEnd(),
  );
}

function below(panels: readonly PanelContent[], { width, height }: Room, style: Style): string[] {
  const whole = panels.map((panel) => panelLines(panel, { width, height: Infinity }, style));
  const gaps = panels.length - 1;
  const needed = whole.reduce((sum, { length }) => sum + length, gaps);
  const share = Math.floor((height - gaps) / panels.length);
  const shown =
    needed <= height ? whole : panels.map((panel) => panelLines(panel, { width, height: share }, style));
  return shown.flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}
