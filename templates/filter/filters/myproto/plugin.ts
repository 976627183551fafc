import { NetworkFilter, Plugin, Stats } from "heirloom/assembly";
import { MyProtoConfig } from "./config";
import { MyProtoFilter } from "./filter";
import { MyProtoStats } from "./stats";

/** What the connections of one configuration share. */
export class MyProtoPlugin extends Plugin {
  readonly stats: MyProtoStats;

  constructor(readonly config: MyProtoConfig) {
    super();
    this.stats = new MyProtoStats(Stats.of("myproto", config.statPrefix, config.verbosity));
  }

  newFilter(): NetworkFilter {
    return new MyProtoFilter(this);
  }
}
