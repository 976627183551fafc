import {
  Constants,
  POINTER,
  SIZE,
  bytes,
  call,
  line,
  number,
  result,
  tell,
  telling,
  word,
} from "./telling.ts";

/** Ends what a root context says at on_log. */
export const LOGGED = "logged";

/** WebAssembly text of a module that is a filter and an access logger, and says at on_log what it can know then. */
export function loggingModule(): string {
  const constants = new Constants();
  const own = constants.put("own");
  const path = (name: string): [number, number] => constants.put(name.replaceAll(".", "\0"));
  const known = (name: string): string =>
    result(name, call("get_property", ...path(name), POINTER, SIZE), bytes());
  const present = (name: string): string =>
    result(name, call("get_property", ...path(name), POINTER, SIZE), number(word(SIZE)));
  const acts = [
    ...["own", "plugin_root_id", "plugin_vm_id"].map(known),
    ...["connection_id", "source.port", "upstream.port", "connection.mtls", "connection.tls_version"].map(
      present,
    ),
    result(
      "filter state",
      call("get_property", ...constants.put("filter_state\0wasm.own"), POINTER, SIZE),
      bytes(),
    ),
    result("set", call("set_property", ...own, ...constants.put("late"))),
    result("header", call("map_value", 0, ...own, POINTER, SIZE)),
    result("pairs", call("map_pairs", 0, POINTER, SIZE)),
    result("data", call("buffer_status", 2, POINTER, SIZE)),
    result("configuration", call("buffer_status", 7, POINTER, SIZE)),
    line(tell(LOGGED)),
  ];
  const early = `(drop ${call("set_property", ...own, ...constants.put("early"))}) (i32.const 0)`;
  const text = telling({ newConnection: early });
  return `${text.replace(line(tell("log")), `${line(tell("log"))} ${acts.join(" ")}`)} ${constants.text}`;
}
