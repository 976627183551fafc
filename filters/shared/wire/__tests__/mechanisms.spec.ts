import { bytes } from "../../__tests__/support";
import { Mechanism, mechanismOf, MECHANISMS, mayWrap, sendsPassword } from "../mechanisms";

function mechanism(name: string): string {
  return MECHANISMS[mechanismOf(bytes(name))];
}

/** Label values of those for which the answer is yes. */
function those(isWrapping: bool): string {
  const found: string[] = [];
  for (let i = 0; i < MECHANISMS.length; i++) {
    if (isWrapping ? mayWrap(<Mechanism>i) : sendsPassword(<Mechanism>i)) found.push(MECHANISMS[i]);
  }
  return found.join(" ");
}

describe("mechanismOf", () => {
  it("knows the mechanisms, whatever the case", () => {
    expect(mechanism("PLAIN")).toBe("plain");
    expect(mechanism("Login")).toBe("login");
    expect(mechanism("cram-md5")).toBe("cram_md5");
    expect(mechanism("DIGEST-MD5")).toBe("digest_md5");
    expect(mechanism("XOAUTH2")).toBe("xoauth2");
    expect(mechanism("OAUTHBEARER")).toBe("oauthbearer");
    expect(mechanism("NTLM")).toBe("ntlm");
    expect(mechanism("GSSAPI")).toBe("gssapi");
    expect(mechanism("EXTERNAL")).toBe("external");
  });

  it("takes all of SCRAM for one", () => {
    expect(mechanism("SCRAM-SHA-1")).toBe("scram");
    expect(mechanism("scram-sha-256-plus")).toBe("scram");
    expect(mechanism("SCRAM")).toBe("other");
  });

  it("takes everything else for other", () => {
    expect(mechanism("")).toBe("other");
    expect(mechanism("PLAINX")).toBe("other");
    expect(mechanism("PLAI")).toBe("other");
    expect(mechanism("cram_md5")).toBe("other");
  });

  it("knows what may wrap what follows, and what sends the password", () => {
    expect(those(true)).toBe("digest_md5 ntlm gssapi other");
    expect(those(false)).toBe("plain login");
  });

  it("has a label for each", () => {
    expect(MECHANISMS.length).toBe(Mechanism.other + 1);
  });
});
