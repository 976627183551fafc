// The filters that have a reference page: docs/NAME.md, against build/NAME.wasm and filters/NAME/config.schema.json.
// `thresholds`: the configuration's table of thresholds, and what stands for each of its keys in the page.
// `everyCode`: traffic that makes the filter define everything that it defines on first use.
import { ldap } from "./ldap.mjs";
import { pop3 } from "./pop3.mjs";
import { smtp } from "./smtp.mjs";

export const FILTERS = [smtp, ldap, pop3];
