import { readFileSync } from "node:fs";

/**
 * Known ways to make a command line do more than it seems to say, one JSON string a line. Those that the
 * judge allows are run and recorded.
 */
export const tricks: readonly string[] = readFileSync(new URL("tricks.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line) as string);
