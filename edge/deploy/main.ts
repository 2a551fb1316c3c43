import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { settingsShape } from "../settings-shape.ts";
import { endOnSignals } from "./at-exit.ts";
import { removeOldArchives } from "./backup/archive.ts";
import { restoreBackup } from "./backup/restore-backup.ts";
import { takeBackup } from "./backup/take-backup.ts";
import { type AppOrigins, buildApp, listAppOrigins } from "./build-app.ts";
import { buildWorker, measureBundle, measureStart, workerFolder, workerLimits } from "./build-worker.ts";
import { checkout, inCheckout } from "./checkout.ts";
import { readClerkOrigin } from "./clerk-instance.ts";
import { deployEdge, listSettingProblems } from "./deploy.ts";
import { cellFolderOf, ensureKeys, listKeyNames, rotatable, rotateKey } from "./keys.ts";
import { migrate } from "./migrate.ts";
import { type DatabasePlace, listOperators, namesPerson, setOperator } from "./operator.ts";
import { locateCell, serveEdge } from "./serve-edge.ts";
import { NotYet, readSettingsFile, type SettingTexts } from "./settings-file.ts";
import { withSettingsLock } from "./settings-lock.ts";
import { writeSettingsTable } from "./settings-table.ts";

/**
 * boot.mjs calls this under Node 24, for `npm run build`, `keys`, `migrate`, `deploy`, `operator`, `edge`,
 * `backup`, `restore` and `settings`; containers of docker-compose.yml call it too. Ends with 2 where there
 * is something to do first, and with 1 where a deployment serves nobody.
 */
const usageLines = `npm run build   [-- app|worker]        the app, for the origins of the settings; the Worker
npm run keys    [-- --rotate <name>]   makes what is missing in the settings, or a new ${rotatable.join(", ")}
npm run migrate [-- --dry-run]         brings the database of the settings to this version
npm run deploy  [-- --dry-run]         checks, builds, migrates, sends the Worker
npm run edge                           serves it on this machine instead of at Cloudflare (--port, --state; --older yes: from a database of a later version)
npm run operator -- <e-mail>           makes a person an operator; --remove takes it, --list says who is one
npm run backup   -- <folder>           keeps database and, with --engine <folder of its store>, engine; --keep <n> of the newest
npm run restore  -- <archive>          puts them back; --over a database that is not empty
each with --settings <file>; deploy/settings.env where none is named
migrate, operator, backup and restore with --port <port> for a cell on this machine: that of its edge, 20000 by docker-compose.yml
npm run settings                       writes the table of settings in edge/README.md anew
The -- belongs to npm: without it npm keeps what follows for itself.`;

const began = Number(process.env.GROWQR_BEGAN ?? Date.now());
const sayLine = (line: string) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
type CommandLine = {
  file: string;
  isNamed: boolean;
  dryRun: boolean;
  rotate: string | undefined;
  remove: boolean;
  list: boolean;
  /** Of the edge on this machine; the cell of this machine has those after it. */
  port: number | undefined;
  state: string;
  isOlder: boolean;
  kept: KeptParts;
  words: readonly string[];
};
/** What `backup` and `restore` are told beside where. */
type KeptParts = {
  /** The folder of the engine's store. */
  store: string | undefined;
  onlyEngine: boolean;
  /** How many archives stay. */
  keep: number | undefined;
  over: boolean;
};

/**
 * The origins of the deployment whose settings are there: in their file, or, where there is none, as in a
 * clean clone that Cloudflare builds, in the environment. A developer's machine where neither is.
 */
