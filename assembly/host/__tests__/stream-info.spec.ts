import { Slice } from "../../bytes/slice";
import { Text } from "../../bytes/text";
import { Utf8 } from "../../bytes/utf8";
import { FakeHost } from "../../testing";
import { KNOWN_NUMBERS, Known } from "../known";
import { MAX_PATH } from "../properties";
import { StreamInfo } from "../stream-info";
import { TlsInfo } from "../tls-info";
import { XdsInfo } from "../xds-info";

/** A text, or "-" where there is none. */
function shown(text: Slice | null): string {
  return text === null ? "-" : String.UTF8.decodeUnsafe(text.start, text.length);
}

function number(known: Known<u64> | null): string {
  return known === null ? "-" : known.value.toString();
}

function truth(known: Known<bool> | null): string {
  return known === null ? "-" : known.value ? "yes" : "no";
}

/** The path that was asked for last, dots for NUL. */
function asked(_: bool): string {
  return FakeHost.properties.lastPath.replaceAll("\0", ".");
}

/** Where a text is written that may be no text. */
const written: Text = Text.ofCapacity(1024);

/** Looks at a text in every way there is; how much of it there was. */
function use(text: Slice | null): i32 {
  if (text === null) return 0;
  written.clear().replacing(text);
  const decoded = Utf8.decode(text);
  expect(decoded !== null).toBe(Utf8.isValid(text));
  return text.length;
}

function useTls(tls: TlsInfo): i32 {
  let used = use(tls.version()) + use(tls.localSubject()) + use(tls.peerSubject());
  used += use(tls.localDnsName()) + use(tls.peerDnsName()) + use(tls.localUri()) + use(tls.peerUri());
  return used + use(tls.peerDigest()) + use(tls.peerCertificate());
}

/** Every getter of a text; the bytes of all of them. */
function useTexts(): i32 {
  let used = use(StreamInfo.sourceAddress()) + use(StreamInfo.destinationAddress());
  used += use(StreamInfo.terminationDetails()) + use(StreamInfo.transportFailure());
  used += use(StreamInfo.requestedServerName()) + use(StreamInfo.tlsVersion());
  used += use(StreamInfo.upstreamAddress()) + use(StreamInfo.upstreamLocalAddress());
  used += use(StreamInfo.upstreamTransportFailure()) + use(StreamInfo.upstreamServerName());
  used += useTls(StreamInfo.clientTls()) + useTls(StreamInfo.serverTls());
  used += use(XdsInfo.nodeId()) + use(XdsInfo.nodeCluster()) + use(XdsInfo.nodeRegion());
  used += use(XdsInfo.nodeZone()) + use(XdsInfo.nodeMetadata("k")) + use(XdsInfo.clusterName());
  used += use(XdsInfo.filterChainName()) + use(XdsInfo.listenerMetadata("a", "b"));
  return used + use(XdsInfo.clusterMetadata("a", "b")) + use(XdsInfo.upstreamHostMetadata("a", "b"));
}

/** How many getters of texts there are. */
const TEXTS: i32 = 38;

/** Every getter of a number or a truth: how many knew something. */
function countNumbers(): i32 {
  let known = 0;
  if (StreamInfo.sourcePort() !== null) known++;
  if (StreamInfo.destinationPort() !== null) known++;
  if (StreamInfo.connectionId() !== null) known++;
  if (StreamInfo.startTime() !== null) known++;
  if (StreamInfo.duration() !== null) known++;
  if (StreamInfo.bytesReceived() !== null) known++;
  if (StreamInfo.bytesSent() !== null) known++;
  if (StreamInfo.responseFlags() !== null) known++;
  if (StreamInfo.upstreamPort() !== null) known++;
  if (StreamInfo.upstreamAttempts() !== null) known++;
  if (StreamInfo.upstreamConnectTime() !== null) known++;
  if (StreamInfo.upstreamEndpoints() !== null) known++;
  if (XdsInfo.listenerDirection() !== null) known++;
  return known;
}

function countTruths(): i32 {
  let known = 0;
  if (StreamInfo.isMutualTls() !== null) known++;
  if (StreamInfo.isClientCertificateValid() !== null) known++;
  return known;
}

