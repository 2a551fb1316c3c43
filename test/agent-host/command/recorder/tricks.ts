import { readFileSync } from "node:fs";

/**
 * Ways that were tried or are known to get more out of a command line than it seems to say; one JSON string a
 * line. What of them is allowed is run and recorded.
 */
export const tricks: readonly string[] = readFileSync(new URL("tricks.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line) as string);