function readOrigins({ file, isNamed }: CommandLine): AppOrigins {
  const isFile = existsSync(file) || isNamed;
  const settings = isFile ? readSettingsFile(file) : process.env;
  const isDeveloper = !isFile && !process.env.WORKERS_CI; // set by Cloudflare's builder, whose build goes online
  if (isDeveloper && !settings.CLERK_PUBLISHABLE_KEY) return {};
  if (readClerkOrigin(settings.CLERK_PUBLISHABLE_KEY ?? "") === undefined)
    throw new NotYet(`Fill in CLERK_PUBLISHABLE_KEY in ${isFile ? file : "the environment"}: the app is built for where Clerk is.`);
  return listAppOrigins(settings);
}
async function build(given: CommandLine): Promise<void> {
  if (given.words.includes("worker")) return void (await buildWorker());
  const origins = readOrigins(given);
  const { folder } = await buildApp(origins);
  const named = Object.values(origins).filter((each) => each !== "");
  sayLine(
    `the app is in ${path.relative(checkout, folder)}, for ${named.join(", ") || "this machine alone: there is no file of settings, and no CLERK_PUBLISHABLE_KEY"}`,
  );
  if (given.words.includes("app")) return;
  await buildWorker();
  const { kilobytes, compressed } = measureBundle(workerFolder);
  const { freeKilobytes, paidKilobytes, startMilliseconds } = workerLimits;
  const size = `${Math.round(kilobytes)} kB, ${Math.round(compressed)} kB compressed of ${freeKilobytes} (free) or ${paidKilobytes} (paid)`;
  sayLine(`the Worker is in ${path.relative(checkout, workerFolder)}: ${size}`);
  sayLine(`it starts in ${Math.round(await measureStart())} ms of this machine's processor, of ${startMilliseconds} at Cloudflare`);
  sayLine("runner and agent-host have no build: Node 24 runs their source");
}

async function makeKeys({ file, rotate }: CommandLine): Promise<void> {
  if (rotate !== undefined) return sayLine(await rotateKey(file, rotate));
  const made = await ensureKeys(file);
  if (made.length === 0) return sayLine(`${file} has every key`);
  sayLine(`${file}: made ${made.join(", ")}. Keep that file: it has the only copy of the keys.`);
  sayLine(`the cell's side of them: ${cellFolderOf(file)}`);
}

function readDatabasePlace(file: string, { CELL_LIBSQL_URL, LIBSQL_URL, LIBSQL_TOKEN: token, ...given }: SettingTexts): DatabasePlace {
  if (CELL_LIBSQL_URL) return { url: CELL_LIBSQL_URL, token };
  const { INGRESS_ID, INGRESS_SECRET } = given;
  const url = LIBSQL_URL;
  if (!url)
    throw new NotYet(
      `Fill in LIBSQL_URL in ${file}, or CELL_LIBSQL_URL: where this machine reaches the database. For a cell on this machine say --port 20000, or that of its edge.`,
    );
  return { url, token, ingress: { INGRESS_ID, INGRESS_SECRET } };
}
/** The settings of the file, and where a port was said the cell's addresses on this machine under them. */
const readSettings = ({ file, port }: CommandLine): SettingTexts => ({ ...(port ? locateCell(port) : {}), ...readSettingsFile(file) });
async function migrateDatabase(commandLine: CommandLine): Promise<void> {
  const { file, dryRun } = commandLine;
  const { url, token, ingress } = readDatabasePlace(file, readSettings(commandLine));
  const names = await migrate(url, token, { dryRun, ingress });
  if (names.length === 0) return sayLine("the database is at this version already");
  sayLine(dryRun ? `it lacks ${names.join(", ")}; nothing was changed` : `the database is at this version: ${names.join(", ")}`);
}

