import { DIGEST_BYTES, HmacSha256, Sha256 } from "../sha256";
import { Slice } from "../slice";
import { Text } from "../text";

const digest = heap.alloc(<usize>DIGEST_BYTES);
const hash = new Sha256();

/** One byte for each character. */
function bytes(text: string): Slice {
  const memory = heap.alloc(<usize>max(text.length, 1));
  for (let i = 0; i < text.length; i++) store<u8>(memory + <usize>i, <u8>text.charCodeAt(i));
  return Slice.of(memory, text.length);
}

function hexadecimal(): string {
  let text = "";
  for (let i = 0; i < DIGEST_BYTES; i++)
    text += load<u8>(digest + <usize>i)
      .toString(16)
      .padStart(2, "0");
  return text;
}

function sha256(text: string): string {
  hash.begin().update(bytes(text)).finish(digest);
  return hexadecimal();
}

function hmac(key: string, message: string): string {
  new HmacSha256(bytes(key)).sign(bytes(message), digest);
  return hexadecimal();
}

describe("Sha256", () => {
  it("gives the digests of FIPS 180-4's examples", () => {
    expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).toBe(
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    );
  });

  it("takes a million octets, piece by piece", () => {
    const piece = bytes("a".repeat(100));
    hash.begin();
    for (let i = 0; i < 10_000; i++) hash.update(piece);
    hash.finish(digest);
    expect(hexadecimal()).toBe("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  });

  it("pads every length as it should be", () => {
    let all = "";
    for (let length = 0; length < 200; length++) all += sha256("x".repeat(length));
    expect(sha256(all)).toBe("f61ffcc417e1f0e59eba2da7fa32fbe05b64e478b68c6bacf990455f00248b98");
  });

  it("gives the same however the octets come", () => {
    const whole = sha256("y".repeat(150));
    const message = bytes("y".repeat(150));
    for (let cut = 0; cut <= 150; cut++) {
      hash.begin().update(Slice.of(message.start, cut));
      hash.update(Slice.of(message.start + <usize>cut, 150 - cut)).finish(digest);
      expect(hexadecimal()).toBe(whole);
    }
  });

  it("writes the digest as text", () => {
    const text = Text.ofCapacity(80).string("sha256=");
    hash.begin().update(bytes("abc")).write(text);
    expect(String.UTF8.decodeUnsafe(text.start, text.length)).toBe(
      "sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});

describe("HmacSha256", () => {
  it("gives the codes of RFC 4231's examples", () => {
    expect(hmac("\x0b".repeat(20), "Hi There")).toBe(
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    );
    expect(hmac("Jefe", "what do ya want for nothing?")).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    expect(hmac("\xaa".repeat(131), "Test Using Larger Than Block-Size Key - Hash Key First")).toBe(
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    );
  });

  it("takes a key of a block as it is, and hashes a longer one", () => {
    expect(hmac("a".repeat(64), "x")).toBe(
      "b65ca3a3235f948bc0e6bd747532c54a983b54ddad1a4d1bd8b958e065b1cab4",
    );
    expect(hmac("a".repeat(65), "x")).toBe(
      "5c8ad20f6d25c86ccfc9774f1c0ca49d3675f3a112d9905cce286e2636681b75",
    );
  });

  it("signs many messages with one key", () => {
    const signer = new HmacSha256(bytes("Jefe"));
    signer.sign(bytes("another"), digest);
    signer.sign(bytes("what do ya want for nothing?"), digest);
    expect(hexadecimal()).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });
});
