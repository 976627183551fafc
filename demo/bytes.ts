/** Bytes that went over a connection, by who sent them. */
export interface ByteCounts {
  readonly client: number;
  readonly server: number;
}
