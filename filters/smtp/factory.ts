import { FilterFactory, Plugin, Settings } from "../../assembly";
import { SmtpConfig } from "./config";
import { SmtpPlugin } from "./plugin";

/** Makes SMTP plugins: `root_id` heirloom.smtp. */
export class SmtpFactory extends FilterFactory {
  constructor() {
    super("heirloom.smtp");
  }

  configure(settings: Settings): Plugin {
    return new SmtpPlugin(new SmtpConfig(settings));
  }
}
