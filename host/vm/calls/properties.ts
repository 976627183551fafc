import { Status } from "../../abi/constants.ts";
import type { Instance } from "../instance.ts";
import { FILTER_STATE_PREFIX } from "../properties.ts";
import { outOfMemory, written } from "./answer.ts";

const TLS_VERSION = "connection\0tls_version";
const ASKED_TOO_EARLY =
  "connection.tls_version: before the handshake Envoy answers TLSv1.2, and stays with it for the whole connection";

/** What Envoy knows of a connection, and what the module adds to it. */
export function properties(vm: Instance) {
  return {
    proxy_get_property: (path: number, pathSize: number, pointerTo: number, sizeTo: number): number => {
      const text = vm.memory.text(path, pathSize);
      if (text === undefined) return outOfMemory(vm, "proxy_get_property");
      const { context } = vm;
      const stream = context.logged ?? context.properties;
      const value = stream.find(text) ?? context.root.properties.find(text);
      if (value === undefined) return Status.notFound;
      if (context.accepting && text === TLS_VERSION) vm.flag("asked_too_early", ASKED_TOO_EARLY);
      return written(vm, vm.copyOut(value, pointerTo, sizeTo));
    },
    proxy_set_property: (key: number, keySize: number, pointer: number, size: number): number => {
      const name = vm.memory.text(key, keySize);
      const value = vm.memory.slice(pointer, size);
      if (name === undefined || value === undefined) return outOfMemory(vm, "proxy_set_property");
      const { context } = vm;
      // A root has no connection whose filter state it could be.
      if (context.control === undefined) return Status.notFound;
      const { filterState } = context.properties;
      const full = FILTER_STATE_PREFIX + name;
      if (filterState.has(full) && context.root.declared?.get(name)?.readOnly === true)
        return Status.badArgument;
      filterState.set(full, Uint8Array.from(value));
      return Status.ok;
    },
  };
}
