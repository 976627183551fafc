/** A client and a server whose every segment, FIN and RST a test decides. */

import { ScriptedServer } from "../../../host/testing/sockets.ts";

export { openClient, ScriptedServer } from "../../../host/testing/sockets.ts";

/** A mail server that greets and then only does what it is told. */
export class ScriptedMailServer extends ScriptedServer {
  constructor() {
    super("220 mx.example ESMTP\r\n");
  }
}
