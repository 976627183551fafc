/** Which Envoy is under test, and what is otherwise in older ones. */

import { execFileSync } from "node:child_process";
import { locateEnvoy } from "../../../host/envoy/find.ts";
import { compareVersions, minorOf } from "../../../host/envoy/versions.ts";
import { SINCE, type Difference } from "../../compat/differences.ts";

const { path } = await locateEnvoy();

/** As Envoy says it, `1.40.0`; undefined where there is none. */
export const envoyVersion = path === undefined ? undefined : versionOf(path);

/** Whether the Envoy under test does it as newer ones do. */
export function does(what: Difference): boolean {
  return envoyVersion === undefined || compareVersions(minorOf(envoyVersion), SINCE[what]) >= 0;
}

/** Why a session ended whose server reset the connection. */
export const RESET_REASON = does("server-reset") ? "server_close" : "proxy_close";

function versionOf(binary: string): string {
  const said = execFileSync(binary, ["--version"], { encoding: "utf8" });
  const found = /\/(\d+\.\d+\.\d+)[^/]*\//.exec(said)?.[1];
  if (found === undefined) throw new Error(`no version of Envoy: ${said.trim()}`);
  return found;
}
