// WebAssembly text for modules that say in words what they see: used to hold this host against Envoy.

import { MARK } from "./behind.ts";

/** Where results of host calls are written: an address, a size, and a number. */
export const POINTER = 24;
export const SIZE = 28;
export const NUMBER = 16;

/** Notes a text. */
export const tell = (text: string): string =>
  [...text].map((c) => `(call $note (i32.const ${c.charCodeAt(0)}))`).join(" ");
/** Notes a number in decimal. */
export const number = (value: string): string => `(call $decimal ${value})`;
export const i32 = (value: number): string => `(i32.const ${value})`;
export const word = (at: number): string => `(i32.load (i32.const ${at}))`;
/** Notes the bytes that a host call gave, what is not printable as `_`. */
export const bytes = (): string => `(call $copy ${word(POINTER)} ${word(SIZE)})`;

/** A marked line. */
export const line = (...parts: string[]): string => `${tell(MARK)} ${parts.join(" ")} (call $flush)`;

/** A marked line: the label, what a host call returned, and more that is noted after it. */
export function result(label: string, call: string, ...more: string[]): string {
  const reset = [POINTER, SIZE, NUMBER].map((at) => `(i32.store ${i32(at)} ${i32(0)})`).join(" ");
  return `${reset} ${line(tell(`${label} `), number(call), ...more.map((one) => `${tell(" ")} ${one}`))}`;
}

/** A call of a function that `wat.ts` imports. */
export function call(name: string, ...parameters: readonly (number | string)[]): string {
  return `(call $${name} ${parameters.map((one) => (typeof one === "number" ? i32(one) : one)).join(" ")})`;
}

/** The functions that {@link number} and {@link bytes} need. */
export const TELLING = `
  (func $decimal (param $value i32)
    (if (i32.ge_u (local.get $value) (i32.const 10))
      (then (call $decimal (i32.div_u (local.get $value) (i32.const 10)))))
    (call $note (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10)))))
  (func $copy (param $at i32) (param $size i32) (local $byte i32)
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $size)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.or (i32.lt_u (local.get $byte) (i32.const 32)) (i32.gt_u (local.get $byte) (i32.const 126)))
        (then (local.set $byte (i32.const 95))))
      (call $note (local.get $byte))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $size (i32.sub (local.get $size) (i32.const 1)))
      (br $next))))`;

/** Constants of a module: each is put somewhere and named by its address and size. */
export class Constants {
  private at = 16384;
  private readonly segments: string[] = [];

  /** Address and size, as host calls take them. */
  put(content: string | Uint8Array): [pointer: number, size: number] {
    const buffer = Buffer.from(content);
    const { at } = this;
    const escaped = Array.from(buffer, (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    this.segments.push(`(data (i32.const ${at}) "${escaped}")`);
    this.at += buffer.length + 1;
    return [at, buffer.length];
  }

  get text(): string {
    return this.segments.join("\n");
  }
}

/** What a module does in a callback besides telling of it; of those that answer, the answer is the last expression. */
export interface Acts {
  readonly newConnection?: string;
  readonly downstream?: string;
  readonly upstream?: string;
  /** On the tick after so many data callbacks and none sooner: see {@link later}. */
  readonly tick?: string;
  readonly configure?: string;
  readonly more?: string;
}

const GO_ON = "(i32.const 0)";

/** A module that tells of every callback of a connection. `$stream` is the id of the last that was accepted. */
export function telling(acts: Acts): string {
  const at = (name: string): string => ` ${tell(" ")} ${number(`(local.get $${name})`)}`;
  return `${TELLING}
  (global $stream (mut i32) (i32.const 0))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) ${acts.configure ?? ""}
    ${acts.tick === undefined ? "" : "(drop (call $tick (i32.const 50)))"} (i32.const 1))
  (func (export "proxy_on_tick") (param i32) ${acts.tick ?? ""})
  (func (export "proxy_on_new_connection") (param $id i32) (result i32)
    (global.set $stream (local.get $id)) ${line(tell("new"))} ${acts.newConnection ?? GO_ON})
  (func (export "proxy_on_downstream_data") (param i32) (param $size i32) (param $end i32) (result i32)
    ${line(tell("downstream"), at("size"), at("end"))} ${acts.downstream ?? GO_ON})
  (func (export "proxy_on_upstream_data") (param i32) (param $size i32) (param $end i32) (result i32)
    ${line(tell("upstream"), at("size"), at("end"))} ${acts.upstream ?? GO_ON})
  (func (export "proxy_on_upstream_connection_close") (param i32) (param $peer i32)
    ${line(tell("upstream close"), at("peer"))})
  (func (export "proxy_on_downstream_connection_close") (param i32) (param $peer i32)
    ${line(tell("downstream close"), at("peer"))})
  (func (export "proxy_on_done") (param i32) (result i32) ${line(tell("done"))} (i32.const 1))
  (func (export "proxy_on_log") (param i32) ${line(tell("log"))})
  (func (export "proxy_on_delete") (param i32) ${line(tell("delete"))})
  ${acts.more ?? ""}`;
}
