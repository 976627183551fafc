import { createTransport } from "nodemailer";
import type { Address } from "../../../host/envoy/address.ts";
import type { Scenario } from "../../crowd.ts";
import { anyOf, integer } from "../../material.ts";
import { recipients } from "./material.ts";

/** nodemailer's pool: a few connections that stay, with message after message on each. */
export class MailerPool {
  private readonly transport;

  constructor({ host, port }: Address) {
    this.transport = createTransport({
      host,
      port,
      pool: true,
      maxConnections: 3,
      maxMessages: 20,
      ignoreTLS: true,
      name: "pool.demo.test",
    });
  }

  /** Sends one message. */
  async send(): Promise<void> {
    await this.transport.sendMail(mail());
  }

  /** Lets go of the connections. */
  close(): void {
    this.transport.close();
  }
}

/** nodemailer with STARTTLS: what the filter sees of it ends at the handshake. */
export const encrypted: Scenario = async ({ host, port }) => {
  const transport = createTransport({
    host,
    port,
    requireTLS: true,
    name: "tls.demo.test",
    // The demo server's certificate is a public test certificate.
    tls: { rejectUnauthorized: false },
  });
  try {
    await transport.sendMail(mail());
  } finally {
    transport.close();
  }
};

function mail(): { from: string; to: string[]; subject: string; text: string } {
  const text = anyOf("Short.", "A line.\n".repeat(integer(10, 400)), ".dots\n..at the start\n".repeat(20));
  return { from: "pool@client.demo.test", to: recipients(integer(1, 2)), subject: "Demo", text };
}
