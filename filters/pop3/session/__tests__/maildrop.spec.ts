// What becomes of messages that were marked to be deleted (RFC 1939 §6).
import { From } from "../../../shared/session/peers";
import { Talk } from "../../__tests__/support";

let talk = new Talk();

/** A fresh session in which three messages are marked. */
function marked(): Talk {
  talk = new Talk();
  talk.begin().client("USER a\r\nPASS b\r\nDELE 1\r\nDELE 2\r\nDELE 9\r\nDELE 3\r\n");
  talk.server("+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n-ERR no such message\r\n+OK\r\n");
  expect(talk.events("marked")).toBe("marked; marked; marked");
  return talk;
}

const WORDS: string = "marked deleted ended";

describe("a deletion", () => {
  it("is done when QUIT is answered", () => {
    marked()
      .lines(
        `C: QUIT
        S: +OK`,
      )
      .close();
    expect(talk.events(WORDS)).toBe("deleted committed 3; ended quit updated 0");
  });

  it("may fail for some", () => {
    marked()
      .lines(
        `C: QUIT
        S: -ERR some deleted messages not removed`,
      )
      .close();
    expect(talk.events(WORDS)).toBe("deleted incomplete 3; ended quit incomplete 0");
  });

  it("is undone by RSET", () => {
    marked()
      .lines(
        `C: RSET
        S: +OK
        C: DELE 1
        S: +OK
        C: QUIT
        S: +OK`,
      )
      .close();
    expect(talk.events(WORDS)).toBe("deleted reset 3; marked; deleted committed 1; ended quit updated 0");
  });

  it("does not happen without QUIT", () => {
    marked().session.end(From.client);
    talk.close();
    expect(talk.events(WORDS)).toBe("deleted dropped 3; ended client_close unfinished 0");
  });

  it("is unknown when QUIT is not answered, or the session not read to its end", () => {
    marked().client("QUIT\r\n").close();
    expect(talk.events(WORDS)).toBe("deleted unknown 3; ended quit unfinished 0");
    marked().session.lose(From.client, 5);
    talk.close();
    expect(talk.events(WORDS)).toBe("deleted unknown 3; ended desync unread 0");
  });
});
