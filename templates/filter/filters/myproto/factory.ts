import { FilterFactory, Plugin, Settings } from "heirloom/assembly";
import { MyProtoConfig } from "./config";
import { MyProtoPlugin } from "./plugin";

/** Makes plugins of `root_id` heirloom.myproto. */
export class MyProtoFactory extends FilterFactory {
  constructor() {
    super("heirloom.myproto");
  }

  configure(settings: Settings): Plugin {
    return new MyProtoPlugin(new MyProtoConfig(settings));
  }
}
