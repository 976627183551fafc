/** The configuration with every detail on: a time line shows all that the filter can tell. */
export function inFull(configuration = ""): string {
  if (configuration.trim() === "") return JSON.stringify({ verbosity: "high" });
  try {
    const parsed: unknown = JSON.parse(configuration);
    if (typeof parsed === "object" && parsed !== null)
      return JSON.stringify({ ...parsed, verbosity: "high" });
  } catch {
    // The module says better what is wrong with it.
  }
  return configuration;
}
