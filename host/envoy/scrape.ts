import { parsePrometheus, type Sample } from "../metrics/parse.ts";

export type { Sample } from "../metrics/parse.ts";

/** An admin interface that hangs is as good as none. */
const SCRAPE_TIMEOUT_MS = 10_000;

/** Reads `<admin>/stats/prometheus`, from Envoy or from the embedded host. Throws in one line when it cannot. */
export async function scrape(admin: string): Promise<Sample[]> {
  return scrapeUrl(`${admin}/stats/prometheus`);
}

/** Reads any page in the Prometheus text format. Throws in one line when it cannot. */
export async function scrapeUrl(url: string): Promise<Sample[]> {
  return parsePrometheus(await scrapeText(url));
}

/** The page as it is. Throws in one line when it cannot be had. */
export async function scrapeText(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS) });
  } catch (error) {
    throw new Error(`no answer from ${url} (${causeOf(error)})`, { cause: error });
  }
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return text;
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}
