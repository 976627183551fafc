import { words } from "../words";

describe("words", () => {
  it("takes a text apart at its blanks", () => {
    expect(words("client server")).toStrictEqual(["client", "server"]);
    expect(words("one")).toStrictEqual(["one"]);
    expect(words("a bc def")).toStrictEqual(["a", "bc", "def"]);
  });

  it("takes a text apart at its line ends, however they are indented", () => {
    const text = `
      one two
      three
    `;
    expect(words(text)).toStrictEqual(["one", "two", "three"]);
  });

  it("finds none in nothing", () => {
    expect(words("").length).toBe(0);
    expect(words(" \n ").length).toBe(0);
  });
});
