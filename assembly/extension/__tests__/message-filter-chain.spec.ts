import { Streamed } from "../message";
import { client, connectBehind, connectChain, connectPair, down, forget, message, up } from "./message-probe";

describe("MessageFilter in a chain", () => {
  beforeEach(() => {
    forget();
  });

  it("is between links that see bytes before, and such that see whole messages after", () => {
    const connection = connectChain();
    connection.clientSends("on");
    connection.clientSends("e\ntwo\nth");
    connection.clientSends("ree\n");
    expect(down.get("a")).toBe("on e\ntwo\nth ree\n ");
    expect(down.get("c")).toBe("one\ntwo\n three\n ");
    connection.serverSends("Q\0");
    connection.serverSends("\x01aQ");
    connection.serverEnds("\0\x01b");
    expect(up.get("c")).toBe("Q \x01aQ \x01b! ");
    expect(up.get("a")).toBe("Q\x01a Q\x01b! ");
    expect(connection.serverSaw).toBe("one\ntwo\nthree\n");
    expect(connection.clientSaw).toBe(message("Q", "a") + message("Q", "b"));
  });

  it("keeps the order when a later link holds", () => {
    const connection = connectChain();
    connection.clientSends("stop\nhal");
    expect(down.get("c")).toBe("stop\n ");
    connection.clientSends("f\nan");
    expect(down.get("c")).toBe("stop\n half\n ");
    expect(connection.serverSaw).toBe("");
    connection.clientSends("d\n");
    connection.clientSends("on\n");
    expect(connection.serverSaw).toBe("stop\nhalf\nand\non\n");
    expect(client).toBe("sto? [stop] hal? [half] and? [and] on\n? [on] ");
  });

  it("gives back what it keeps when it is switched off", () => {
    const connection = connectChain();
    connection.serverSends("Q\0");
    connection.clientSends("off\nhal");
    expect(connection.serverSaw).toBe("off\n");
    connection.clientSends("f\n");
    expect(connection.serverSaw).toBe("off\nhalf\n");
    connection.serverSends("\x01a");
    expect(connection.clientSaw).toBe(message("Q", "a"));
    expect(client).toBe("off? [off] hal? ");
    expect(Streamed.unwanted).toBe(0);
  });

  it("gives back what it keeps when it fails", () => {
    const connection = connectChain();
    connection.serverSends("Q\0");
    connection.clientSends("fault\nhal");
    expect(connection.serverSaw).toBe("fault\nhal");
    connection.clientEnds("f\n");
    connection.serverEnds("\x01a");
    expect(connection.serverSaw).toBe("fault\nhalf\n");
    expect(connection.clientSaw).toBe(message("Q", "a"));
    expect(down.get("c")).toBe("fault\nhal f\n! ");
  });

  it("gives back what it keeps when an earlier link fails in the same callback", () => {
    const connection = connectPair();
    connection.clientSends("fault\nhal");
    expect(client).toBe("fau? [fault] fau? [fault] ");
    expect(connection.serverSaw).toBe("fault\nhal");
    connection.clientSends("f\n");
    expect(connection.serverSaw).toBe("fault\nhalf\n");
  });

  it("goes on when an earlier link fails in the same callback", () => {
    const connection = connectPair();
    connection.clientSends("no!\nhal");
    expect(connection.serverSaw).toBe("no!\nhal");
    const other = connectPair();
    other.clientSends("one\ntw");
    other.clientSends("o\nthr");
    expect(other.serverSaw).toBe("one\ntwo\n");
  });

  it("keeps what is unfinished of what an earlier link held", () => {
    const connection = connectBehind();
    connection.clientSends("stop\nhal");
    connection.clientSends("f\nan");
    expect(client).toBe("");
    connection.clientSends("on\ntw");
    expect(connection.serverSaw).toBe("stop\nhalf\nanon\n");
    connection.clientSends("o\n");
    expect(connection.serverSaw).toBe("stop\nhalf\nanon\ntwo\n");
  });
});
