// build/myproto.wasm: the module's entry. What a proxy calls comes first, then the filters that the module has.
export * from "heirloom/assembly/exports";
import { Module } from "heirloom/assembly";
import { MyProtoFactory } from "./factory";

Module.register(new MyProtoFactory());
