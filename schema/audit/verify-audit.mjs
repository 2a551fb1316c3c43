#!/usr/bin/env node
/**
 * Checks a GrowQR audit with nothing but Node (18 or newer), and git where its anchors are checked too:
 *
 *   curl -O https://<the service>/verify-audit.mjs
 *   node verify-audit.mjs audit.ndjson
 *   git clone https://x:<token>@<the service>/git/growqr/audit.git anchors
 *   node verify-audit.mjs audit.ndjson --anchors anchors --jwks https://<the service>/.well-known/jwks.json
 *
 * The rows are those of GET /audit/export. Each holds the hash of the row before it, so one that was changed,
 * taken out or moved is found, and told by its number and line. Who could write the chain anew from some row
 * on could also make new hashes: the anchors, signed and kept in the member's own Git, say where it stood.
 *
 * Exit code 0: the audit holds. 1: it does not. 2: nothing could be checked.
 */
import { execFileSync } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const usage = "usage: verify-audit.mjs <rows> [--anchors <clone> --jwks <url or file>]";
/** A reason to stop, in words. */
class Stop extends Error {}
const printable = (text) => String(text).replace(/\p{Cc}/gu, "?"); // a terminal must not be steered by a name
const hashText = (text) => createHash("sha256").update(text).digest("hex");
const mostFlaws = 100;
let flaws = 0;
function tellFlaw(text) {
  flaws += 1;
  if (flaws <= mostFlaws) console.log(`FAIL  ${printable(text)}`);
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof Stop ? printable(error.message) : `the check could not be made: ${printable(error.message ?? error)}`);
    process.exit(2);
  },
);

async function main() {
  const { file, anchors, jwks } = readOptions();
  const signed = anchors === undefined ? [] : readAnchors(anchors, await readKeys(jwks));
  const chain = newChain(signed);
  try {
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      if (text !== "") takeRow(chain, text, line);
    }
  } catch (error) {
    throw new Stop(`the rows could not be read from ${file}: ${error.message}`);
  }
  endChain(chain, signed);
  if (flaws > mostFlaws) console.log(`FAIL  and ${flaws - mostFlaws} more`);
  if (flaws > 0) return 1;
  if (chain.last === 0) throw new Stop(`there is no row in ${file}`);
  console.log(`ok    ${chain.last} rows of ${printable(chain.member)}, none changed, removed or moved`);
  console.log(`ok    the newest has the hash ${chain.hash}`);
  if (anchors === undefined) console.log("      not checked here: whether the chain as a whole was written anew (--anchors)");
  else
    console.log(
      `ok    ${signed.length} anchors say the same, the newest of row ${signed.reduce((most, { seq }) => Math.max(most, seq), 0)}`,
    );
  return 0;
}
function readOptions() {
  try {
    const known = { anchors: { type: "string" }, jwks: { type: "string" } };
    const { values, positionals } = parseArgs({ options: known, allowPositionals: true });
    if (positionals.length === 1 && (values.anchors === undefined) === (values.jwks === undefined))
      return { file: positionals[0], ...values };
  } catch (error) {
    throw new Stop(`${error.message}\n${usage}`.split("\n")[0]);
  }
  throw new Stop(usage);
}

