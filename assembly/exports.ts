// What a module must export to be a Proxy-Wasm filter. The entry of every module begins with
// `export * from ".../assembly/exports"`.
import "./runtime/texts"; // first of all
import "./runtime/abort";

export * from "./runtime/callbacks";