const copyWords = {
  set: "it holds from their next call on",
  "no row": "they have not been here yet: it holds from their first call on",
  newer: "the database has a newer word of Clerk's that says otherwise: run this again",
  away: "the database can't be reached from here: run this again where it can",
};
async function changeOperator(commandLine: CommandLine): Promise<void> {
  const { file, words, list, remove } = commandLine;
  const given = readSettings(commandLine);
  const database = readDatabasePlace(file, given);
  const [address] = words;
  if (list && !address && !remove) {
    const found = await listOperators(database);
    return sayLine(`operators: ${found.map(({ name, email, subject }) => `${name} <${email}> (${subject})`).join(", ") || "nobody"}`);
  }
  if (list || address === undefined) throw new NotYet(usageLines);
  if (!namesPerson(address)) throw new NotYet(`${address} is no e-mail address, and no id of Clerk's (user_…).`);
  const problems = listSettingProblems(given).filter((problem) => problem.includes("CLERK_"));
  const { CLERK_API_URL, CLERK_SECRET_KEY, CLERK_WEBHOOK_SECRET } = given;
  if (problems.length > 0 || !CLERK_SECRET_KEY) throw new NotYet(`In ${file}:\n  ${problems.join("\n  ")}\nNothing was changed.`);
  const api = { CLERK_SECRET_KEY, CLERK_API_URL: settingsShape.shape.CLERK_API_URL.parse(CLERK_API_URL) };
  const { subject, copy } = await setOperator({ api, database, address, isGiven: !remove });
  sayLine(`${address} (${subject}) is ${remove ? "no operator" : "an operator"} at Clerk; ${copyWords[copy]}`);
  const hears = CLERK_WEBHOOK_SECRET
    ? "is told by Clerk's webhook"
    : "is heard of only as Clerk is asked, each ten minutes: there is no CLERK_WEBHOOK_SECRET";
  sayLine(`what is changed in Clerk's dashboard ${hears}`);
}

/** The settings, of which the engine's store alone needs none. */
function readKeptSettings(command: CommandLine): { database: DatabasePlace | undefined; given: SettingTexts } {
  const { file, isNamed, kept } = command;
  if (kept.onlyEngine && kept.store === undefined) throw new NotYet(usageLines);
  if (kept.onlyEngine && !isNamed && !existsSync(file)) return { database: undefined, given: {} };
  const given = readSettings(command);
  if (kept.onlyEngine && !given.LIBSQL_TOKEN) return { database: undefined, given }; // a machine that has no settings, only the cell
  return { database: readDatabasePlace(file, given), given };
}
async function backup(command: CommandLine): Promise<void> {
  const { words, kept } = command;
  if (words[0] === undefined) throw new NotYet(usageLines);
  const folder = path.resolve(words[0]);
  const { database: known } = readKeptSettings(command);
  const database = kept.onlyEngine ? undefined : known;
  const { archive, manifest } = await takeBackup({ folder, database, store: kept.store, log: sayLine });
  const bytes = manifest.files.reduce((sum, each) => sum + each.bytes, 0);
  const parts = [manifest.database ? "the database" : undefined, manifest.engine ? "the engine's store" : undefined];
  sayLine(`${archive} has ${parts.filter(Boolean).join(" and ")}: ${Math.ceil(bytes / 1_000_000)} MB`);
  if (manifest.database) sayLine("it has no key: keep the file of settings too, apart from it");
  if (kept.keep !== undefined) for (const line of removeOldArchives(folder, kept.keep, manifest)) sayLine(line);
}
async function restore(command: CommandLine): Promise<void> {
  const { words, kept } = command;
  if (words[0] === undefined) throw new NotYet(usageLines);
  const { database, given } = readKeptSettings(command);
  const sealingKeys = given.KEKS === undefined ? [] : listKeyNames(given.KEKS);
  await restoreBackup({ ...kept, archive: path.resolve(words[0]), database, sealingKeys, log: sayLine });
}

