import { words } from "../../../assembly/bytes/words";

/** Which peer sent something. */
export const enum From {
  client,
  server,
}

/** Label values of `From`. */
export const FROM: string[] = words("client server");
