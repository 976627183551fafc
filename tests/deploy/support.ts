/** The configurations of deploy/, run as they are: only ports are others, and /etc/heirloom is a temporary folder. */

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMap, isSeq, parseDocument, type Document, type YAMLMap } from "yaml";
import { PROJECT } from "../../host/envoy/project.ts";
import { ACCESS_LOG, FOLDER } from "./shipped.ts";

/** A folder laid out as /etc/heirloom. */
export interface Place {
  readonly folder: string;
  /** PEM. */
  readonly authority: string;
  /** A key and a certificate of the folder's authority. */
  identity(name: string): { readonly cert: string; readonly key: string };
  remove(): void;
}

/** Makes the folder: the module, and certificates of an authority of its own, fresh. */
export function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-deploy-"));
  const tls = join(folder, "tls");
  mkdirSync(tls);
  copyFileSync(join(PROJECT, "build/heirloom.wasm"), join(folder, "heirloom.wasm"));
  const openssl = (...words: string[]): void => {
    execFileSync("openssl", words, { cwd: tls, stdio: "pipe" });
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...key, "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem");
  for (const [file, name] of [
    ["server", "envoy.example"],
    ["mail", "mail.example"],
    ["directory", "directory.example"],
  ]) {
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
    const issuer = ["-CA", "ca.pem", "-CAkey", "ca.key"];
    openssl("req", "-x509", ...key, ...subject, ...issuer, "-keyout", `${file}.key`, "-out", `${file}.pem`);
  }
  const read = (file: string): string => readFileSync(join(tls, file), "utf8");
  return {
    folder,
    authority: read("ca.pem"),
    identity: (name) => ({ cert: read(`${name}.pem`), key: read(`${name}.key`) }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** A shipped file for this machine: all listeners on free ports of 127.0.0.1, the clusters' hosts on the given ones, `admin` with the interface. */
export function placed(
  file: string,
  { folder }: Place,
  servers: Readonly<Record<string, number>> = {},
): string {
  const shipped = readFileSync(join(PROJECT, "deploy", file), "utf8");
  const document = parseDocument(
    shipped
      .replaceAll(ACCESS_LOG, join(folder, "access.log"))
      // What Node gives a child is a socket, which cannot be opened.
      .replaceAll("/dev/stdout", join(folder, "access.log"))
      .replaceAll(FOLDER, folder),
  );
  if (document.has("admin")) move(document, ["admin"], servers["admin"] ?? 0);
  for (const list of [["static_resources", "listeners"], ["resources"]]) {
    each(document, list, (path) => move(document, path, 0));
  }
  each(document, ["static_resources", "clusters"], (path, cluster) => {
    const port = servers[String(cluster.get("name"))];
    const endpoint = ["load_assignment", "endpoints", 0, "lb_endpoints", 0, "endpoint"];
    if (port !== undefined) move(document, [...path, ...endpoint], port);
  });
  return document.toString({ lineWidth: 0 });
}

/** Writes a listeners' file the way Envoy sees it: moved over the old one. */
export function moveOver(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  execFileSync("mv", [`${path}.new`, path]);
}

type Path = readonly (string | number)[];

function each(document: Document, list: Path, action: (path: Path, entry: YAMLMap) => void): void {
  const node = document.getIn(list);
  if (!isSeq(node)) return;
  node.items.forEach((entry, i) => {
    if (isMap(entry)) action([...list, i], entry);
  });
}

function move(document: Document, path: Path, port: number): void {
  const at = [...path, "address", "socket_address"];
  document.setIn([...at, "address"], "127.0.0.1");
  document.setIn([...at, "port_value"], port);
}
