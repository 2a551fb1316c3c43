import { existsSync } from "node:fs";
import path from "node:path";

/**
 * `node actors/runner/health.ts`, for a container's health check: ends with 1 unless the relay answers. A
 * runner that has not joined is well: it waits, and this says so.
 */
const { STATE_FOLDER = "", RELAY_PORT = "" } = process.env;
const end = (code: number, words: string) => {
  console.log(words);
  process.exit(code);
};
if (!existsSync(path.join(STATE_FOLDER, "machine.json"))) end(0, "waits: not joined");
const url = `http://127.0.0.1:${RELAY_PORT}/health`;
fetch(url, { redirect: "manual", signal: AbortSignal.timeout(3_000) }).then(
  ({ ok, status }) => end(ok ? 0 : 1, `the relay answers ${status}`),
  () => end(1, `${url} does not answer`),
);
