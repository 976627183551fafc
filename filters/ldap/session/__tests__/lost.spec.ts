import { From } from "../../../shared/session/peers";
import { entry, search, Talk } from "../../__tests__/support";
import { EndReason } from "../observer";

describe("bytes that could not be had", () => {
  it("end the reading of a connection, whoever sent them", () => {
    const sides: From[] = [From.client, From.server];
    for (let i = 0; i < sides.length; i++) {
      const talk = new Talk().begin();
      talk.client(search(1)).server(entry(1).slice(0, 20));
      talk.events();
      talk.session.lose(sides[i], 7);
      talk.client(search(2)).server(entry(1).slice(20));
      talk.close(EndReason.proxy_close);
      expect(talk.events("opaque anomaly end ended request")).toBe(
        "end search unanswered; opaque desync; ended proxy_close",
      );
      const lost = talk.recorder.log.unreadClient + talk.recorder.log.unreadServer;
      expect(lost).toBe(7 + search(2).length / 2 + entry(1).length / 2);
    }
  });
});
