/** How long a client that says nothing stays: shorter than listeners that are replaced drain. */
export const IDLE_MS = 8_000;
