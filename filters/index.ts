// build/heirloom.wasm: all filters; root_id picks one.
export * from "../assembly/exports";
import { Module } from "../assembly";
import { LdapFactory } from "./ldap/factory";
import { Pop3Factory } from "./pop3/factory";
import { SmtpFactory } from "./smtp/factory";

Module.register(new LdapFactory());
Module.register(new Pop3Factory());
Module.register(new SmtpFactory());
