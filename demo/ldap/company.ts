/** Where the company's directory begins. */
export const SUFFIX = "dc=demo,dc=test";

/** The password of everything that may bind: the demo's own, and no secret. */
export const PASSWORD = "demo-password";

/** The one that may change entries. */
export const PROVISIONING = `cn=provisioning,ou=services,${SUFFIX}`;

/** Entries here are on tape: it takes long to find out about them. */
export const ARCHIVE = `ou=archive,${SUFFIX}`;
/** What was asked here is on its way already when somebody thinks better of it. */
export const TAPES = `ou=tapes,${ARCHIVE}`;

/** What is below here, another server knows. */
export const BRANCH = `ou=branch,${SUFFIX}`;
export const BRANCH_URI = `ldap://branch.demo.test/${BRANCH}`;

/** Where clients put entries that they take away again. */
export const DEVICES = `ou=devices,${SUFFIX}`;

export const APPLICATIONS = 60;
export const PRINTERS = 12;
export const SERVICES = ["mail-gateway", "backup", "monitoring", "provisioning", "vpn"] as const;
const GROUPS = ["administrators", "mail-users", "printing", "backup-operators"] as const;

/** An entry of the directory. */
export interface Entry {
  readonly dn: string;
  readonly attributes: Record<string, string[]>;
}

/** DN of an application, counted from 1. */
export function application(number: number): string {
  return `uid=app${number},ou=applications,${SUFFIX}`;
}

/** DN of a service. */
export function service(name: string): string {
  return `cn=${name},ou=services,${SUFFIX}`;
}

/** DN of a printer, counted from 1. */
export function printer(number: number): string {
  return `cn=printer-${number},ou=printers,${SUFFIX}`;
}

/** The whole company. */
export function company(): Entry[] {
  return [
    { dn: SUFFIX, attributes: { objectClass: ["domain"], dc: ["demo"], description: ["Heirloom demo"] } },
    ...["services", "applications", "printers", "groups", "devices", "archive"].map((name) =>
      unit(`ou=${name},${SUFFIX}`, name),
    ),
    unit(TAPES, "tapes"),
    ...SERVICES.map((name) => ({
      dn: service(name),
      attributes: {
        objectClass: ["applicationProcess", "simpleSecurityObject"],
        cn: [name],
        description: [`service ${name}`],
      },
    })),
    ...upTo(APPLICATIONS).map((number) => ({
      dn: application(number),
      attributes: {
        objectClass: ["account", "simpleSecurityObject"],
        uid: [`app${number}`],
        mail: [`app${number}@demo.test`],
        departmentNumber: [String(100 + (number % 7))],
        description: [`application ${number}`],
      },
    })),
    ...upTo(PRINTERS).map((number) => ({
      dn: printer(number),
      attributes: {
        objectClass: ["device"],
        cn: [`printer-${number}`],
        l: [`floor ${Math.ceil(number / 4)}`],
        serialNumber: [String(40_000 + number)],
      },
    })),
    ...GROUPS.map((name, i) => ({
      dn: `cn=${name},ou=groups,${SUFFIX}`,
      attributes: {
        objectClass: ["groupOfNames"],
        cn: [name],
        member: upTo(APPLICATIONS)
          .filter((number) => number % GROUPS.length === i)
          .map(application),
      },
    })),
  ];
}

function unit(dn: string, name: string): Entry {
  return { dn, attributes: { objectClass: ["organizationalUnit"], ou: [name] } };
}

function upTo(most: number): number[] {
  return Array.from({ length: most }, (_, i) => i + 1);
}
