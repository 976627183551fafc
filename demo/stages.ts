import { compare, type Sides } from "./compare.ts";
import type { BookedServer, Scene } from "./scene.ts";
import type { Section } from "./view/report.ts";

/** A scene whose server runs. */
export interface Stage {
  readonly scene: Scene;
  readonly server: BookedServer;
}

/** Filters against books, scene by scene. */
export function compareStages(stages: readonly Stage[], sides: Sides): Section[] {
  return stages.map(({ scene: { subject, software, accounts } }) => ({
    title: `${subject}: filter and ${software}`,
    rows: compare(accounts, sides),
  }));
}
