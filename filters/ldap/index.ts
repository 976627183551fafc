// build/ldap.wasm: the LDAP filter alone.
export * from "../../assembly/exports";
import { Module } from "../../assembly";
import { LdapFactory } from "./factory";

Module.register(new LdapFactory());
