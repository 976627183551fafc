import type { Scene } from "../scene.ts";
import { SMTP_ACCOUNTS } from "./accounts.ts";
import { mailClients } from "./clients/crowd.ts";
import { SMTP_PANEL } from "./panel.ts";
import { MailServer } from "./server/server.ts";

/** Mail: a mail server, and clients that send to it. */
export const SMTP_SCENE: Scene = {
  protocol: "smtp",
  subject: "mail",
  software: "npm smtp-server",
  serverPort: "mail",
  startServer: (address) => MailServer.start(address),
  startClients: mailClients,
  accounts: SMTP_ACCOUNTS,
  panel: SMTP_PANEL,
};