describe("StreamInfo", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("tells an absent text from an empty one", () => {
    expect(shown(StreamInfo.requestedServerName())).toBe("-");
    FakeHost.properties.setText("connection\0requested_server_name", "");
    expect(shown(StreamInfo.requestedServerName())).toBe("");
    FakeHost.properties.setText("source\0address", "10.0.0.1:4711");
    expect(shown(StreamInfo.sourceAddress())).toBe("10.0.0.1:4711");
  });

  it("tells an absent number from 0", () => {
    expect(number(StreamInfo.responseFlags())).toBe("-");
    FakeHost.properties.setNumber("response\0flags", 0);
    expect(number(StreamInfo.responseFlags())).toBe("0");
    FakeHost.properties.setNumber("response\0flags", 0x1_0000_0002);
    expect(number(StreamInfo.responseFlags())).toBe("4294967298");
  });

  it("tells an absent truth from false", () => {
    expect(truth(StreamInfo.isMutualTls())).toBe("-");
    FakeHost.properties.setTruth("connection\0mtls", false);
    expect(truth(StreamInfo.isMutualTls())).toBe("no");
    FakeHost.properties.setTruth("connection\0mtls", true);
    expect(truth(StreamInfo.isMutualTls())).toBe("yes");
  });

  it("takes no value of another size for a number or a truth", () => {
    FakeHost.properties.setText("connection\0id", "7");
    expect(number(StreamInfo.connectionId())).toBe("-");
    FakeHost.properties.setNumber("connection\0mtls", 1);
    expect(truth(StreamInfo.isMutualTls())).toBe("-");
  });

  it("keeps numbers apart that are read one after the other", () => {
    FakeHost.properties.setNumber("source\0port", 4711);
    FakeHost.properties.setNumber("destination\0port", 25);
    const source = StreamInfo.sourcePort();
    for (let i = 0; i < KNOWN_NUMBERS - 1; i++) StreamInfo.destinationPort();
    expect(number(source)).toBe("4711");
    expect(number(StreamInfo.destinationPort())).toBe("25");
    expect(number(source)).toBe("25");
  });

  it("asks by the paths that Envoy knows", () => {
    expect(asked(StreamInfo.startTime() === null)).toBe("request.time");
    expect(asked(StreamInfo.clientTls().version() === null)).toBe("connection.tls_version");
    expect(asked(StreamInfo.serverTls().peerUri() === null)).toBe("upstream.uri_san_peer_certificate");
    expect(asked(XdsInfo.nodeMetadata("team") === null)).toBe("xds.node.metadata.team");
    expect(asked(XdsInfo.listenerMetadata("ours", "key") === null)).toBe(
      "xds.listener_metadata.filter_metadata.ours.key",
    );
    expect(StreamInfo.clientTls() === StreamInfo.clientTls()).toBe(true);
    expect(StreamInfo.serverTls() === StreamInfo.serverTls()).toBe(true);
  });

  it("knows nothing where the path is too long", () => {
    FakeHost.properties.setEverything(new ArrayBuffer(8));
    expect(StreamInfo.text("p".repeat(MAX_PATH)) !== null).toBe(true);
    expect(StreamInfo.text("p".repeat(MAX_PATH + 1)) === null).toBe(true);
  });
});

describe("every getter", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("is null where the proxy knows nothing", () => {
    expect(useTexts()).toBe(0);
    expect(countNumbers()).toBe(0);
    expect(countTruths()).toBe(0);
  });

  it("takes whatever the proxy gives, of any length", () => {
    for (let length = 0; length < 80; length++) {
      const bytes = new ArrayBuffer(length);
      const start = changetype<usize>(bytes);
      for (let i = 0; i < length; i++) store<u8>(start + i, <u8>(Math.random() * 256));
      FakeHost.properties.setEverything(bytes);
      expect(useTexts()).toBe(TEXTS * length);
      expect(countNumbers()).toBe(length == 8 ? 13 : 0);
      expect(countTruths()).toBe(length == 1 ? 2 : 0);
    }
  });
});
