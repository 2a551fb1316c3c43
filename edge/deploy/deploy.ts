import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { listEdgeSettings, parseEdgeSettings } from "../settings-rules.ts";
import { undoAtExit } from "./at-exit.ts";
import { buildApp, listAppOrigins } from "./build-app.ts";
import { measureBundle, workerLimits } from "./build-worker.ts";
import { readClerkOrigin } from "./clerk-instance.ts";
import { madeSettings } from "./keys.ts";
import { migrate } from "./migrate.ts";
import { type DatabasePlace, listFormerSupport, listOperators } from "./operator.ts";
import { reachAll, readAccount } from "./reach.ts";
import { describeReadiness, readReadiness } from "./readiness.ts";
import {
  cellSettings,
  deploymentNeeds,
  derivedSettings,
  goneSettings,
  NotYet,
  readSettingsFile,
  type SettingTexts,
  writePrivate,
} from "./settings-file.ts";
import { WranglerFailed, wrangler } from "./wrangler.ts";

/** Stands for the key of Clerk's tokens until the instance has been asked. */
export const notAskedYet = "not asked yet";
/** What Cloudflare takes of one variable, in bytes (developers.cloudflare.com/workers/platform/limits). */
const longestSetting = 5_120;

/**
 * The Worker's settings from those of the file: what follows from others is added, the cell's is left out.
 */
export function deriveBindings(given: Readonly<SettingTexts>): SettingTexts {
  const { PUBLIC_URL: publicUrl = "", CLERK_PUBLISHABLE_KEY: key = "" } = given;
  const derived = {
    IDENTITY: "clerk",
    IDENTITY_ISSUER: readClerkOrigin(key) ?? "https://clerk.invalid",
    IDENTITY_JWT_KEY: notAskedYet,
    IDENTITY_PARTIES: URL.canParse(publicUrl) ? new URL(publicUrl).origin : "https://app.invalid",
  };
  const sent = Object.fromEntries(Object.entries(given).filter(([name]) => !cellSettings.includes(name)));
  return { ...derived, ...sent };
}

const isDatabaseAddress = (text: string) => /^(?:https?|libsql):\/\/[^\s/@]+$/.test(text.replace(/\/$/, ""));
/** What a deployment to Cloudflare asks of a file's settings beside the Worker's own rules. */
function listDeploymentProblems(given: Readonly<SettingTexts>): string[] {
  const known = new Set([...listEdgeSettings().map(({ name }) => name), ...cellSettings]);
  const gone = Object.keys(goneSettings).filter((name) => given[name] !== undefined);
  const strange = Object.keys(given).filter((name) => !known.has(name) && !gone.includes(name));
  const { ENVIRONMENT, PUBLIC_URL = "", CELL_LIBSQL_URL } = given;
  const long = Object.keys(given).filter((name) => Buffer.byteLength(given[name] ?? "") > longestSetting);
  const isEmptyList = (name: string) => (given[name] ?? "").replaceAll(",", "").trim() === "";
  return [
    ...deploymentNeeds.filter(isEmptyList).map((name) => `${name}: is missing`),
    ...(ENVIRONMENT === "local" ? ["ENVIRONMENT: a deployment is 'production' or 'preview'"] : []),
    ...(URL.canParse(PUBLIC_URL) && !/^https:\/\/[^:]+$/.test(PUBLIC_URL.replace(/\/$/, ""))
      ? ["PUBLIC_URL: a deployment's begins with https:// and has no port"]
      : []),
    ...(CELL_LIBSQL_URL !== undefined && !isDatabaseAddress(CELL_LIBSQL_URL) ? ["CELL_LIBSQL_URL: Invalid URL"] : []),
    ...gone.map((name) => `${name}: ${goneSettings[name]}`),
    ...long.map((name) => `${name}: is longer than the ${longestSetting} bytes that Cloudflare takes`),
    // What is no name of a setting may be a line of a key: it is not told.
    ...strange.map((name) => (/^[A-Z][A-Z_]{2,30}$/.test(name) ? `${name}: there is no such setting` : "a line is no setting")),
  ];
}
/** All that is wrong with a file's settings, by names and reasons, without a value. */
export function listSettingProblems(given: Readonly<SettingTexts>): string[] {
  const parsed = parseEdgeSettings(deriveBindings(given));
  const ofDeployment = listDeploymentProblems(given);
  const ofWorker = "problems" in parsed ? parsed.problems : [];
  const isFollowing = (problem: string) =>
    ofDeployment.some((other) => other.endsWith(": is missing") && problem.startsWith(other.slice(0, -": is missing".length))) ||
    derivedSettings.some((name) => problem.startsWith(`${name}:`) && given[name] === undefined);
  return [...ofWorker.filter((problem) => !isFollowing(problem)), ...ofDeployment].map((problem) =>
    madeSettings.some((name) => problem === `${name}: is missing`) ? `${problem}; \`npm run keys\` makes it` : problem,
  );
}

