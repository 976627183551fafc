import { words } from "../words";

describe("words", () => {
  it("takes a text apart at its spaces", () => {
    expect(words("client server")).toStrictEqual(["client", "server"]);
    expect(words("one")).toStrictEqual(["one"]);
    expect(words("a bc def")).toStrictEqual(["a", "bc", "def"]);
  });

  it("finds none in nothing", () => {
    expect(words("").length).toBe(0);
  });
});
