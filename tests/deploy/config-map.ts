/** A ConfigMap as `kubectl create configmap NAME --from-file=…` makes it. */

import type { Manifest } from "./kinds.ts";

/** What an object in Kubernetes' store may take (etcd's default limit of a request, 1.5 MiB, less what surrounds it). */
export const MAX_CONFIG_MAP_BYTES = 1024 * 1024;

/** What is UTF-8 goes to `data`, what is not, in base64, to `binaryData`. */
export interface ConfigMap extends Omit<Manifest, "spec"> {
  readonly data: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, string>>;
}

export function kubectlConfigMap(name: string, files: Readonly<Record<string, Buffer>>): ConfigMap {
  const isText = (bytes: Buffer): boolean => bytes.equals(Buffer.from(bytes.toString("utf8")));
  const pick = (wanted: boolean, as: BufferEncoding): Record<string, string> =>
    Object.fromEntries(
      Object.entries(files)
        .filter(([, bytes]) => isText(bytes) === wanted)
        .map(([file, bytes]) => [file, bytes.toString(as)]),
    );
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    data: pick(true, "utf8"),
    binaryData: pick(false, "base64"),
  };
}
