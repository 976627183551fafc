import { Slice } from "../bytes/slice";
import { MAX_VM_CONFIGURATION, VmInfo } from "../host/vm-info";

/** A VM's configuration and environment variables, for `FakeProxy.start`. */
export class FakeVm extends VmInfo {
  private configuration: ArrayBuffer = new ArrayBuffer(0);
  private environment: ArrayBuffer = new ArrayBuffer(0);
  private variables: string = "";
  /** From now on nothing can be read. */
  isRefusing: bool = false;

  /** `configuration`: JSON, as Envoy's `vm_config.configuration` brings it. */
  constructor(configuration: string = "") {
    super();
    this.configuration = String.UTF8.encode(configuration);
  }

  /** Adds an environment variable; returns itself. */
  set(name: string, value: string): FakeVm {
    this.variables += name + "=" + value + "\0";
    this.environment = String.UTF8.encode(this.variables);
    return this;
  }

  /** Adds a variable whose value is these bytes, which may be no UTF-8; the last to be added. Returns itself. */
  setBytes(name: string, value: Slice): FakeVm {
    const before = String.UTF8.encode(this.variables + name + "=");
    const made = new ArrayBuffer(before.byteLength + value.length + 1);
    const at = changetype<usize>(made);
    memory.copy(at, changetype<usize>(before), <usize>before.byteLength);
    memory.copy(at + <usize>before.byteLength, value.start, <usize>value.length);
    this.environment = made;
    return this;
  }

  readConfiguration(into: Slice): bool {
    return this.give(this.configuration, MAX_VM_CONFIGURATION, into);
  }

  readEnvironment(into: Slice): bool {
    return this.give(this.environment, i32.MAX_VALUE, into);
  }

  private give(bytes: ArrayBuffer, most: i32, into: Slice): bool {
    into.set(0, 0);
    if (this.isRefusing || bytes.byteLength > most) return false;
    into.set(changetype<usize>(bytes), bytes.byteLength);
    return true;
  }
}
