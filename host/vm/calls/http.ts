import { HeaderMapType, MAX_HEADER_MAP_TYPE, Status } from "../../abi/constants.ts";
import { readPairs, writePairs, type Pairs } from "../../abi/pairs.ts";
import type { Instance } from "../instance.ts";
import { misuse, outOfMemory, written } from "./answer.ts";

/** Requests to HTTP servers, and the header maps of their answers. */
export function http(vm: Instance) {
  return { ...request(vm), ...maps(vm), ...readOnlyMaps(vm) };
}

function request(vm: Instance) {
  return {
    proxy_http_call: (
      cluster: number,
      clusterSize: number,
      headers: number,
      headersSize: number,
      body: number,
      bodySize: number,
      trailers: number,
      trailersSize: number,
      timeout: number,
      tokenTo: number,
    ): number => {
      const { memory } = vm;
      const name = memory.text(cluster, clusterSize);
      const head = memory.slice(headers, headersSize);
      const content = memory.slice(body, bodySize);
      const tail = memory.slice(trailers, trailersSize);
      const readable =
        name !== undefined && head !== undefined && content !== undefined && tail !== undefined;
      if (!readable || !memory.writeU32(tokenTo, 0)) return outOfMemory(vm, "proxy_http_call");
      const token = vm.http.send(vm.context.root, {
        cluster: name,
        headers: readPairs(head),
        body: Uint8Array.from(content),
        trailers: readPairs(tail),
        timeoutMs: timeout | 0,
      });
      if (typeof token !== "number") return token.status;
      return written(vm, memory.writeU32(tokenTo, token));
    },
    proxy_get_status: (codeTo: number, pointerTo: number, sizeTo: number): number => {
      const { code, message } = vm.context.callStatus;
      return written(
        vm,
        vm.memory.writeU32(codeTo, code) && vm.copyOut(Buffer.from(message), pointerTo, sizeTo),
      );
    },
  };
}

function maps(vm: Instance) {
  const find = (type: number): Pairs | undefined => {
    const answer = vm.context.root.httpAnswer;
    if (type === HeaderMapType.httpCallResponseHeaders) return answer?.headers;
    // Without trailers there is no map of them.
    const trailers = type === HeaderMapType.httpCallResponseTrailers ? answer?.trailers : undefined;
    return trailers?.length === 0 ? undefined : trailers;
  };
  return {
    proxy_get_header_map_value: (
      type: number,
      key: number,
      keySize: number,
      pointerTo: number,
      sizeTo: number,
    ): number => {
      if (type >>> 0 > MAX_HEADER_MAP_TYPE) return misuse(vm, `header map ${type}`);
      const name = vm.memory.text(key, keySize);
      if (name === undefined) return outOfMemory(vm, "proxy_get_header_map_value");
      const map = find(type);
      if (map === undefined) {
        if (vm.context.isLogging) return Status.notFound;
        vm.flag("map_unavailable", `header map ${type} does not exist here`);
        return Status.badArgument;
      }
      const value = map.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
      return value === undefined
        ? Status.notFound
        : written(vm, vm.copyOut(Buffer.from(value), pointerTo, sizeTo));
    },
    proxy_get_header_map_pairs: (type: number, pointerTo: number, sizeTo: number): number => {
      if (type >>> 0 > MAX_HEADER_MAP_TYPE) return misuse(vm, `header map ${type}`);
      const map = find(type) ?? [];
      const bytes = map.length === 0 ? new Uint8Array() : writePairs(map);
      return written(vm, vm.copyOut(bytes, pointerTo, sizeTo));
    },
  };
}

/** The size of a map and changes to it exist for HTTP streams only; an answer's maps are closed to them too. */
function readOnlyMaps(vm: Instance): Record<string, () => number> {
  const names = ["add_header_map_value", "replace_header_map_value", "remove_header_map_value"];
  names.push("set_header_map_pairs", "get_header_map_size");
  return Object.fromEntries(
    names.map((name) => [
      `proxy_${name}`,
      () => {
        vm.flag("map_unavailable", `proxy_${name}: only HTTP streams have it`);
        return Status.badArgument;
      },
    ]),
  );
}
