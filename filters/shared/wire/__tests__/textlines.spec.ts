import { bytes } from "../../__tests__/support";
import { isCancel, isHttpRequestLine, isProxyV1 } from "../textlines";

describe("isHttpRequestLine", () => {
  it("sees a method, and HTTP/ in the last word", () => {
    expect(isHttpRequestLine(bytes("GET / HTTP/1.1"), false)).toBe(true);
    expect(isHttpRequestLine(bytes("CONNECT mx.example:25 HTTP/1.0"), false)).toBe(true);
    expect(isHttpRequestLine(bytes("PRI * HTTP/2.0"), false)).toBe(true);
    expect(isHttpRequestLine(bytes("OPTIONS * http/1.1"), false)).toBe(true);
  });

  it("sees none elsewhere", () => {
    expect(isHttpRequestLine(bytes("GET / "), false)).toBe(false);
    expect(isHttpRequestLine(bytes("GET"), false)).toBe(false);
    expect(isHttpRequestLine(bytes("GET /HTTP/1.1"), false)).toBe(false);
    expect(isHttpRequestLine(bytes("GO / HTTP/1.1"), false)).toBe(false);
    expect(isHttpRequestLine(bytes("PROPFINDX / HTTP/1.1"), false)).toBe(false);
    expect(isHttpRequestLine(bytes("EHLO client.example"), false)).toBe(false);
    expect(isHttpRequestLine(bytes("G1T / HTTP/1.1"), false)).toBe(false);
    expect(isHttpRequestLine(bytes(""), false)).toBe(false);
  });

  it("sees one by its path or URL where its end was not kept", () => {
    expect(isHttpRequestLine(bytes("GET /a"), true)).toBe(true);
    expect(isHttpRequestLine(bytes("GET HTTP://mx.example/a"), true)).toBe(true);
    expect(isHttpRequestLine(bytes("GET"), true)).toBe(false);
    expect(isHttpRequestLine(bytes("GET "), true)).toBe(false);
    expect(isHttpRequestLine(bytes("NOOP a HTTP/1.1"), true)).toBe(false);
    expect(isHttpRequestLine(bytes("G1T /a"), true)).toBe(false);
  });
});

describe("isProxyV1", () => {
  it("sees the preamble of each family", () => {
    expect(isProxyV1(bytes("PROXY TCP4 192.0.2.1 192.0.2.2 4711 25"))).toBe(true);
    expect(isProxyV1(bytes("PROXY TCP6 2001:db8::1 2001:db8::2 4711 25"))).toBe(true);
    expect(isProxyV1(bytes("PROXY UNKNOWN"))).toBe(true);
  });

  it("sees none elsewhere", () => {
    expect(isProxyV1(bytes("PROXY TCP5 x"))).toBe(false);
    expect(isProxyV1(bytes("proxy unknown"))).toBe(false);
    expect(isProxyV1(bytes("PROXY"))).toBe(false);
  });
});

describe("isCancel", () => {
  it("is a star alone", () => {
    expect(isCancel(bytes("*"))).toBe(true);
    expect(isCancel(bytes("**"))).toBe(false);
    expect(isCancel(bytes("="))).toBe(false);
    expect(isCancel(bytes(""))).toBe(false);
  });
});
