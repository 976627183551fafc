/** What each server is made of, for the script that fetches them and for the tests that need to know whether they are there. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Under it one root file system for each server. */
const SERVERS = fileURLToPath(new URL("../../../.cache/servers", import.meta.url));

/** Debian packages, users of the root file system in the order of their ids, from 900 on, and groups without a user. */
export const RECIPES = {
  postfix: { packages: ["postfix"], program: "usr/sbin/postconf", users: ["postfix"], groups: ["postdrop"] },
  exim: { packages: ["exim4-daemon-heavy"], program: "usr/sbin/exim4", users: ["Debian-exim"], groups: [] },
  dovecot: {
    packages: ["dovecot-core", "dovecot-lmtpd", "dovecot-pop3d"],
    program: "usr/sbin/dovecot",
    users: ["dovecot", "dovenull", "vmail"],
    groups: [],
  },
  ds389: { packages: ["389-ds-base"], program: "usr/sbin/ns-slapd", users: ["dirsrv"], groups: [] },
  // The domain controller with its own clients; ldbsearch speaks GSS-SPNEGO with any protection.
  samba: {
    packages: [
      "samba",
      "samba-dsdb-modules",
      "samba-ad-provision",
      "samba-vfs-modules",
      "ldb-tools",
      "ldap-utils",
    ],
    program: "usr/sbin/samba",
    users: [],
    // Provisioning asks for it.
    groups: ["users"],
  },
  // With promtool.
  prometheus: { packages: ["prometheus"], program: "usr/bin/prometheus", users: [], groups: [] },
  swaks: { packages: ["swaks"], program: "usr/bin/swaks", users: [], groups: [] },
  // With OpenLDAP's clients, SASL's mechanisms, a Kerberos of its own for GSSAPI, and what makes a certificate.
  slapd: {
    packages: [
      ...["slapd", "ldap-utils", "openssl"],
      ...["libsasl2-modules", "libsasl2-modules-gssapi-mit", "krb5-kdc", "krb5-admin-server", "krb5-user"],
    ],
    program: "usr/sbin/slapd",
    users: [],
    groups: [],
  },
};

/** The root file system of the server `name`. */
export function rootOf(name) {
  return join(SERVERS, name);
}

/** The file that says what a finished root file system was made from. */
export function stampOf(name) {
  return join(rootOf(name), ".complete");
}

/** What the stamp has to say. */
export function recipeText(name) {
  return `${JSON.stringify(RECIPES[name])}\n`;
}

/** Whether the server `name` was fetched, and by this recipe. */
export function isThere(name) {
  const stamp = stampOf(name);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === recipeText(name);
}
