import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { buildApp } from "../app.ts";
import { readClerkBindings, readClerkOrigin } from "../clerk.ts";
import { migrate } from "../database.ts";
import { bin, root } from "../process.ts";
import { cellSettings, makeSettingsFile, readEdgeRules, readSettingsFile, writePrivate } from "./settings-file.ts";

/** What an operator has to do first; nothing was changed. */
export class NotYet extends Error {}

export type DeployOptions = {
  settings: string;
  /** Checks and builds all, and changes nothing anywhere. */
  dryRun: boolean;
  log: (line: string) => void;
};
/** The words after `npm run deploy --`. */
export function readDeployOptions(args: readonly string[]): Pick<DeployOptions, "settings" | "dryRun"> {
  const found = { settings: path.join(root, "deploy/settings.env"), dryRun: false };
  for (const [at, word] of args.entries()) {
    const isPath = args[at - 1] === "--settings";
    if (word === "--dry-run") found.dryRun = true;
    else if (isPath) found.settings = path.resolve(word);
    else if (word !== "--settings" || args[at + 1] === undefined) throw new NotYet("npm run deploy -- [--dry-run] [--settings <file>]");
  }
  return found;
}

/** The Worker's settings, all that it needs. What is wrong is told by its names, and nothing happens. */
async function readBindings(file: string, log: DeployOptions["log"]): Promise<Record<string, string>> {
  const { readEdgeConfig, listEdgeSettings } = await readEdgeRules();
  const given = readSettingsFile(file);
  const known = new Set([...listEdgeSettings().map(({ name }) => name), ...cellSettings]);
  const strange = Object.keys(given).filter((name) => !known.has(name));
  if (strange.length > 0) throw new NotYet(`${file} has settings that there are not: ${strange.join(", ")}`);
  const missing = [
    "PUBLIC_URL",
    "LIBSQL_URL",
    "RIVET_URL",
    "RELAY_URL",
    "CLERK_PUBLISHABLE_KEY",
    "OPERATORS",
    "MODEL_URL",
    "MODEL_KEY",
    "MODEL_NAME",
  ];
  const empty = missing.filter((name) => given[name] === undefined);
  if (empty.length > 0) throw new NotYet(`Fill in ${empty.join(", ")} in ${file}, then run this again.`);
  const { CLERK_PUBLISHABLE_KEY: key = "", PUBLIC_URL: publicUrl = "" } = given;
  if (!given.IDENTITY_JWT_KEY) log(`asking ${readClerkOrigin(key)} for the key of its tokens`);
  const identity = given.IDENTITY_JWT_KEY ? { IDENTITY: "clerk", IDENTITY_ISSUER: readClerkOrigin(key) } : await readClerkBindings(key);
  const bindings: Record<string, string> = { ...identity, IDENTITY_PARTIES: publicUrl.replace(/\/$/, ""), ...given };
  for (const name of cellSettings) delete bindings[name];
  try {
    readEdgeConfig(bindings);
  } catch (error) {
    throw new NotYet(`${file}: ${error instanceof Error ? error.message : error}`);
  }
  if (bindings.ENVIRONMENT !== "production" || !publicUrl.startsWith("https://"))
    throw new NotYet(`${file}: a deployment is ENVIRONMENT='production' with a PUBLIC_URL that begins with https://`);
  return bindings;
}

/** Runs wrangler, with its own words. Settings are no arguments: those are read by who lists processes. */
async function wrangler(args: readonly string[]): Promise<void> {
  const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" };
  const child = spawn(bin("node"), [bin("wrangler"), ...args], { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`wrangler ended with ${code}; what is deployed is as it was`);
}
/** Where the Worker answers: the app's own name, and all names of previews and of apps. */
function listRoutes(bindings: Record<string, string>): string[] {
  const below = [bindings.PREVIEW_DOMAIN, bindings.APPS_DOMAIN].filter((name) => name !== undefined);
  return ["--domain", new URL(bindings.PUBLIC_URL!).host, ...below.flatMap((name) => ["--route", `*.${name}/*`])];
}

/**
 * Brings a deployment up, or to this version: keys, settings, the app for its origin, migrations, the Worker.
 * Each step can be taken twice; migrations come first, because the version that runs works with the next
 * one's tables, and not the other way round.
 */
export async function deploy({ settings, dryRun, log }: DeployOptions): Promise<void> {
  if (!existsSync(settings)) {
    await makeSettingsFile(settings);
    throw new NotYet(
      `Keys were made. Fill in what is empty in ${settings}, then run this again.\nKeep that file: it has the only copy of the keys.`,
    );
  }
  const bindings = await readBindings(settings, log);
  const kept = readSettingsFile(settings);
  log("the settings are good");
  const folder = path.join(path.dirname(settings), "built");
  const [app, worker, secrets] = ["app", "edge", "secrets.json"].map((name) => path.join(folder, name)) as [string, string, string];
  await buildApp({
    output: app,
    identityOrigin: bindings.IDENTITY_ISSUER!,
    ...(bindings.PREVIEW_DOMAIN ? { previewOrigin: `https://*.${bindings.PREVIEW_DOMAIN}` } : {}),
    ...(bindings.APPS_DOMAIN ? { releasedOrigin: `https://*.${bindings.APPS_DOMAIN}` } : {}),
  });
  log("the app is built for its origin");
  const cell = { ENGINE_TOKEN: bindings.RIVET_TOKEN!, LIBSQL_JWT_KEY: kept.CELL_LIBSQL_JWT_KEY ?? "" };
  const cellFile = path.join(path.dirname(settings), "cell.env");
  writePrivate(
    cellFile,
    Object.entries(cell)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(""),
  );
  writePrivate(secrets, JSON.stringify(bindings));
  try {
    const words = ["deploy", "--assets", app, "--outdir", worker, "--secrets-file", secrets, ...listRoutes(bindings)];
    if (dryRun) {
      await wrangler([...words, "--dry-run"]);
      return log(`all is well; nothing was changed. The cell's settings (docker-compose.yml): ${cellFile}`);
    }
    await migrate(kept.CELL_LIBSQL_URL ?? bindings.LIBSQL_URL!, bindings.LIBSQL_TOKEN);
    log("the database is at this version");
    await wrangler(words);
  } finally {
    rmSync(secrets, { force: true });
  }
  const answer = await fetch(new URL("/health", bindings.PUBLIC_URL), { redirect: "error", signal: AbortSignal.timeout(30_000) }).catch(
    () => undefined,
  );
  log(answer?.ok ? `${bindings.PUBLIC_URL} answers` : `deployed; ${bindings.PUBLIC_URL}/health does not say yet that all is well`);
  log(`the cell's settings (docker-compose.yml): ${cellFile}`);
}
