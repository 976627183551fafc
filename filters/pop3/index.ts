// build/pop3.wasm: the POP3 filter alone.
export * from "../../assembly/exports";
import { Module } from "../../assembly";
import { Pop3Factory } from "./factory";

Module.register(new Pop3Factory());
