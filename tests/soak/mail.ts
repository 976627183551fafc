import { createTransport } from "nodemailer";
import { players, type Scenario, type Worker } from "../../demo/crowd.ts";
import { integer } from "../../demo/material.ts";
import { encrypted } from "../../demo/smtp/clients/mailer.ts";
import { SCENARIOS } from "../../demo/smtp/clients/scenarios.ts";
import type { Address } from "../../host/envoy/address.ts";

/** Sessions at a time. */
const PLAYERS = 6;

/**
 * The demo's mail clients but for its pool, some of whose connections stay for as long as they are not needed: Envoy
 * closes those when a listener that was replaced has drained. `secure`: where Envoy ends TLS.
 */
export function mailClients(clear: Address, secure: Address): Worker[] {
  return [
    ...players(PLAYERS, SCENARIOS, clear),
    ...players(1, [encrypted], clear),
    ...players(1, [mailOverTls], secure),
  ];
}

/** nodemailer inside TLS from the first byte (RFC 8314 §3.3), which Envoy ends: the filter reads what is inside. */
const mailOverTls: Scenario = async ({ host, port }) => {
  const transport = createTransport({
    host,
    port,
    secure: true,
    name: "tls.client.example",
    // The certificate is one of the tests'.
    tls: { rejectUnauthorized: false },
  });
  try {
    await transport.sendMail({
      from: "sender@client.example",
      to: ["office@demo.test"],
      subject: "Soak",
      text: "A line.\n".repeat(integer(1, 2_000)),
    });
  } finally {
    transport.close();
  }
};
