// What a VM was started with, and which plugins share one: each plugin logs a line when it is configured.
export * from "../../assembly/exports";
import { FilterFactory, Host, Module, NetworkFilter, Plugin, Settings } from "../../assembly";
import { decimal } from "../../assembly/config/strings";

/** How many plugins were configured in this VM. */
let plugins: i32 = 0;

@final
class VmSettingsFactory extends FilterFactory {
  constructor() {
    super("vm-settings");
  }

  configure(settings: Settings): Plugin {
    const name = settings.name("name", "unnamed");
    const team = settings.vm.name("team", "none");
    const rate = settings.vm.integer("rate", 1, 1, 9);
    const environment = settings.environment;
    const region = environment.text("REGION", "nowhere", 64);
    const depth = environment.integer("DEPTH", 2, 1, 9);
    const strict = environment.bool("STRICT", false) ? "strict" : "lax";
    if (environment.has("NEEDS_HOST") && !environment.has("HOST")) environment.error("HOST", "a host's name");
    plugins++;
    const ofVm = "team=" + team + " rate=" + decimal(rate);
    const ofEnvironment = "region=" + region + " depth=" + decimal(depth) + " " + strict;
    Host.log.info(name + ": " + ofVm + " " + ofEnvironment + " plugins=" + decimal(plugins));
    return new VmSettingsPlugin();
  }
}

@final
class VmSettingsPlugin extends Plugin {
  newFilter(): NetworkFilter {
    return new VmSettingsFilter();
  }
}

@final
class VmSettingsFilter extends NetworkFilter {}

Module.register(new VmSettingsFactory());
