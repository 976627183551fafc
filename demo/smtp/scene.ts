import type { Scene } from "../scene.ts";
import { SMTP_ACCOUNTS } from "./accounts.ts";
import { mailClients } from "./clients/crowd.ts";
import { allRefused, bounce, oversized, pipelined, someRefused } from "./clients/scenarios.ts";
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
  exhibits: {
    good: [
      { title: "Messages one behind the other, commands in groups", scenario: pipelined },
      { title: "A bounce: nobody to answer to", scenario: bounce },
    ],
    failing: [
      { title: "Two of three recipients are refused", scenario: someRefused },
      { title: "A message that is too large, which only its end shows", scenario: oversized },
      { title: "Every recipient is refused, and so is DATA", scenario: allRefused },
    ],
  },
  accounts: SMTP_ACCOUNTS,
  panel: SMTP_PANEL,
};