type DeployCommand = {
  /** Which of `flags` it takes, and which words. */
  flags: readonly string[];
  words: readonly string[] | "any";
  /** Works with the file of settings, alone. */
  locks?: boolean;
  run: (given: CommandLine) => Promise<unknown> | undefined;
};
const flags = {
  settings: { type: "string" },
  "dry-run": { type: "boolean" },
  rotate: { type: "string" },
  remove: { type: "boolean" },
  list: { type: "boolean" },
  port: { type: "string" },
  state: { type: "string" },
  older: { type: "string" },
  engine: { type: "string" },
  "only-engine": { type: "boolean" },
  keep: { type: "string" },
  over: { type: "boolean" },
} as const;
const deployCommands = new Map<string, DeployCommand>([
  ["build", { flags: ["settings"], words: ["app", "worker"], run: build }],
  ["keys", { flags: ["settings", "rotate"], words: [], locks: true, run: makeKeys }],
  ["migrate", { flags: ["settings", "dry-run", "port"], words: [], run: migrateDatabase }],
  ["deploy", { flags: ["settings", "dry-run"], words: [], locks: true, run: (given) => deployEdge({ ...given, log: sayLine }) }],
  [
    "edge",
    {
      flags: ["settings", "port", "state", "older"],
      words: [],
      run: (given) => serveEdge({ ...given, port: given.port ?? 20_000, log: sayLine }),
    },
  ],
  ["operator", { flags: ["settings", "remove", "list", "port"], words: "any", run: changeOperator }],
  ["backup", { flags: ["settings", "engine", "only-engine", "keep", "port"], words: "any", run: backup }],
  ["restore", { flags: ["settings", "engine", "only-engine", "over", "port"], words: "any", run: restore }],
  ["settings", { flags: [], words: [], run: async () => writeSettingsTable() }],
]);
/**
 * Without its own `--`, npm takes a flag of ours for itself, and the command would be another than was
 * meant.
 */
const isTakenByNpm = (env: NodeJS.ProcessEnv) =>
  Object.keys(flags).some((name) => env[`npm_config_${name.replace("-", "_")}`] !== undefined);
const wholeNumber = z.coerce.number().int().positive();
type KeptFlags = { engine?: string; "only-engine"?: boolean; keep?: string; over?: boolean };
function readKeptParts({ engine, "only-engine": onlyEngine = false, keep, over = false }: KeptFlags): KeptParts {
  const store = engine === undefined ? undefined : path.resolve(engine);
  return { store, onlyEngine, keep: wholeNumber.optional().parse(keep), over };
}
function readCommandLine(command: DeployCommand, args: string[]): CommandLine | undefined {
  if (isTakenByNpm(process.env)) return undefined;
  try {
    const { values, positionals } = parseArgs({ args, options: flags, allowPositionals: true });
    if (Object.keys(values).some((name) => !command.flags.includes(name))) return undefined;
    const takes = (word: string) => command.words === "any" || command.words.includes(word);
    if (!positionals.every(takes) || positionals.length > 1) return undefined;
    const file = path.resolve(values.settings ?? inCheckout("deploy/settings.env"));
    const isNamed = values.settings !== undefined;
    const { "dry-run": dryRun = false, rotate, remove = false, list = false } = values;
    const port = values.port === undefined ? undefined : z.coerce.number().int().min(1).max(65_500).parse(values.port);
    const isOlder = z.enum(["yes", "no"]).default("no").parse(values.older) === "yes";
    const served = { port, state: path.resolve(values.state ?? inCheckout("deploy/edge")), isOlder };
    return { file, isNamed, dryRun, rotate, remove, list, ...served, kept: readKeptParts(values), words: positionals };
  } catch {
    return undefined; // an option that there is not, or one without its value, or with one that it does not take
  }
}

async function runCommand(name: string, args: string[]): Promise<number> {
  const command = deployCommands.get(name);
  const given = command && readCommandLine(command, args);
  if (!given) {
    console.error(usageLines);
    return 2;
  }
  const run = async () => command.run(given);
  return (await (command.locks ? withSettingsLock(given.file, run) : run())) === false ? 1 : 0;
}

endOnSignals();
const [name = "", ...args] = process.argv.slice(2);
process.exitCode = await runCommand(name, args).catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : error}\n`);
  return error instanceof NotYet ? 2 : 1;
});
