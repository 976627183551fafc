import { MAX_DEPTH } from "../wire/filter";

/** What a message may be long when nothing else is configured (ldap-semantics.md 20): more than any server takes. */
export const DEFAULT_MESSAGE_BYTES: u32 = 67_108_864;

/** Operations that may be outstanding on one connection: what slapd allows a client that is bound. */
export const DEFAULT_OPERATIONS: u32 = 1_024;

/** Levels of a filter: more than 389-DS takes, and more than people write. */
export const DEFAULT_DEPTH: i32 = 64;

/** Nodes of a filter that are walked through. */
export const DEFAULT_NODES: i32 = 10_000;

/** The caps of a configuration's sessions. */
@final
export class SessionSettings {
  /** Whether a PROXY protocol preamble is looked for. */
  allowsProxy: bool = true;
  /** `limits.operations`: requests outstanding per connection. */
  operations: u32 = DEFAULT_OPERATIONS;
  /** `limits.message_bytes`: what a message may declare as its length. */
  messageBytes: u32 = DEFAULT_MESSAGE_BYTES;
  /** `limits.depth`, at most MAX_DEPTH. */
  depth: i32 = min(DEFAULT_DEPTH, MAX_DEPTH);
  /** `limits.nodes` */
  nodes: i32 = DEFAULT_NODES;
}
