/** What a test file needs from outside the project; without it, its tests are skipped by name, and fail in CI. */

import { spawnSync } from "node:child_process";
import { findPostfix, MISSING_POSTFIX, type PostfixTools } from "../../../bench/postfix.ts";
import { locateEnvoy } from "../../../host/envoy/find.ts";
import { describeNeeding } from "../../support/needed.ts";
import { missingServer } from "../servers/installed.ts";
import type { ServerName } from "../servers/recipes.mjs";
import { chromium } from "./chromium.ts";

const postfix = findPostfix();
const envoy = await locateEnvoy();

/** Something a test cannot do without; `postfix` are smtp-source and smtp-sink. */
export type Requirement = "envoy" | "postfix" | "chromium" | "curl" | `server:${ServerName}`;

const MISSING: Record<Requirement, string | undefined> = {
  envoy: envoy.path === undefined ? `Envoy is needed: ${envoy.tried.join("; ")}` : undefined,
  postfix: postfix === undefined ? MISSING_POSTFIX : undefined,
  chromium: chromium === undefined ? "Chromium is needed: $CHROMIUM, or chromium on the PATH" : undefined,
  curl: spawnSync("curl", ["--version"]).status === 0 ? undefined : "curl is needed",
  "server:postfix": missingServer("postfix"),
  "server:exim": missingServer("exim"),
  "server:dovecot": missingServer("dovecot"),
  "server:ds389": missingServer("ds389"),
  "server:samba": missingServer("samba"),
  "server:prometheus": missingServer("prometheus"),
  "server:swaks": missingServer("swaks"),
  "server:slapd": missingServer("slapd"),
};

/** `describe` for tests that need all of `names`. */
export function describeWith(names: readonly Requirement[], title: string, tests: () => void): void {
  const missing = names.map((name) => MISSING[name]).find((reason) => reason !== undefined);
  describeNeeding(missing, title, tests);
}

/** Only inside {@link describeWith} `postfix`. */
export function postfixTools(): PostfixTools {
  if (postfix === undefined) throw new Error(MISSING_POSTFIX);
  return postfix;
}
