import { createTransport } from "nodemailer";
import type { Scenario } from "../../demo/crowd.ts";
import { integer } from "../../demo/material.ts";

/** nodemailer inside TLS from the first byte (RFC 8314 §3.3), which Envoy ends: the filter reads what is inside. */
export const mailOverTls: Scenario = async ({ host, port }) => {
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
