import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CompactSign, importJWK } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { type AuditEntry, type AuditRow, auditHeadType, auditRoot, hashAuditRow } from "../../../schema/audit/audit.ts";
import { canonicalJson } from "../../../schema/wire/canonical.ts";
import { newId } from "../../../schema/wire/id.ts";
import { type PrivateKey, publicPart } from "../../../schema/wire/key.ts";
import { ownFolder } from "../../harness/fixtures.ts";
import { newReceiptKey } from "../../harness/receipt-sample.ts";

/** The file a stranger downloads, run as they would run it. */
const script = fileURLToPath(new URL("../../../schema/audit/verify-audit.mjs", import.meta.url));
const folder = ownFolder();
const member = newId("mem");
let rows: AuditRow[];
let key: PrivateKey<"receipt">;

const entry = (n: number): AuditEntry => ({
  ...{ at: 1_800_000_000_000 + n, by: { kind: "member", id: member }, kind: "task", action: "taskAct:pause", target: newId("tsk") },
  ...{ request: newId("req"), result: "ok", ms: 12, steps: [{ name: "admitted", ms: 2 }] },
});
async function chain(entries: readonly AuditEntry[], owner = member): Promise<AuditRow[]> {
  const made: AuditRow[] = [];
  for (const each of entries) {
    const place = { member: owner, seq: made.length + 1, prev: made.at(-1)?.hash ?? auditRoot };
    made.push({ ...each, v: 1, ...place, hash: await hashAuditRow(each, place) });
  }
  return made;
}
type Said = { code: number; text: string };
const run = (args: string[]): Promise<Said> =>
  new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { cwd: folder }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, text: out + err });
    });
  });
const write = (lines: readonly (AuditRow | string)[]) =>
  writeFileSync(join(folder, "audit.ndjson"), lines.map((line) => `${typeof line === "string" ? line : canonicalJson(line)}\n`).join(""));
async function verify(lines: readonly (AuditRow | string)[], args: string[] = []): Promise<Said> {
  write(lines);
  return run(["audit.ndjson", ...args]);
}
const fails = ({ code, text }: Said) => [
  code,
  text
    .split("\n")
    .filter((line) => line.startsWith("FAIL"))
    .map((line) => line.slice(6)),
];

beforeAll(async () => {
  rows = await chain(Array.from({ length: 12 }, (_, n) => entry(n)));
  key = await newReceiptKey("receipt-1");
  writeFileSync(join(folder, "jwks.json"), JSON.stringify({ keys: [publicPart(key)] }));
});

describe("a stranger finds", () => {
  test("that a whole audit holds", async () => {
    expect(await verify(rows)).toEqual({ code: 0, text: expect.stringContaining(`12 rows of ${member}, none changed, removed or moved`) });
  });
  test("a row that was changed, by its number and line", async () => {
    const changed = rows.map((row) => (row.seq === 5 ? { ...row, result: "forbidden" as const } : row));
    expect(fails(await verify(changed))).toEqual([1, ["row 5 (line 5) was changed: it does not have its hash"]]);
  });
  test("a row that was changed and has a new hash, by the row that follows it", async () => {
    const { v: _, member: __, seq, prev, hash: ___, ...told } = rows[4]!;
    const forged = { ...rows[4]!, ms: 99, hash: await hashAuditRow({ ...told, ms: 99 }, { member, seq, prev }) };
    expect(fails(await verify(rows.with(4, forged)))).toEqual([1, ["row 6 (line 6) does not follow row 5 as it stands here"]]);
  });
  test("rows that were removed, from the beginning too", async () => {
    expect(fails(await verify(rows.toSpliced(6, 1)))).toEqual([1, ["row 7 was removed: it is missing before line 7"]]);
    expect(fails(await verify(rows.toSpliced(0, 3)))).toEqual([1, ["rows 1 to 3 were removed before line 1"]]);
  });
  test("rows that were moved, twice there, of somebody else's or no rows at all", async () => {
    const moved = [...rows.slice(0, 2), rows[3]!, rows[2]!, ...rows.slice(4)];
    expect(fails(await verify(moved))).toEqual([1, ["row 3 (line 4) was moved: its place is before line 3"]]);
    expect(fails(await verify([...rows, rows[3]!]))).toEqual([1, ["row 4 (line 13) is there twice"]]);
    expect(fails(await verify(rows.map((row) => (row.seq === 2 ? "{" : row))))).toEqual([
      1,
      ["line 2 is no row of an audit", "row 2 was removed: it is missing before line 3"],
    ]);
    const [other] = await chain([entry(1)], newId("mem"));
    expect(fails(await verify([rows[0]!, { ...other!, seq: 2 }]))[1]).toContain("row 2 (line 2) is another member's");
  });
  test("that there is nothing to check, with another exit code", async () => {
    expect(await verify([])).toMatchObject({ code: 2, text: expect.stringContaining("there is no row") });
    expect(await run(["nothing.ndjson"])).toMatchObject({ code: 2 });
    expect(await run([])).toMatchObject({ code: 2, text: expect.stringContaining("usage:") });
  });
});

describe("the anchors say", () => {
  const clone = () => join(folder, "anchors");
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", clone(), "-c", "user.name=t", "-c", "user.email=t@localhost", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
  async function anchor(row: Pick<AuditRow, "seq" | "hash">, typ = auditHeadType): Promise<void> {
    const said = { type: "urn:growqr:audit-head:v1", member, seq: row.seq, hash: row.hash, at: 1_800_000_500_000 };
    const head = await new CompactSign(new TextEncoder().encode(canonicalJson(said)))
      .setProtectedHeader({ alg: "ES256", kid: key.kid, typ })
      .sign(await importJWK({ ...key }, "ES256"));
    writeFileSync(join(clone(), "head.jws"), `${head}\n`);
    git("add", ".");
    git("commit", "-qm", "One");
  }
  const anchored = ["--anchors", "anchors", "--jwks", "jwks.json"];
  beforeAll(async () => {
    mkdirSync(clone());
    git("init", "-q", "-b", "main");
    for (const seq of [3, 7, 10]) await anchor(rows[seq - 1]!);
  });

  test("that the chain stood as it stands", async () => {
    expect(await verify(rows, anchored)).toEqual({
      code: 0,
      text: expect.stringContaining("3 anchors say the same, the newest of row 10"),
    });
  });
  test("that a whole chain was written anew from some row on", async () => {
    const anew = await chain(
      rows.map(({ v: _, member: __, seq, prev: ___, hash: ____, ...told }) => (seq === 6 ? { ...told, ms: 1 } : told)),
    );
    expect((await verify(anew)).code).toBe(0);
    expect(fails(await verify(anew, anchored))).toEqual([
      1,
      [7, 10].map((seq) => `row ${seq} (line ${seq}) is not the one that the anchor of 2027-01-15T08:08:20.000Z speaks of`),
    ]);
  });
  test("that rows were taken from the end", async () => {
    expect((await verify(rows.slice(0, 8))).code).toBe(0);
    expect(fails(await verify(rows.slice(0, 8), anchored))).toEqual([
      1,
      ["rows 9 to 10 were removed from the end: they stood there at 2027-01-15T08:08:20.000Z"],
    ]);
  });
  test("nothing where their signature is of another kind", async () => {
    await anchor(rows[11]!, "growqr-receipt");
    expect(fails(await verify(rows, anchored))).toEqual([1, [expect.stringContaining("is not signed by a key that holds")]]);
  });
});
