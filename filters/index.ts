// build/heirloom.wasm: all filters; root_id picks one.
export * from "../assembly/exports";
import { Module } from "../assembly";
import { SmtpFactory } from "./smtp/factory";

Module.register(new SmtpFactory());
