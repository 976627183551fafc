import { Settings, VERBOSITIES, Verbosity } from "heirloom/assembly";

/** A request takes some 40 bytes while its reply is owed; no client pipelines more. */
const MAX_OUTSTANDING: i64 = 1_024;

/** A configuration: keys, defaults and ranges. What is missing here is an error for whoever configures it. */
export class MyProtoConfig {
  /** Second part of every metric's name. */
  readonly statPrefix: string;
  /** How much is counted. */
  readonly verbosity: Verbosity;
  /** Requests of one connection that may wait for their replies. */
  readonly outstanding: i32;

  constructor(settings: Settings) {
    this.statPrefix = settings.name("stat_prefix", "default");
    this.verbosity = <Verbosity>settings.choice("verbosity", VERBOSITIES, Verbosity.standard);
    const limits = settings.object("limits");
    this.outstanding = <i32>limits.integer("outstanding", 64, 1, MAX_OUTSTANDING);
  }
}