export const formatLines = (lines: readonly string[]) => lines.map((line) => `\n  ${line}`).join("");

/** Where the Worker answers: the app's own name, and all names of previews and of apps. */
function listRoutes(bindings: Readonly<SettingTexts>): string[] {
  const below = [bindings.PREVIEW_DOMAIN, bindings.APPS_DOMAIN].filter((name) => name !== undefined);
  return ["--domain", new URL(bindings.PUBLIC_URL!).host, ...below.flatMap((name) => ["--route", `*.${name}/*`])];
}

/**
 * wrangler leaves a Worker's secrets that it is not given: those of settings that left the file are taken.
 */
async function removeOldSettings(bindings: Readonly<SettingTexts>, environment: readonly string[], folder: string): Promise<string[]> {
  const listed: unknown = JSON.parse(await wrangler(["secret", "list", ...environment, "--format", "json"]));
  const names = new Set((Array.isArray(listed) ? listed : []).map((each: { name?: unknown }) => String(each.name)));
  const known = [...listEdgeSettings().map(({ name }) => name), ...Object.keys(goneSettings)];
  const old = known.filter((name) => names.has(name) && bindings[name] === undefined);
  if (old.length === 0) return [];
  const file = path.join(folder, "removed.json");
  writePrivate(file, JSON.stringify(Object.fromEntries(old.map((name) => [name, null]))));
  await wrangler(["secret", "bulk", file, ...environment]);
  return old;
}

export type DeployOptions = {
  /** The file of settings. */
  file: string;
  /** Checks and builds all, and changes nothing anywhere else. */
  dryRun: boolean;
  log: (line: string) => void;
};
/**
 * Brings a deployment up, or to this version: checks all settings and what they name, builds the app for its
 * origin, migrates, sends the Worker with its settings as secrets, and says what a member meets. Each step
 * can be taken twice; migrations come first, because the version that runs works with the next one's tables,
 * and not the other way round. Throws `NotYet` with all that is missing, before anything is changed. Gives
 * whether people can be served. Call it with the lock of the file.
 */
