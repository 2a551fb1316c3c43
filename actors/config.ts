import { readFileSync } from "node:fs";
import { z } from "zod";
import { remindAfter } from "../schema/reminder/reminder.ts";
import { idleStopMs } from "../schema/stack/stack.ts";
import { trimTail } from "../schema/wire/foreign-text.ts";
import { limits } from "../schema/wire/limits.ts";
import { readTraceTarget, type TraceTarget, traceSettings } from "../schema/wire/trace-export.ts";

const runnerEnvironment = z.object({
  RIVET_ENDPOINT: z.url({ protocol: /^https?$/ }),
  /** A file with the engine's token, for an endpoint without one. */
  RIVET_TOKEN_FILE: z.string().optional(),
  /** Where the edge is reached; a runner that joined knows it from its join token. */
  EDGE_URL: z.url({ protocol: /^https?$/ }).optional(),
  STATE_FOLDER: z.string().min(1),
  RELAY_PORT: z.coerce.number().int().min(1).max(65_535),
  /**
   * Origins of services that are not on the internet and may be called all the same:
   * `http://127.0.0.1:9000,https://tracker.intern`.
   */
  SERVICES_LOCAL: z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((part) => part.trim() || []))
    .pipe(z.array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin))),
  /** Milliseconds that a question waits until its member is reminded. */
  REMIND_AFTER: z.coerce.number().int().positive().default(remindAfter),
  /** Milliseconds after which a turn is given up whose host answers nothing. */
  HOST_PATIENCE: z.coerce.number().int().positive().default(limits.hostPatience),
  /** Milliseconds for which nobody uses a stack until it is stopped. */
  IDLE_AFTER: z.coerce.number().int().positive().default(idleStopMs),
  /** Bytes that one actor keeps at most. */
  ACTOR_BYTES: z.coerce.number().int().positive().default(limits.actorBytes),
  ...traceSettings,
});
export type RunnerConfig = {
  rivetEndpoint: string;
  edgeUrl: string | undefined;
  stateFolder: string;
  relayPort: number;
  local: string[];
  remindAfter: number;
  hostPatience: number;
  idleAfter: number;
  mostBytes: number;
  traces: TraceTarget | undefined;
};

const withoutEmpty = (env: NodeJS.ProcessEnv) => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
/** The engine's address with its token as a name and a password, as its client takes them. */
function addToken(endpoint: string, tokenFile: string | undefined): string {
  if (tokenFile === undefined) return endpoint;
  const url = new URL(endpoint);
  [url.username, url.password] = ["default", readFileSync(tokenFile, "utf8").trim()];
  return trimTail(url.href, "/");
}
/** What `serve` needs. Throws with every fault of the environment at once. */
export function readRunnerConfig(env: NodeJS.ProcessEnv): RunnerConfig {
  const parsed = runnerEnvironment.parse(withoutEmpty(env));
  const { RIVET_ENDPOINT, EDGE_URL, STATE_FOLDER, RELAY_PORT, SERVICES_LOCAL, REMIND_AFTER, HOST_PATIENCE, ...more } = parsed;
  const { IDLE_AFTER, ACTOR_BYTES, RIVET_TOKEN_FILE } = more;
  const rivetEndpoint = addToken(RIVET_ENDPOINT, RIVET_TOKEN_FILE);
  return {
    ...{ rivetEndpoint, edgeUrl: EDGE_URL, stateFolder: STATE_FOLDER, relayPort: RELAY_PORT },
    ...{ local: SERVICES_LOCAL, remindAfter: REMIND_AFTER, hostPatience: HOST_PATIENCE, idleAfter: IDLE_AFTER, mostBytes: ACTOR_BYTES },
    traces: readTraceTarget(parsed),
  };
}
/** What `join` needs. */
export function readJoinConfig(env: NodeJS.ProcessEnv): { stateFolder: string; edgeUrl: string | undefined } {
  const { EDGE_URL, STATE_FOLDER } = runnerEnvironment.pick({ EDGE_URL: true, STATE_FOLDER: true }).parse(withoutEmpty(env));
  return { stateFolder: STATE_FOLDER, edgeUrl: EDGE_URL };
}