/** JSON with exactly one spelling (RFC 8785), as far as these rows need it. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}
function parseRow(text) {
  try {
    const row = JSON.parse(text);
    return row?.v === 1 && Number.isSafeInteger(row.seq) && row.seq > 0 && typeof row.hash === "string" ? row : undefined;
  } catch {
    return undefined; // the caller says so
  }
}

/** `gaps`: places that no row has had so far. */
function newChain(signed) {
  const anchors = new Map();
  for (const anchor of signed) anchors.set(anchor.seq, [...(anchors.get(anchor.seq) ?? []), anchor]);
  return { last: 0, hash: "0".repeat(64), member: undefined, gaps: [], anchors };
}
function takeRow(chain, text, line) {
  const row = parseRow(text);
  if (!row) return tellFlaw(`line ${line} is no row of an audit`);
  const { hash, ...said } = row;
  if (hashText(canonical(said)) !== hash) tellFlaw(`row ${row.seq} (line ${line}) was changed: it does not have its hash`);
  chain.member ??= row.member;
  if (row.member !== chain.member) tellFlaw(`row ${row.seq} (line ${line}) is another member's`);
  for (const anchor of chain.anchors.get(row.seq) ?? [])
    if (anchor.hash !== hash) tellFlaw(`row ${row.seq} (line ${line}) is not the one that the anchor of ${timeOf(anchor)} speaks of`);
  if (row.seq <= chain.last) return takeMoved(chain, row, line);
  if (row.seq > chain.last + 1) chain.gaps.push({ from: chain.last + 1, to: row.seq - 1, line });
  else if (row.prev !== chain.hash) tellFlaw(`row ${row.seq} (line ${line}) does not follow row ${chain.last} as it stands here`);
  chain.last = row.seq;
  chain.hash = hash;
}
function takeMoved(chain, { seq }, line) {
  const at = chain.gaps.findIndex(({ from, to }) => seq >= from && seq <= to);
  if (at < 0) return tellFlaw(`row ${seq} (line ${line}) is there twice`);
  const { from, to, line: before } = chain.gaps[at];
  const parts = [
    { from, to: seq - 1, line: before },
    { from: seq + 1, to, line: before },
  ];
  chain.gaps.splice(at, 1, ...parts.filter((part) => part.from <= part.to));
  tellFlaw(`row ${seq} (line ${line}) was moved: its place is before line ${before}`);
}
function endChain({ gaps, last, member }, signed) {
  for (const { from, to, line } of gaps)
    tellFlaw(
      from === to ? `row ${from} was removed: it is missing before line ${line}` : `rows ${from} to ${to} were removed before line ${line}`,
    );
  const ahead = signed.filter(({ seq }) => seq > last).sort((a, b) => b.seq - a.seq)[0];
  if (ahead) tellFlaw(`rows ${last + 1} to ${ahead.seq} were removed from the end: they stood there at ${timeOf(ahead)}`);
  if (signed.some((anchor) => anchor.member !== member)) tellFlaw("an anchor is of another member's audit");
}
const timeOf = ({ at }) => new Date(at).toISOString();

async function readKeys(where) {
  try {
    const remote = /^https?:/.test(where);
    const response = remote ? await fetch(where, { redirect: "error", signal: AbortSignal.timeout(20_000) }) : undefined;
    if (response && !response.ok) throw new Error(`it answered ${response.status}`);
    const { keys } = JSON.parse(response ? await response.text() : readFileSync(where, "utf8"));
    if (!Array.isArray(keys)) throw new Error("it has no list of keys");
    return keys.filter((key) => typeof key?.kid === "string" && key.kty === "EC" && key.crv === "P-256" && key.class === "receipt");
  } catch (error) {
    throw new Stop(`the keys could not be read from ${where}: ${error.cause?.message ?? error.message}`);
  }
}
/** Every head that the repository has held. */
function readAnchors(folder, keys) {
  let text;
  try {
    const words = ["-C", folder, "log", "--format=", "-p", "-U0", "--no-ext-diff", "--no-textconv", "--", "head.jws"];
    text = execFileSync("git", words, { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 30 }).toString();
  } catch (error) {
    throw new Stop(error.code === "ENOENT" ? "git is not installed here" : `${folder} is no clone of the anchors`);
  }
  const heads = text
    .split("\n")
    .filter((line) => line.startsWith("+") && line.split(".").length === 3 && !line.startsWith("+++ "))
    .map((line) => line.slice(1).trim());
  if (heads.length === 0) throw new Stop(`${folder} has no anchors`);
  return heads.flatMap((head) => readAnchor(head, keys) ?? []);
}
function parsePart(part) {
  try {
    return JSON.parse(Buffer.from(part, "base64url"));
  } catch {
    return undefined; // the caller says so
  }
}
function readAnchor(head, keys) {
  const [header, payload, signature] = head.split(".");
  const { alg, kid, typ, crit } = parsePart(header) ?? {};
  const key = keys.find((candidate) => candidate.kid === kid);
  const formed = alg === "ES256" && typ === "growqr-audit" && crit === undefined && key !== undefined;
  const said = formed && verifies(key, `${header}.${payload}`, signature) ? parsePart(payload) : undefined;
  const late = said && key.revoked !== undefined && !(said.at < key.revoked.revoked_at * 1000);
  if (said?.type === "urn:growqr:audit-head:v1" && Number.isSafeInteger(said.seq) && !late) return said;
  tellFlaw(`an anchor is not signed by a key that holds: ${head.slice(0, 40)}…`);
  return undefined;
}
function verifies({ kty, crv, x, y }, text, signature) {
  try {
    const key = createPublicKey({ key: { kty, crv, x, y }, format: "jwk" });
    return verify("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  } catch {
    return false; // not a point of the curve, or not the length of a signature
  }
}