export async function deployEdge({ file, dryRun, log }: DeployOptions): Promise<boolean> {
  const given = readSettingsFile(file);
  const problems = listSettingProblems(given);
  const bindings = deriveBindings(given);
  const parsed = parseEdgeSettings(bindings);
  if (problems.length > 0 || "problems" in parsed) throw new NotYet(`In ${file}:${formatLines(problems)}\nNothing was changed.`);
  const { LIBSQL_URL, LIBSQL_TOKEN: token } = parsed.config;
  const database: DatabasePlace =
    given.CELL_LIBSQL_URL === undefined ? { url: LIBSQL_URL, token, ingress: parsed.config } : { url: given.CELL_LIBSQL_URL, token };
  log("the settings are good; asking what they name");
  const asksClerk = bindings.IDENTITY_JWT_KEY === notAskedYet;
  const { wrong, away, clerk } = await reachAll({ config: parsed.config, database, asksClerk, account: readAccount(process.env) });
  if (wrong.length > 0) throw new NotYet(`By the settings of ${file}:${formatLines([...wrong, ...away])}\nNothing was changed.`);
  for (const line of away) log(line);
  Object.assign(bindings, clerk);

  const folder = path.join(path.dirname(file), "built", path.basename(file, ".env"));
  const [app, worker, secrets] = ["app", "edge", "secrets.json"].map((name) => path.join(folder, name)) as [string, string, string];
  const clean = () => rmSync(secrets, { force: true });
  clean(); // one that was killed may have left them
  await buildApp({ output: app, ...listAppOrigins(parsed.config) });
  log("the app is built for its origin");
  rmSync(worker, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const environment = ["--env", parsed.config.ENVIRONMENT === "preview" ? "preview" : ""];
  const words = ["deploy", ...environment, "--assets", app, "--outdir", worker, "--secrets-file", secrets, ...listRoutes(bindings)];
  const cleaned = undoAtExit(clean);
  try {
    writePrivate(secrets, JSON.stringify(bindings));
    if (dryRun) await wrangler([...words, "--dry-run"]);
    else {
      const applied = await migrate(database.url, token, { ingress: database.ingress });
      log(applied.length > 0 ? `the database is at this version: ${applied.join(", ")}` : "the database is at this version already");
      await wrangler(words, { shown: true });
      const removed = await removeOldSettings(bindings, environment, folder);
      if (removed.length > 0) log(`the Worker has ${removed.join(", ")} no more: the file has not`);
    }
  } catch (error) {
    if (!(error instanceof WranglerFailed) || dryRun) throw error;
    throw new Error(`${error.message}\nThe Worker may have been sent all the same, and not all of its addresses: run this again.`);
  } finally {
    clean();
    cleaned();
  }
  const { compressed } = measureBundle(worker);
  log(
    `the Worker: ${Math.round(compressed)} kB compressed, of ${workerLimits.freeKilobytes} (free) or ${workerLimits.paidKilobytes} (paid)`,
  );
  if (dryRun) {
    log("all is well; nothing was changed");
    return true;
  }
  const found = await readReadiness(parsed.config.PUBLIC_URL);
  for (const line of describeReadiness(found, parsed.config.PUBLIC_URL)) log(line);
  if (parsed.config.CLERK_WEBHOOK_SECRET === undefined)
    log("there is no CLERK_WEBHOOK_SECRET: roles, names, deleted people and sign-ins that end at Clerk later are not heard of");
  if (parsed.config.INGRESS_ID === undefined)
    log("there is no INGRESS_ID: engine, database and relay are as open as their addresses, and have their own tokens alone");
  if (parsed.config.STRIPE_KEY !== undefined && parsed.config.STRIPE_TAX === "0")
    log("STRIPE_TAX is 0: no tax is added to what a plan costs");
  if (parsed.config.STRIPE_KEY !== undefined && parsed.config.SUPPORT_EMAIL === undefined)
    log("there is no SUPPORT_EMAIL: members have nobody to write to, and no plan says how soon they are answered");
  for (const line of await describeRoles(database, parsed.config.PUBLIC_URL)) log(line);
  return found?.ready === true;
}
/** What is missing of roles. The Worker has been sent: a database that can't be asked now says nothing. */
export async function describeRoles(place: DatabasePlace, app: string, command = "`npm run operator -- <your e-mail>`"): Promise<string[]> {
  const [operators, former] = await Promise.all([listOperators(place), listFormerSupport(place)]).catch(() => [undefined, []] as const);
  const first = `nobody is an operator yet: sign up at ${app}, then ${command}`;
  const lost = `had support before roles were Clerk's, and has it no more: ${former.join(", ")}; it is given anew at /help-desk`;
  return [...(operators?.length === 0 ? [first] : []), ...(former.length > 0 ? [lost] : [])];
}
