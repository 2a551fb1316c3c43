#!/usr/bin/env node
/**
 * Checks a GrowQR receipt with nothing but Node (18 or newer) and git. With a Git token of the repository's
 * owner:
 *
 *   git clone https://x:<token>@<the service>/git/projects/<name>.git, and in the clone
 *   git fetch origin refs/notes/receipts:refs/notes/receipts
 *   node verify-receipt.mjs --jwks https://<the service>/.well-known/jwks.json [--commit <rev>] [--rerun]
 *
 * It says who signed, for which commit and spec, which checks passed, that every declared output has the
 * signed hash, and whether the key was revoked. `--jwks` may be a file. `--rerun` runs the same checks again
 * in a fresh clone: that runs the repository's own commands on this machine, so do it where you would run its
 * tests. A check that this machine can't run (no such program, a Node that is too old, a port that is taken)
 * says nothing about the receipt, and the tool says which.
 *
 * Exit code 0: all receipts of the commit hold. 1: one does not. 2: nothing could be checked. 3: they hold,
 * but not every check could be run again here.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { parseArgs } from "node:util";

const usage = "usage: verify-receipt.mjs --jwks <url or file> [--commit <rev>] [--rerun]";
/** A reason to stop, in words. */
class Stop extends Error {}
const printable = (text) => String(text).replace(/\p{Cc}/gu, "?"); // a terminal must not be steered by a name
const say = (verdict, text) => console.log(`${verdict.padEnd(4)}  ${printable(text)}`);
const truth = (ok) => (ok ? "ok" : "FAIL");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const git = (...args) => execFileSync("git", args, { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 30 });

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof Stop ? printable(error.message) : `the check could not be made: ${printable(error.message ?? error)}`);
    process.exit(2);
  },
);

async function main() {
  const { jwks, commit: rev, rerun: again } = options();
  const keys = await keysOf(jwks);
  const commit = commitOf(rev);
  const receipts = noteOf(commit)
    .split("\n")
    .filter((line) => line.split(".").length === 3);
  if (receipts.length === 0) {
    console.error(`no receipt for ${commit}; did you fetch refs/notes/receipts?`);
    return 1;
  }
  let code = 0;
  for (const receipt of receipts) code = worse(code, await check(receipt, { keys, commit, again }));
  return code;
}
/** One that does not hold outweighs one that could not be run again. */
function worse(before, now) {
  return before === 1 || now === 1 ? 1 : Math.max(before, now);
}
function options() {
  try {
    const known = { jwks: { type: "string" }, commit: { type: "string", default: "HEAD" }, rerun: { type: "boolean", default: false } };
    const { values } = parseArgs({ options: known });
    if (values.jwks) return values;
  } catch (error) {
    throw new Stop(`${error.message}\n${usage}`.split("\n")[0]);
  }
  throw new Stop(usage);
}
async function keysOf(where) {
  try {
    const remote = /^https?:/.test(where);
    const response = remote ? await fetch(where, { signal: AbortSignal.timeout(20_000) }) : undefined;
    if (response && !response.ok) throw new Error(`it answered ${response.status}`);
    const { keys } = JSON.parse(response ? await response.text() : readFileSync(where, "utf8"));
    if (!Array.isArray(keys)) throw new Error("it has no list of keys");
    return keys.filter((key) => typeof key?.kid === "string" && key.kty === "EC" && key.crv === "P-256" && forReceipts(key));
  } catch (error) {
    throw new Stop(`the keys could not be read from ${where}: ${error.cause?.message ?? error.message}`);
  }
}
/**
 * Keys of other things than receipts verify none. A set that was kept before keys had a class tells by their
 * names.
 */
function forReceipts(key) {
  return key.class === undefined ? key.kid.startsWith("receipt-") : key.class === "receipt";
}
function commitOf(rev) {
  try {
    return git("rev-parse", "--verify", "--end-of-options", `${rev}^{commit}`).toString().trim();
  } catch (error) {
    throw new Stop(error.code === "ENOENT" ? "git is not installed here" : `there is no commit ${rev} here; run this in the clone`);
  }
}
function noteOf(commit) {
  try {
    return git("notes", "--ref=receipts", "show", commit).toString();
  } catch {
    return ""; // no note: the caller says so
  }
}
const decoded = (part) => {
  try {
    return JSON.parse(Buffer.from(part, "base64url"));
  } catch {
    return undefined; // the caller says that it is no receipt
  }
};

