// What the shipped modules can ask of a proxy at all: they observe. Nothing they import edits bytes, calls out, shares
// data with other modules, or knows Envoy's own functions, whatever a configuration says.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { modulePath } from "../support/modules.ts";

const IMPORTS = [
  "env.proxy_close_stream",
  "env.proxy_continue_stream",
  "env.proxy_define_metric",
  "env.proxy_get_buffer_bytes",
  "env.proxy_get_current_time_nanoseconds",
  "env.proxy_get_log_level",
  "env.proxy_get_property",
  "env.proxy_increment_metric",
  "env.proxy_log",
  "env.proxy_record_metric",
  "env.proxy_set_property",
  "env.proxy_set_tick_period_milliseconds",
  "wasi_snapshot_preview1.clock_time_get",
];

test.each(["smtp", "ldap", "pop3", "heirloom"])("%s.wasm imports what it needs, and no more", (name) => {
  const module = new WebAssembly.Module(readFileSync(modulePath(name)));
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name: what }) => `${from}.${what}`);
  expect(imports.sort()).toEqual(IMPORTS);
});
