import { Slice } from "../bytes/slice";
import { Host } from "./host";
import { Known } from "./known";
import { StreamInfo } from "./stream-info";

const found: Slice = new Slice();

/**
 * Where a connection is in the proxy's own configuration; null where that says nothing. The node can be asked for at any
 * time, also in `configure`; everything else is of the connection that a callback is about. Envoy does not tell the
 * listener's name.
 */
export class XdsInfo {
  /** The proxy's own name; empty where it has none. */
  static nodeId(): Slice | null {
    return StreamInfo.text("xds\0node\0id");
  }

  /** What the proxy belongs to; empty where it says nothing. */
  static nodeCluster(): Slice | null {
    return StreamInfo.text("xds\0node\0cluster");
  }

  /** Where the proxy runs; empty where it says nothing. */
  static nodeRegion(): Slice | null {
    return StreamInfo.text("xds\0node\0locality\0region");
  }

  /** Where in the region; empty where it says nothing. */
  static nodeZone(): Slice | null {
    return StreamInfo.text("xds\0node\0locality\0zone");
  }

  /** A text in the node's metadata. (A number is 8 bytes, a double.) */
  static nodeMetadata(key: string): Slice | null {
    return XdsInfo.metadata("xds\0node", "metadata", key);
  }

  /** The cluster that the connection goes to, once it is chosen. */
  static clusterName(): Slice | null {
    return StreamInfo.text("xds\0cluster_name");
  }

  /** Name of the listener's filter chain; empty where it has none. */
  static filterChainName(): Slice | null {
    return StreamInfo.text("xds\0filter_chain_name");
  }

  /** The listener's `traffic_direction`: 0 unspecified, 1 inbound, 2 outbound. */
  static listenerDirection(): Known<u64> | null {
    return StreamInfo.number("xds\0listener_direction");
  }

  /** A text in the listener's metadata, under `filter_metadata`: `name` is that of the filter it is for. */
  static listenerMetadata(name: string, key: string): Slice | null {
    return XdsInfo.metadata("xds\0listener_metadata\0filter_metadata", name, key);
  }

  /** A text in the cluster's metadata, as `listenerMetadata`. */
  static clusterMetadata(name: string, key: string): Slice | null {
    return XdsInfo.metadata("xds\0cluster_metadata\0filter_metadata", name, key);
  }

  /** A text in the metadata of the server (its endpoint), as `listenerMetadata`. */
  static upstreamHostMetadata(name: string, key: string): Slice | null {
    return XdsInfo.metadata("xds\0upstream_host_metadata\0filter_metadata", name, key);
  }

  private static metadata(group: string, name: string, key: string): Slice | null {
    return Host.properties.readPart(group, name, key, found) ? found : null;
  }
}