async function check(receipt, { keys, commit, again }) {
  const [header, payload, signature] = receipt.split(".");
  const { alg, kid, typ, crit } = decoded(header) ?? {};
  const key = keys.find((candidate) => candidate.kid === kid);
  const formed = alg === "ES256" && typ === "growqr-receipt" && crit === undefined;
  const signed = formed && key !== undefined && verifies(key, `${header}.${payload}`, signature);
  const statement = signed ? decoded(payload) : undefined;
  const format = formatOf(statement);
  const readable = format > 0;
  const late = readable && key.revoked !== undefined && !(Date.parse(statement.predicate.finishedAt) < key.revoked.revoked_at * 1000);
  say(truth(readable && !late), `signature by key ${kid}${signed ? revocationOf(key, late) : ""}`);
  if (!readable || late) return 1;
  const { subject, predicate } = statement;
  const results = [[subject[0].digest.gitCommit === commit, `commit ${commit} of ${subject[0].name}`]];
  for (const { name, digest } of subject.slice(1)) results.push([hashAt(commit, name) === digest.sha256, `output ${name}`]);
  const file = predicate.setup?.environment;
  if (file) results.push([hashAt(commit, environmentPath) === file, `environment ${environmentPath}`]);
  for (const file of predicate.agreed?.files ?? []) results.push([isAgreed(commit, file), `changed with the member's word: ${file.name}`]);
  for (const [ok, text] of results) say(truth(ok), text);
  say("", `task ${predicate.task}, spec ${predicate.spec.id} sha256:${predicate.spec.digest.sha256}`);
  say("", `image ${predicate.image.name} sha256:${predicate.image.digest.sha256}, ${predicate.startedAt} to ${predicate.finishedAt}`);
  const scenarios = (predicate.coverage ?? []).filter(({ name }) => name.startsWith("scenarios."));
  const shown = scenarios.filter(({ state }) => state === "checked").length;
  if (scenarios.length > 0) say("", `of what was asked for in words ${shown} of ${scenarios.length} checked`);
  for (const { name, text, state } of predicate.coverage ?? []) say("", `${name} ${state}: ${text}`);
  if (predicate.setup) sayInstalled(predicate.setup);
  if (predicate.strength) sayStrength(predicate.strength);
  sayRules(format, predicate);
  for (const line of predicate.declined ?? []) say("", `the member declined: ${line}`);
  for (const each of predicate.checks) say("ok", `passed then: ${each.name}: ${whatOf(each)}`);
  if (!results.every(([ok]) => ok)) return 1;
  if (!again) return 0;
  const code = await rerun(predicate.checks, commit, predicate.setup);
  if (predicate.strength || format > 1)
    say("", "not checked here: what the checks would notice, and all else that a clean room tries beyond the checks themselves");
  return code;
}
/** Format 2 names what the room held to; of format 1 nobody knows. */
const receiptFormats = ["urn:growqr:receipt:v1", "urn:growqr:receipt:v2"];
function sayRules(format, { rules = [], agreed }) {
  if (format === 1)
    return say("", "format 1: the checks passed; it names no rules of the room, and says nothing of what lay beside the work");
  say("", `the room held to: ${rules.join(", ")}`);
  for (const { name, changes = [] } of agreed.files) for (const line of changes) say("", `${name}: ${line}`);
  if (agreed.more > 0) say("", `${agreed.more} more files that settle the checks were changed with the member's word`);
}
function formatOf(statement) {
  const { _type: type, predicateType, predicate } = statement ?? {};
  const format = type === "https://in-toto.io/Statement/v1" ? receiptFormats.indexOf(predicateType) + 1 : 0;
  return format === 2 && !(Array.isArray(predicate?.rules) && Array.isArray(predicate.agreed?.files)) ? 0 : format;
}
/** Whether a file is at the commit as the receipt says that it was changed, or as it says is none. */
function isAgreed(commit, { name, mode, digest }) {
  try {
    const line = git("--literal-pathspecs", "ls-tree", "--full-tree", "-z", commit, "--", name).toString();
    const [, seenMode, kind, seenHash] = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(line) ?? [];
    if (digest === undefined) return kind === undefined || kind === "tree";
    return seenMode === mode && seenHash === digest.gitBlob;
  } catch {
    return false; // no name of a file in a repository
  }
}
function sayStrength({ caught, tried, left, missed }) {
  const noticed = `the work was broken on purpose in ${tried} ${tried === 1 ? "way" : "ways"}, and its checks noticed ${caught}`;
  say("", `${noticed}${left > 0 ? `; ${left} more were not tried` : ""}`);
  for (const example of missed) say("", `not noticed: ${example}`);
}
const environmentPath = ".growqr/environment.yaml";
function sayInstalled({ commands, files, unpinned, snapshot, environment }) {
  const all = [...(environment ? [{ name: environmentPath, sha256: environment }] : []), ...files];
  const from = all.map(({ name, sha256: hash }) => `${name} sha256:${hash.slice(0, 12)}`).join(", ");
  say("", `installed before the checks by ${commands.join(", ")} from ${from}: sha256:${snapshot}`);
  if (unpinned.length > 0) say("", `unpinned: ${unpinned.join(", ")} leaves open which versions are installed`);
}
function verifies(key, text, signature) {
  try {
    const { kty, crv, x, y } = key;
    const publicKey = createPublicKey({ key: { kty, crv, x, y }, format: "jwk" });
    return verify("sha256", Buffer.from(text), { key: publicKey, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  } catch {
    return false; // not a point of the curve, or not the length of a signature
  }
}
function revocationOf({ revoked }, late) {
  if (revoked === undefined) return "";
  const since = `revoked (${revoked.reason}) from ${new Date(revoked.revoked_at * 1000).toISOString()} on`;
  return late ? `, which was ${since}: what it signed from then on does not hold` : `, which was ${since}: this is from before`;
}
/** What the hash of a folder is made of: a line `mode hash path` for each plain file in it, sorted. */
function listFolder(commit, path) {
  const entries = git("--literal-pathspecs", "ls-tree", "--full-tree", "-r", "-z", commit, "--", path)
    .toString()
    .split("\0")
    .filter(Boolean);
  const plain = entries
    .map((entry) => /^(\d+) (\w+) ([0-9a-f]+)\t([\s\S]*)$/.exec(entry))
    .filter(([, mode, kind]) => kind === "blob" && mode !== "120000");
  return plain
    .map(([, mode, , hash, name]) => `${mode} ${hash} ${name}\n`)
    .sort()
    .join("");
}
function hashAt(commit, path) {
  try {
    const isFolder = git("cat-file", "-t", `${commit}:${path}`).toString().trim() === "tree";
    return sha256(isFolder ? listFolder(commit, path) : git("show", `${commit}:${path}`));
  } catch {
    return undefined; // a missing output is a failed check
  }
}
function whatOf(check) {
  if (check.kind === "command") return `${check.command} → exit code ${check.exitCode}`;
  return check.kind === "url" ? `${check.url} → ${check.status}` : `${check.file} exists`;
}

/** As the clean room does it: the project's own scripts are not run. */
const installCommands = {
  "npm ci": "npm ci --ignore-scripts --no-audit --no-fund --git=git",
  "npm install": "npm install --ignore-scripts --no-audit --no-fund --git=git --no-package-lock",
  "pnpm install": "pnpm install --frozen-lockfile --ignore-scripts --ignore-pnpmfile",
  "yarn install": "YARN_IGNORE_PATH=1 yarn install --frozen-lockfile --ignore-scripts --non-interactive",
  "uv sync": "uv sync --frozen --no-install-project",
  "pip install": "python3 -m venv .venv && .venv/bin/pip install --no-input -r requirements.txt",
};
const installSeconds = 900;
/**
 * The line that does what a receipt names, or undefined. What an environment file says is there as it stands;
 * what a lockfile says has a name, and its folder where that is not the root.
 */
function installLine(name, byFile) {
  if (byFile) return name;
  const [known, folder, ...more] = name.split(" in ");
  const isPlain = (part) => /^[A-Za-z0-9_@+][A-Za-z0-9_@+.-]*$/.test(part);
  if (!Object.hasOwn(installCommands, known) || more.length > 0 || !(folder ?? "a").split("/").every(isPlain)) return undefined;
  return folder === undefined ? installCommands[known] : `cd ${folder} && ${installCommands[known]}`;
}
/** Installs what the project needs. Answers why it could not, or undefined. */
async function install({ commands, environment }, folder) {
  for (const name of commands) {
    const line = installLine(name, environment !== undefined);
    if (line === undefined) return `this tool does not know ${name}`;
    const { code, late } = await run(line, folder, installSeconds).ended;
    if (code === 0 && !late) say("ok", `installed now: ${name}`);
    else return `${name} ended with ${late ? "no end" : code} here`;
  }
  return undefined;
}

/** A variable that says where a service is; of Postgres, the platform gives further ones. */
const serviceVariables = { postgres: "DATABASE_URL", redis: "REDIS_URL" };
/** The services that the commit's environment file asks for, and to which no variable here leads. */
function missingServices(commit) {
  let text = "";
  try {
    text = git("show", `${commit}:${environmentPath}`).toString().slice(0, 100_000);
  } catch {
    // it has none
  }
  const [, list = ""] = /^services:([^\n]*(?:\n[ \t-][^\n]*)*)/m.exec(text.replace(/(^|\s)#.*/g, "")) ?? [];
  return Object.keys(serviceVariables).filter((name) => list.includes(name) && !process.env[serviceVariables[name]]);
}

async function rerun(checks, commit, setup) {
  const services = missingServices(commit);
  if (services.length > 0) {
    const names = services.map((name) => serviceVariables[name]).join(" and ");
    say("????", `not run again: the checks need ${services.join(" and ")}, empty and of your own: ${names} says where`);
    return 3;
  }
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "receipt-")));
  try {
    git("clone", "--quiet", "--no-hardlinks", git("rev-parse", "--show-toplevel").toString().trim(), folder);
    git("-C", folder, "checkout", "--quiet", "--detach", commit);
    let code = 0;
    const missing = setup && (await install(setup, folder));
    if (missing) {
      say("????", `not run again: what the checks need is not installed: ${missing}`);
      return 3;
    }
    for (const check of checks) {
      const { passed, unable } = await runAgain(check, folder, checks);
      if (unable) say("????", `not run again: ${check.name}: ${whatOf(check)}: ${unable}`);
      else say(truth(passed), `passes now: ${check.name}: ${whatOf(check)}`);
      code = worse(code, unable ? 3 : passed ? 0 : 1);
    }
    if (code === 3) say("????", "this machine can't run every check; that says nothing against the receipt");
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
/**
 * Why this machine could not run a command at all, or undefined. 126 and 127 are the shell's, 9 is Node's for
 * an option it does not know.
 */
function unableBy({ code, output, late }, seconds) {
  if (late) return `it did not end within ${seconds} s here`;
  const option = code === 9 ? /node: bad option: (\S{1,60})/.exec(output.slice(0, 10_000))?.[1] : undefined;
  if (option) return `the Node of this machine does not know ${option} (Node 22 or newer does, if it is --run)`;
  if (code === 127) return "a program it needs is not installed here";
  return code === 126 ? "a program it needs can't be started here" : undefined;
}
/** As the clean room does it: the check's own server, or that of another check for the same port. */
function serveOf(check, checks) {
  const port = (url) => new URL(url).port;
  const same = checks.find((other) => other.kind === "url" && other.serve !== undefined && port(other.url) === port(check.url));
  return check.serve ?? same?.serve;
}
async function runAgain(check, folder, checks) {
  const found = (text) => check.contains === undefined || text.includes(check.contains);
  if (check.kind === "file") return { passed: isThere(join(folder, check.file), folder, found) };
  if (check.kind === "command") {
    const ended = await run(check.command, folder, check.seconds).ended;
    const passed = ended.code === check.exitCode && found(ended.output);
    return { passed, unable: passed ? undefined : unableBy(ended, check.seconds) };
  }
  const serve = serveOf(check, checks);
  if (serve === undefined) return { passed: false };
  if (await listens(check.url)) return { passed: false, unable: `another program of this machine answers at ${check.url}` };
  const server = run(serve, folder, check.seconds + 10);
  let ended;
  server.ended.then((how) => (ended = how));
  try {
    const passed = await answers(check, found, () => ended !== undefined && unableBy(ended) !== undefined);
    return { passed, unable: passed || ended === undefined ? undefined : unableBy(ended) };
  } finally {
    server.stop();
    await server.ended;
  }
}
function isThere(file, folder, found) {
  try {
    const path = realpathSync(file);
    if (!path.startsWith(folder + sep)) return false;
    return statSync(path).isDirectory() ? readdirSync(path).length > 0 : found(readFileSync(path, "utf8"));
  } catch {
    return false; // it is not there
  }
}
async function listens(url) {
  try {
    await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false; // nobody there, as it must be
  }
}
async function answers(check, found, hopeless) {
  for (const deadline = Date.now() + check.seconds * 1000; Date.now() < deadline && !hopeless(); ) {
    try {
      const response = await fetch(check.url, { redirect: "manual", signal: AbortSignal.timeout(5000) });
      const text = await response.text();
      if (response.status === check.status && found(text)) return true;
    } catch {
      // not listening yet: asked again until the deadline
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
/** What it printed is kept up to a megabyte. */
function run(command, cwd, seconds) {
  const env = { ...process.env, PATH: [process.env.PATH, join(cwd, "node_modules/.bin"), join(cwd, ".venv/bin")].join(":") };
  const child = spawn("sh", ["-c", command], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const stop = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // it has ended already
    }
  };
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, seconds * 1000);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk) => {
      if (output.length < 1 << 20) output += chunk;
    });
  const ended = new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, output, late }));
    child.on("error", () => resolve({ code: 127, output, late }));
  }).finally(() => clearTimeout(timer));
  return { stop, ended };
}
