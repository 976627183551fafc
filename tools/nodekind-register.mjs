// Makes as-pect 8.1 work with AssemblyScript >= 0.28.16; see nodekind-hooks.mjs.
import { register } from "node:module";

register("./nodekind-hooks.mjs", import.meta.url);
