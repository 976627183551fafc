import { bytes } from "../../__tests__/support";
import { isCancel, isHttpRequestLine, isProxyV1 } from "../textlines";

describe("isHttpRequestLine", () => {
  it("sees a method, and HTTP/ in the last word", () => {
    expect(isHttpRequestLine(bytes("GET / HTTP/1.1"))).toBe(true);
    expect(isHttpRequestLine(bytes("CONNECT mx.example:25 HTTP/1.0"))).toBe(true);
    expect(isHttpRequestLine(bytes("PRI * HTTP/2.0"))).toBe(true);
    expect(isHttpRequestLine(bytes("OPTIONS * http/1.1"))).toBe(true);
  });

  it("sees none elsewhere", () => {
    expect(isHttpRequestLine(bytes("GET / "))).toBe(false);
    expect(isHttpRequestLine(bytes("GET"))).toBe(false);
    expect(isHttpRequestLine(bytes("GET /HTTP/1.1"))).toBe(false);
    expect(isHttpRequestLine(bytes("GO / HTTP/1.1"))).toBe(false);
    expect(isHttpRequestLine(bytes("PROPFINDX / HTTP/1.1"))).toBe(false);
    expect(isHttpRequestLine(bytes("EHLO client.example"))).toBe(false);
    expect(isHttpRequestLine(bytes("G1T / HTTP/1.1"))).toBe(false);
    expect(isHttpRequestLine(bytes(""))).toBe(false);
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
