import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { cacheFolder, installPython, placeTool } from "../harness/tool-cache.ts";
import { root } from "../local/process.ts";

const version = "4.32.5";
/** The fuzzer in a folder of its own. */
async function install(): Promise<string> {
  const folder = cacheFolder(`schemathesis-${version}`);
  await placeTool(folder, (place) => installPython(`schemathesis==${version}`, place));
  return folder;
}

/**
 * Operations with rules that a JSON schema can't express (spec or story, no address that leads inside, a
 * quest that exists, a branch's name): a 400 is correct there.
 */
const rules = `[[operations]]
include-path-regex = "^/(account/erasure|actors|approvals|channels|git|goals|hosts/join|keys|memory|models|opencode/sessions|plans|previews|projects|proposals|quests|reminders|secrets|tasks)"

[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "402", "403", "404", "409", "429", "5xx"]

# A path that ends in one word of few fits another address, too, whose method is named.
[[operations]]
include-path = "/plans/{planId}/result"

[operations.checks.allow_header_conformance]
enabled = false

# The machine on which the member's stack should run is not there, or Stripe is not.
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503"]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "402", "403", "404", "405", "406", "409", "413", "415", "422", "428", "503"]

`;
export type FuzzedApi = {
  /** Where the API answers, and by whose token it is asked. */
  url: string;
  token: () => Promise<string>;
  /** What stands in a path by its parameter's name: what there is. */
  known: Readonly<Record<string, string>>;
  /** For settings and reports. */
  folder: string;
  /** Ends it. */
  signal?: AbortSignal;
};
/** Streams of events go on for a quarter of an hour. */
const streams = "^/(actors|opencode/sessions|projects)/[^/]+/events$";
/**
 * Runs schemathesis over `/openapi.json`; gives its exit code. `write`: hears what it prints. Without
 * `--workers` it has one: on several threads Python's `ast` fails now and then (3.11.7).
 */
export async function fuzzApi(api: FuzzedApi, options: readonly string[], write: (text: string) => void): Promise<number> {
  const program = await install();
  mkdirSync(api.folder, { recursive: true });
  const config = path.join(api.folder, "schemathesis.toml");
  const paths = Object.entries(api.known).map(([name, value]) => `"path.${name}" = "${value}"\n`);
  writeFileSync(config, `${rules}[parameters]\n${paths.join("")}`);
  // A session's token lives for a minute: hooks.py asks for another here.
  const tokens = createServer((_, response) => {
    api.token().then(
      (token) => response.end(token),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  tokens.listen(0, "127.0.0.1");
  await once(tokens, "listening");
  try {
    const child = spawn(
      "python3",
      [
        "-m",
        "schemathesis.cli",
        "--config-file",
        config,
        "run",
        `${api.url}/openapi.json`,
        "--url",
        api.url,
        "--exclude-path-regex",
        streams,
        ...options,
      ],
      {
        cwd: api.folder,
        signal: api.signal,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...{ PATH: process.env.PATH, HOME: process.env.HOME, PYTHONDONTWRITEBYTECODE: "1", SCHEMATHESIS_HOOKS: "hooks" },
          PYTHONPATH: `${program}:${path.join(root, "test/fuzz")}`,
          FUZZ_TOKENS: `http://127.0.0.1:${(tokens.address() as AddressInfo).port}`,
        },
      },
    );
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", write);
    const [code] = await once(child, "close");
    return typeof code === "number" ? code : 1;
  } finally {
    tokens.close();
  }
}
