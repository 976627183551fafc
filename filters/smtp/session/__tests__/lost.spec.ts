import { From } from "../../../shared/session/peers";
import { Talk } from "../../__tests__/support";

describe("bytes that could not be had", () => {
  it("end the reading of a session, whoever sent them", () => {
    const sides: From[] = [From.client, From.server];
    for (let i = 0; i < sides.length; i++) {
      const talk = new Talk().begin();
      talk.server("220 mx.example ESMTP\r\n").client("EHLO x\r\n").server("250 mx.example\r\n");
      talk.client("MAIL FROM:<>\r\n").server("250 ok\r\n").client("RCPT TO:<a@mx.exam");
      talk.events();
      talk.session.lose(sides[i], 7);
      talk.client("ple>\r\nQUIT\r\n").server("250 ok\r\n");
      talk.close();
      expect(talk.events("opaque anomaly aborted sent ended")).toBe(
        "anomaly desync; aborted opaque; opaque desync; ended desync esmtp 1",
      );
      const lost = talk.recorder.log.unreadClient + talk.recorder.log.unreadServer;
      expect(lost).toBe(18 + 7 + 12 + 8);
      expect(talk.held).toBe(0);
    }
  });

  it("count where nothing is read any more, and change nothing", () => {
    const talk = new Talk().begin();
    talk.client("\x16\x03\x01");
    talk.events();
    const before = talk.recorder.log.unreadServer;
    talk.session.lose(From.server, 9);
    expect(talk.recorder.log.unreadServer - before).toBe(9);
    talk.close();
    expect(talk.events("opaque anomaly ended")).toBe("ended tls none 0");
  });
});
