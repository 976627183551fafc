/** The caps of a configuration's sessions (docs/ldap.md, rule 20). */
@final
export class SessionSettings {
  /** Whether a PROXY protocol preamble is looked for. */
  allowsProxy: bool = true;
  /** `limits.operations`: requests outstanding per connection; what slapd allows a client that is bound. */
  operations: u32 = 1_024;
  /** `limits.message_bytes`: what a message may declare as its length; more than any server takes. */
  messageBytes: u32 = 67_108_864;
  /** `limits.depth`: levels of a filter, at most MAX_DEPTH; more than 389-DS takes. */
  depth: i32 = 64;
  /** `limits.nodes`: nodes of a filter that are walked through. */
  nodes: i32 = 10_000;
}
