import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { parseEdgeSettings } from "../settings-rules.ts";
import { undoAtExit } from "./at-exit.ts";
import { buildApp, listAppOrigins } from "./build-app.ts";
import { buildWorker } from "./build-worker.ts";
import { inCheckout } from "./checkout.ts";
import { deriveBindings, describeRoles, formatLines, listSettingProblems, notAskedYet } from "./deploy.ts";
import { migrate } from "./migrate.ts";
import { type ClerkKey, reachAll, reachDatabase } from "./reach.ts";
import { NotYet, readSettingsFile, type SettingTexts, writePrivate } from "./settings-file.ts";

export type ServeOptions = {
  /** The file of settings. */
  file: string;
  /** The public port, on loopback; the cell of this machine has those after it. */
  port: number;
  /** A folder: the object store, and the app as it is built. */
  state: string;
  /** Serves from a database that a later version has migrated: its tables are ours, with more beside them. */
  isOlder: boolean;
  log: (line: string) => void;
};
/** Where the cell is where the file names no other: on this machine, at the ports of docker-compose.yml. */
export const locateCell = (port: number): SettingTexts => ({
  LIBSQL_URL: `http://127.0.0.1:${port + 1}`,
  RIVET_URL: `http://127.0.0.1:${port + 2}`,
  RELAY_URL: `http://127.0.0.1:${port + 5}`,
});

/**
 * Serves a deployment on this machine instead of at Cloudflare, until a signal: by the same settings and
 * rules, with the same Worker. Checks the settings, builds the app for its origin, migrates. A service that
 * is away is told and may come up later. Throws `NotYet` with all that is wrong in the file.
 */
export async function serveEdge({ file, port, state, isOlder, log }: ServeOptions): Promise<void> {
  const given = { ...locateCell(port), ...readSettingsFile(file) };
  const problems = listSettingProblems(given);
  const bindings = deriveBindings(given);
  const parsed = parseEdgeSettings(bindings);
  if (problems.length > 0 || "problems" in parsed) throw new NotYet(`In the settings:${formatLines(problems)}`);
  const { config } = parsed;
  const database = { url: config.LIBSQL_URL, token: config.LIBSQL_TOKEN, ingress: config };
  const applied = await migrate(database.url, database.token, { ingress: config, mayBeAhead: isOlder });
  await reachDatabase(database, config, isOlder); // without its keys what members have sealed would be lost step by step
  if (applied.length > 0) log(`the database is at this version: ${applied.join(", ")}`);
  const asksClerk = bindings.IDENTITY_JWT_KEY === notAskedYet;
  const [{ wrong, away, clerk }, app] = await Promise.all([
    reachAll({ config, database, asksClerk, mayBeAhead: isOlder }),
    buildApp({ output: path.join(state, "app"), ...listAppOrigins(config) }),
    buildWorker(),
  ]);
  for (const line of [...wrong, ...away]) log(line);
  const key = asksClerk ? recallClerkKey(state, config.IDENTITY_ISSUER, clerk) : {};
  if (!key) throw new NotYet("Nobody could sign in: Clerk has not said by which key it signs.");
  const command = `\`docker compose run --rm operator <your e-mail>\` (without compose: npm run operator -- --port ${port} <your e-mail>)`;
  for (const line of await describeRoles(database, config.PUBLIC_URL, command)) log(line);
  await runWorkerd({ port, state, bindings: { ...bindings, ...key }, app: app.folder });
}

const keptKey = z.object({ issuer: z.string(), IDENTITY_JWT_KEY: z.string(), IDENTITY_KEY_ID: z.string() });
/**
 * By which key Clerk signs: as it has just said, or, while it does not answer, as it said last. What the
 * folder keeps of it is a cache, and is of one instance of Clerk's.
 */
export function recallClerkKey(state: string, issuer: string, said: ClerkKey | undefined): ClerkKey | undefined {
  const file = path.join(state, "clerk-key.json");
  if (said) writePrivate(file, JSON.stringify({ issuer, ...said }));
  if (!existsSync(file)) return undefined;
  const { issuer: from, ...kept } = keptKey.parse(JSON.parse(readFileSync(file, "utf8")));
  return from === issuer ? kept : undefined;
}

/** Runs workerd in front of the app's files, and ends with it; a signal ends it in order. */
async function runWorkerd({ state, ...served }: { port: number; state: string; bindings: SettingTexts; app: string }): Promise<void> {
  mkdirSync(state, { recursive: true });
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-edge-"));
  undoAtExit(() => rmSync(folder, { recursive: true, force: true }));
  const settings = path.join(folder, "edge.json");
  const how = { state: path.join(state, "objects"), clock: 60_000, isProxied: true, isReadOnce: true };
  writePrivate(settings, JSON.stringify({ ...served, ...how }));
  const child = spawn(process.execPath, [inCheckout("edge/deploy/workerd/serve.ts"), settings], { stdio: "inherit" });
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.removeAllListeners(name);
    process.on(name, () => child.kill("SIGTERM"));
  }
  const [code, signal] = await once(child, "exit");
  if (code !== 0) throw new Error(`workerd ended with ${code ?? signal}`);
}
