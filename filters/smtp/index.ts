// build/smtp.wasm: the SMTP filter alone.
export * from "../../assembly/exports";
import { Module } from "../../assembly";
import { SmtpFactory } from "./factory";

Module.register(new SmtpFactory());
