import type { Scene } from "../scene.ts";
import { LDAP_ACCOUNTS } from "./accounts.ts";
import { directoryClients } from "./clients/crowd.ts";
import { LDAP_PANEL } from "./panel.ts";
import { DirectoryServer } from "./server/server.ts";

/** LDAP: a directory server, and clients that ask it. */
export const LDAP_SCENE: Scene = {
  protocol: "ldap",
  subject: "directory",
  software: "npm ldapjs",
  serverPort: "directory",
  startServer: (address) => DirectoryServer.start(address),
  startClients: directoryClients,
  accounts: LDAP_ACCOUNTS,
  panel: LDAP_PANEL,
};
