import { service, SUFFIX } from "../../ldap/company.ts";
import { sessionAs } from "../../ldap/clients/session.ts";
import type { StoryCheck } from "../../page/story-state.ts";
import { notMade, type Act, type World } from "../act.ts";
import { AlertWatch } from "../alerts.ts";
import { settle } from "../claims.ts";

const ALERT = "LdapCleartextBinds";
const BINDS = 3;

/** A password in clear. */
export const CLEARTEXT: Act = {
  title: "a client binds in clear text",
  text:
    "A backup job is started with ldap:// in place of ldaps://, and its password crosses the network in clear. The directory does not mind, " +
    "and nobody would know. The alert for it waits for nothing: one such bind is enough.",
  play,
};

async function play(world: World): Promise<readonly StoryCheck[]> {
  const { alerts, listen, read, signal, tell } = world;
  const before = await read();
  const watch = alerts && (await AlertWatch.begin(alerts, ALERT));
  for (let left = BINDS; left > 0; left--) {
    await sessionAs(service("backup"), listen.ldap, async (client) => {
      await client.search(SUFFIX, { scope: "base" });
    });
  }
  tell(`${BINDS} connections, each with a password in clear`);
  const binds = await settle(
    [
      { metric: "ldap_connections_total", rise: BINDS },
      { metric: "ldap_connection_ends_total", where: { reason: "unbind" }, rise: BINDS },
      { metric: "ldap_binds_total", where: { method: "simple" }, rise: BINDS },
      { metric: "ldap_bind_results_total", where: { result: "success" }, rise: BINDS },
      { metric: "ldap_cleartext_binds_total", where: { method: "simple" }, rise: BINDS },
    ],
    before,
    world,
  );
  if (!alerts || !watch) return [...binds, notMade(`alert ${ALERT}`, world.missing.alerts)];
  await watch.until("firing", signal, (state) => {
    tell(`Prometheus: ${ALERT} is ${state}`);
  });
  tell(`"${await alerts.summary(ALERT)}"`);
  return [...binds, watch.check("inactive", "firing")];
}
