import { FilterFactory, Plugin, Settings } from "../../assembly";
import { LdapConfig } from "./config";
import { LdapPlugin } from "./plugin";

/** Makes LDAP plugins: `root_id` heirloom.ldap. */
export class LdapFactory extends FilterFactory {
  constructor() {
    super("heirloom.ldap");
  }

  configure(settings: Settings): Plugin {
    return new LdapPlugin(new LdapConfig(settings));
  }
}
