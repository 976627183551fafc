/** What can be built. */
export type PeerName = "go" | "rust";
export const PEERS: Readonly<
  Record<PeerName, { missing(): Promise<string | undefined>; build(): Promise<void> }>
>;
/** Builds those of `names` that can be built; resolves to what is missing for the others, by name. */
export function buildPeers(names: readonly PeerName[]): Promise<Partial<Record<PeerName, string>>>;
