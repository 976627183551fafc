import type { Scene } from "../scene.ts";
import { LDAP_ACCOUNTS } from "./accounts.ts";
import { directoryClients } from "./clients/crowd.ts";
import { addresses, badLogins, comparisons, lookUp, mayNot } from "./clients/scenarios.ts";
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
  exhibits: {
    good: [
      { title: "An application looks up what it needs", scenario: lookUp },
      { title: "The mail gateway asks whether addresses exist", scenario: addresses },
    ],
    failing: [
      { title: "Names and passwords that do not belong together", scenario: badLogins },
      { title: "Somebody who may not write, writes", scenario: mayNot },
      { title: "Groups and their members, and some that are not there", scenario: comparisons },
    ],
  },
  accounts: LDAP_ACCOUNTS,
  panel: LDAP_PANEL,
};
