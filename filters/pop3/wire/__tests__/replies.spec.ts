import { bytes } from "../../__tests__/support";
import { Code, codeOf, CODES, GreetingCheck, Maildrop, Status, statusOf, STATUSES } from "../replies";

const VERDICTS: string[] = ["undecided", "pop3", "foreign"];
const check = new GreetingCheck();
const maildrop = new Maildrop();

/** The verdicts on two pieces. */
function look(first: string, second: string): string {
  check.begin();
  const verdict = check.look(bytes(first));
  return VERDICTS[verdict] + " " + VERDICTS[check.look(bytes(second))];
}

function status(line: string): string {
  return STATUSES[statusOf(bytes(line))];
}

function code(line: string): string {
  return CODES[codeOf(bytes(line))];
}

describe("statusOf", () => {
  it("knows what a line begins with", () => {
    expect(status("+OK")).toBe("ok");
    expect(status("+ok hello")).toBe("ok");
    expect(status("-ERR")).toBe("err");
    expect(status("-Err no")).toBe("err");
    expect(status("+")).toBe("continue");
    expect(status("+ ")).toBe("continue");
    expect(status("+ PDE4OTY=")).toBe("continue");
  });

  it("knows what is none", () => {
    const others = ["", " +OK", "OK", "+O", "-ER", "ERR", ".", "* OK", "220 mx", "++", "+x", "-", "1 120"];
    for (let i = 0; i < others.length; i++) expect(status(others[i])).toBe("other", others[i]);
  });
});

describe("codeOf", () => {
  it("knows the registered response codes", () => {
    expect(code("-ERR [IN-USE] busy")).toBe("in_use");
    expect(code("-ERR [LOGIN-DELAY]")).toBe("login_delay");
    expect(code("-ERR [SYS/TEMP] later")).toBe("sys_temp");
    expect(code("-ERR [sys/perm] never")).toBe("sys_perm");
    expect(code("-ERR [AUTH] wrong")).toBe("auth");
    expect(code("-ERR [UTF8] what")).toBe("utf8");
    expect(code("-ERR [SYS/OTHER] x")).toBe("other");
    expect(code("-ERR [] x")).toBe("other");
  });

  it("finds none elsewhere", () => {
    const others = ["-ERR", "-ERR ", "-ERR no", "-ERR  [AUTH]", "-ERR no [AUTH]", "-ERR[AUTH]", "-ERR [AUTH"];
    for (let i = 0; i < others.length; i++) expect(code(others[i])).toBe("none", others[i]);
    expect(CODES.length).toBe(Code.none + 1);
    expect(STATUSES.length).toBe(Status.none + 1);
  });
});

describe("Maildrop", () => {
  it("reads the drop listing", () => {
    expect(maildrop.read(bytes("+OK 2 320"))).toBe(true);
    expect(maildrop.messages).toBe(2);
    expect(maildrop.octets).toBe(320);
    expect(maildrop.read(bytes("+OK  12  123456789012345 more"))).toBe(true);
    expect(maildrop.messages).toBe(12);
    expect(maildrop.octets).toBe(123456789012345);
  });

  it("believes nothing else", () => {
    const others = ["+OK", "+OK 2", "+OK 2 ", "+OK a 2", "+OK 2 b", "+OK 2 1234567890123456", "+OK -1 5"];
    for (let i = 0; i < others.length; i++) expect(maildrop.read(bytes(others[i]))).toBe(false, others[i]);
  });
});

describe("GreetingCheck", () => {
  it("decides at the first octet that tells, across chunks", () => {
    expect(look("+O", "K")).toBe("undecided pop3");
    expect(look("-e", "rr hello")).toBe("undecided pop3");
    expect(look("+", "ERR")).toBe("undecided foreign");
    expect(look("", "* OK")).toBe("undecided foreign");
    expect(look("-ER", "X")).toBe("undecided foreign");
    expect(look("", "220 mx")).toBe("undecided foreign");
    check.begin();
    expect(VERDICTS[check.look(bytes("+OK"))]).toBe("pop3");
  });
});
