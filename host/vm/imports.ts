import { Status } from "../abi/constants.ts";
import { buffers } from "./calls/buffers.ts";
import { foreign } from "./calls/foreign.ts";
import { http } from "./calls/http.ts";
import { loggingAndTime } from "./calls/log.ts";
import { metrics } from "./calls/metrics.ts";
import { properties } from "./calls/properties.ts";
import { shared } from "./calls/shared.ts";
import { streams } from "./calls/streams.ts";
import { CANNOT } from "../abi/cannot.ts";
import type { Instance } from "./instance.ts";

/** The functions of module `env`, each with the name it is imported by. What has no place in a TCP stream says so. */
export function proxyFunctions(vm: Instance): Record<string, unknown> {
  return {
    ...loggingAndTime(vm),
    ...metrics(vm),
    ...buffers(vm),
    ...properties(vm),
    ...streams(vm),
    ...http(vm),
    ...shared(vm),
    ...foreign(vm),
    ...absent(vm),
    proxy_send_local_response: (): number => {
      // Without an HTTP stream Envoy sends nothing, and is content.
      vm.flag("originated", CANNOT.originate);
      return Status.ok;
    },
    pthread_equal: (left: number, right: number): number => (left === right ? 1 : 0),
    emscripten_notify_memory_growth: () => undefined,
  };
}

/** What this host does not do: gRPC, which would need a server of it, and DNS. */
function absent(vm: Instance): Record<string, () => number> {
  const answers: Record<string, Status> = {
    envoy_resolve_dns: Status.internalFailure,
  };
  for (const name of "grpc_call grpc_stream grpc_close grpc_cancel grpc_send".split(" ")) {
    answers[`proxy_${name}`] = Status.internalFailure;
  }
  return Object.fromEntries(
    Object.entries(answers).map(([name, status]) => [
      name,
      () => {
        vm.flag("not_emulated", name);
        return status;
      },
    ]),
  );
}
