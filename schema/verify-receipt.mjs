#!/usr/bin/env node
/**
 * Checks a GrowQR receipt with nothing but Node (18 or newer) and git. With a Git token of the repository's owner:
 *
 *   git clone https://x:<token>@<the service>/git/projects/<name>.git, and in the clone
 *   git fetch origin refs/notes/receipts:refs/notes/receipts
 *   node verify-receipt.mjs --jwks https://<the service>/.well-known/jwks.json [--commit <rev>] [--rerun]
 *
 * It says who signed, for which commit and spec, which checks passed, and that every declared output has the signed hash.
 * `--jwks` may be a file. `--rerun` runs the same checks again in a fresh clone: that runs the repository's own commands on
 * this machine, so do it where you would run its tests. Exit code 0: all receipts of the commit hold; 1: one does not; 2: usage.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { jwks: { type: "string" }, commit: { type: "string", default: "HEAD" }, rerun: { type: "boolean", default: false } },
});
if (!values.jwks) fail(2, "usage: verify-receipt.mjs --jwks <url or file> [--commit <rev>] [--rerun]");

const git = (...args) => execFileSync("git", args, { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 30 });
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const say = (ok, text) => console.log(`${ok ? "ok  " : "FAIL"}  ${text}`);

const { keys } = JSON.parse(/^https?:/.test(values.jwks) ? await (await fetch(values.jwks)).text() : readFileSync(values.jwks, "utf8"));
const commit = git("rev-parse", "--verify", "--end-of-options", `${values.commit}^{commit}`).toString().trim();
const receipts = noteOf(commit)
  .split("\n")
  .filter((line) => line.split(".").length === 3);
if (receipts.length === 0) fail(1, `no receipt for ${commit}`);
let good = true;
for (const receipt of receipts) good = (await holds(receipt)) && good;
process.exit(good ? 0 : 1);

function noteOf(hash) {
  try {
    return git("notes", "--ref=receipts", "show", hash).toString();
  } catch {
    return fail(1, `no receipt for ${hash}; did you fetch refs/notes/receipts?`);
  }
}
function fail(code, text) {
  console.error(text);
  process.exit(code);
}

async function holds(receipt) {
  const [header, payload, signature] = receipt.split(".");
  const { alg, kid, typ } = JSON.parse(Buffer.from(header, "base64url"));
  const jwk = keys.find((key) => key.kid === kid && key.kty === "EC" && key.crv === "P-256");
  const signed =
    alg === "ES256" &&
    typ === "growqr-receipt" &&
    jwk !== undefined &&
    verify(
      "sha256",
      Buffer.from(`${header}.${payload}`),
      { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    );
  say(signed, `signature by key ${kid}`);
  if (!signed) return false;
  const { subject, predicate } = JSON.parse(Buffer.from(payload, "base64url"));
  const results = [[subject[0].digest.gitCommit === commit, `commit ${commit} of ${subject[0].name}`]];
  for (const { name, digest } of subject.slice(1)) results.push([hashAt(name) === digest.sha256, `output ${name}`]);
  for (const [ok, text] of results) say(ok, text);
  console.log(`      task ${predicate.task}, spec ${predicate.spec.id} sha256:${predicate.spec.digest.sha256}`);
  console.log(
    `      image ${predicate.image.name} sha256:${predicate.image.digest.sha256}, ${predicate.startedAt} to ${predicate.finishedAt}`,
  );
  for (const { name, text, state } of predicate.coverage ?? []) console.log(`      ${name} ${state}: ${text}`);
  for (const what of predicate.declined ?? []) console.log(`      the member declined: ${what}`);
  for (const check of predicate.checks) say(true, `passed then: ${check.name}: ${whatOf(check)}`);
  const again = values.rerun ? await rerun(predicate.checks) : true;
  return again && results.every(([ok]) => ok);
}
function hashAt(path) {
  try {
    return sha256(git("show", `${commit}:${path}`));
  } catch {
    return undefined; // a missing output is a failed check
  }
}
function whatOf(check) {
  if (check.kind === "command") return `${check.command} → exit code ${check.exitCode}`;
  return check.kind === "url" ? `${check.url} → ${check.status}` : `${check.file} exists`;
}

async function rerun(checks) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "receipt-")));
  try {
    git("clone", "--quiet", "--no-hardlinks", git("rev-parse", "--show-toplevel").toString().trim(), folder);
    git("-C", folder, "checkout", "--quiet", "--detach", commit);
    let all = true;
    for (const check of checks) {
      const ok = await passes(check, folder, checks);
      say(ok, `passes now: ${check.name}: ${whatOf(check)}`);
      all &&= ok;
    }
    return all;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
/** As the clean room does it: the check's own server, or that of another check for the same port. */
function serveOf(check, checks) {
  const port = (url) => new URL(url).port;
  const same = checks.find((other) => other.kind === "url" && other.serve !== undefined && port(other.url) === port(check.url));
  return check.serve ?? same?.serve;
}
async function passes(check, folder, checks) {
  const found = (text) => check.contains === undefined || text.includes(check.contains);
  if (check.kind === "file") {
    try {
      const path = realpathSync(join(folder, check.file));
      return path.startsWith(folder + sep) && found(readFileSync(path, "utf8"));
    } catch {
      return false; // it is not there
    }
  }
  if (check.kind === "command") {
    const { code, output } = await run(check.command, folder, check.seconds).ended;
    return code === check.exitCode && found(output);
  }
  const serve = serveOf(check, checks);
  if (serve === undefined || (await listens(check.url))) return false; // nobody is to answer, or somebody else does
  const server = run(serve, folder, check.seconds);
  try {
    return await answers(check, found);
  } finally {
    server.stop();
    await server.ended;
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
async function answers(check, found) {
  for (const deadline = Date.now() + check.seconds * 1000; Date.now() < deadline; ) {
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
function run(command, cwd, seconds) {
  const child = spawn("sh", ["-c", command], { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const stop = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // it has ended already
    }
  };
  const timer = setTimeout(stop, seconds * 1000);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.on("close", (code) => resolve({ code, output }))).finally(() => clearTimeout(timer));
  return { stop, ended };
}
