/** What is in the directory that slapd serves in tests. */

/** The naming context. */
export const SUFFIX = "dc=example,dc=com";

export const PEOPLE = `ou=people,${SUFFIX}`;

/** Who may do everything. */
export const ADMIN = { name: `cn=admin,${SUFFIX}`, password: "secret" } as const;

/** Everyone's password. */
export const PASSWORD = "secret";

/** One of the people by name; {@link LOCKABLE} is for wrong passwords, {@link LIMITED} may not look at much. */
export function person(uid: string): string {
  return `uid=${uid},${PEOPLE}`;
}

export const LOCKABLE = "lisa";
export const LIMITED = "max";

/** Beside those with names: u000, u001 … */
export const USERS = 200;

/** The value of its jpegPhoto has as many octets. */
export const PHOTO_BYTES = 60_000;
export const PHOTO = `cn=photo,${SUFFIX}`;

/** A subtree that another server has. */
export const ELSEWHERE = `ou=elsewhere,${SUFFIX}`;

/** Below it are entries to which slapd answers every operation with a code of theirs (slapo-retcode). */
export const CODES = "ou=codes,dc=codes";

/** The directory as LDIF. */
export function seed(): string {
  const entries = [
    entry(SUFFIX, { objectClass: "domain", dc: "example" }),
    entry(PEOPLE, { objectClass: "organizationalUnit", ou: "people" }),
    entry(`ou=groups,${SUFFIX}`, { objectClass: "organizationalUnit", ou: "groups" }),
    entry(`cn=policy,${SUFFIX}`, {
      objectClass: ["device", "pwdPolicy"],
      cn: "policy",
      pwdAttribute: "userPassword",
      pwdLockout: "TRUE",
      pwdMaxFailure: "3",
    }),
    entry(ELSEWHERE, {
      objectClass: ["referral", "extensibleObject"],
      ou: "elsewhere",
      ref: [
        "ldap://one.example/ou=elsewhere,dc=example,dc=com",
        "ldap://two.example/ou=elsewhere,dc=example,dc=com",
      ],
    }),
    `${entry(PHOTO, { objectClass: ["applicationProcess", "extensibleObject"], cn: "photo" })}jpegPhoto:: ${photo()}\n`,
    ...["ann", "ben", LOCKABLE, LIMITED].map((uid) => member(uid)),
    ...Array.from({ length: USERS }, (_, i) => member(userName(i))),
  ];
  return entries.join("\n");
}

/** The name of one of {@link USERS}. */
export function userName(i: number): string {
  return `u${String(i).padStart(3, "0")}`;
}

/** LDIF of a person that is not there. */
export function newcomer(uid: string): string {
  return member(uid);
}

function member(uid: string): string {
  return entry(person(uid), {
    objectClass: "inetOrgPerson",
    uid,
    cn: uid,
    sn: uid,
    mail: `${uid}@example.com`,
    description: "one of many people in the directory",
    userPassword: PASSWORD,
  });
}

function entry(name: string, attributes: Readonly<Record<string, string | readonly string[]>>): string {
  const lines = Object.entries(attributes).flatMap(([attribute, values]) =>
    [values].flat().map((value) => `${attribute}: ${value}\n`),
  );
  return `dn: ${name}\n${lines.join("")}`;
}

function photo(): string {
  return Buffer.alloc(PHOTO_BYTES, "photo").toString("base64");
}
