// Lets an HTTP server decide who may connect, by the client's address: `GET /authorize` with the header
// `x-source-address`. 200 lets the client in and 403 closes it; everything else, silence included, is for `when_down`.
export * from "../../../assembly/exports";
import {
  Connection,
  Counter,
  CounterFamily,
  DownstreamChunk,
  FilterFactory,
  FilterState,
  HttpClient,
  HttpRequest,
  HttpResponse,
  Module,
  NetworkFilter,
  NewConnection,
  OnError,
  Peer,
  Plugin,
  Settings,
  Slice,
  Stats,
  StreamInfo,
  Text,
} from "../../../assembly";

enum Answer {
  allow,
  deny,
  none,
}
const ANSWERS: string[] = ["allow", "deny", "none"];

export class AuthorizerFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.authorizer"); // = root_id
  }

  configure(settings: Settings): Plugin {
    const request = new HttpRequest(settings.text("cluster", "authorizer", 60)).set(":path", "/authorize");
    request.timeout = <u32>settings.integer("timeout_ms", 1000, 1, 60_000);
    return new AuthorizerPlugin(
      Stats.of("authorizer", settings.name("stat_prefix", "default")),
      request,
      settings.choice("when_down", ["allow", "deny"], Answer.deny),
      settings.bool("connect_early", false),
    );
  }
}

/** One per configuration. */
class AuthorizerPlugin extends Plugin {
  readonly answers: CounterFamily;
  /** Clients that did not wait for theirs. */
  readonly left: Counter;

  constructor(
    stats: Stats,
    readonly request: HttpRequest,
    readonly whenDown: i32,
    /** Whether the server is connected before the answer, so that only what the client sends waits for it. */
    readonly connectsEarly: bool,
  ) {
    super();
    this.answers = stats.counterFamily("answers_total").label("answer", ANSWERS).define();
    this.left = stats.counter("left_total");
    if (whenDown == Answer.deny) this.onError = OnError.close;
  }

  newFilter(): NetworkFilter {
    return new AuthorizerFilter(this);
  }
}

const record: Text = Text.ofCapacity(16);
const shown: Slice = new Slice();

/** One per connection, reused. */
class AuthorizerFilter extends NetworkFilter {
  private isAsking: bool = false;

  constructor(private readonly plugin: AuthorizerPlugin) {
    super();
  }

  onNewConnection(connection: NewConnection): void {
    const request = this.plugin.request;
    const address = StreamInfo.sourceAddress();
    if (address !== null) request.setBytes("x-source-address", address); // sent before the next host call
    this.isAsking = address !== null && HttpClient.call(request, this) != 0;
    if (!this.isAsking) this.decide(connection, Answer.none);
    else if (!this.plugin.connectsEarly) connection.hold();
  }

  /** What the client sends before the answer stays with Envoy, and goes on once there is one. */
  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    if (this.isAsking) chunk.hold();
  }

  onHttpResponse(response: HttpResponse, connection: Connection): void {
    this.isAsking = false;
    const status = response.status;
    this.decide(connection, status == 200 ? Answer.allow : status == 403 ? Answer.deny : Answer.none);
  }

  onDownstreamClose(_peer: Peer): void {
    if (this.isAsking) this.plugin.left.inc();
    this.isAsking = false;
  }

  private decide(connection: Connection, answer: Answer): void {
    this.plugin.answers.at(answer).inc();
    FilterState.set("authorizer", record.clear().string(unchecked(ANSWERS[answer])).toSlice(shown));
    const verdict: i32 = answer == Answer.none ? this.plugin.whenDown : answer;
    if (verdict == Answer.allow) connection.release();
    else connection.close();
  }
}

Module.register(new AuthorizerFactory());
