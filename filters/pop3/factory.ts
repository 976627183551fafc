import { FilterFactory, Plugin, Settings } from "../../assembly";
import { Pop3Config } from "./config";
import { Pop3Plugin } from "./plugin";

/** Makes POP3 plugins: `root_id` heirloom.pop3. */
export class Pop3Factory extends FilterFactory {
  constructor() {
    super("heirloom.pop3");
  }

  configure(settings: Settings): Plugin {
    return new Pop3Plugin(new Pop3Config(settings));
  }
}
