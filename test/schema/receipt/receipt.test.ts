import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { CompactSign, importJWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agreedFiles, limitAgreed, roomRules, toAgreedFile } from "../../../schema/proof/room-rules.ts";
import {
  addReceiptToNote,
  makeStatement,
  type RanCheck,
  type ReceiptFacts,
  readReceipt,
  readReceiptNote,
  readUnverifiedReceipt,
  receiptStanding,
  receiptStatement,
  rulesOf,
  signReceipt,
  specHash,
} from "../../../schema/receipt/receipt.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { canonicalJson, hashSha256 } from "../../../schema/wire/canonical.ts";
import type { AppError } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { type PrivateKey, publicPart } from "../../../schema/wire/key.ts";
import { signTicket, ticketKeys } from "../../../schema/wire/ticket.ts";
import { command, newReceiptKey, proof, zero } from "../../harness/receipt-sample.ts";
import { testInstance } from "../../harness/suite/test-instance.ts";

let key: PrivateKey<"receipt">;
let other: PrivateKey<"receipt">;
beforeAll(async () => {
  [key, other] = await Promise.all([newReceiptKey("r1"), newReceiptKey("r2")]);
});
const published = (...keys: PrivateKey<"receipt">[]) => ({ keys: keys.map(publicPart) });

describe("canonical JSON", () => {
  test("does not depend on the order of keys and says the same", () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, shuffled(item)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: [1, 1e21, -0], "\u20ac": "\u000f", a: undefined })).toBe('{"b":[1,1e+21,0],"€":"\\u000f"}');
  });
  test("refuses what JSON can't say", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, "\ud800", 1n, undefined, () => 1, { a: "\udc00" }])
      expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});

describe("a receipt", () => {
  test("is read back with the published keys, rotated ones included", async () => {
    const statement = makeStatement(proof());
    const token = await signReceipt(key, statement);
    expect(await readReceipt(token, published(other, key))).toEqual(statement);
    expect(readUnverifiedReceipt(token)).toEqual(statement);
    for (const none of ["", "a.b.c", token.replace(/\..*\./, ".e30.")]) expect(readUnverifiedReceipt(none)).toBeUndefined();
    expect(statement).toMatchObject({ _type: "https://in-toto.io/Statement/v1", subject: [{ digest: { gitCommit: "a".repeat(40) } }] });
  });
  test("that does not hold says why: its key is unknown or was revoked by then, or its signature is wrong", async () => {
    const statement = makeStatement(proof());
    const token = await signReceipt(key, statement);
    const why = (text: string, set: { keys: readonly unknown[] }) =>
      readReceipt(text, set).then(
        () => "holds",
        (error: AppError) => error.meta.why,
      );
    const revoked = (at: number) => ({ keys: [{ ...publicPart(key), revoked: { revoked_at: at / 1_000, reason: "superseded" } }] });
    const ended = Date.parse(statement.predicate.finishedAt);
    expect(await why(token, published(other))).toBe("unknown_key");
    expect(await why(token, revoked(ended))).toBe("revoked");
    expect(await why(token, revoked(ended + 1_000))).toBe("holds");
    expect(await why(`${token.slice(0, -8)}AAAAAAAA`, published(key))).toBe("signature");
    expect(await why("no receipt", published(key))).toBe("signature");
  });
  test("that was changed anywhere, signed by another or is something else is refused", async () => {
    const token = await signReceipt(key, makeStatement(proof()));
    const refused = (text: string, by = key) => expect(readReceipt(text, published(by))).rejects.toMatchObject({ code: "unauthenticated" });
    await refused(token, other);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const forged = Buffer.from(Buffer.from(payload, "base64url").toString().replace("a".repeat(40), "b".repeat(40))).toString("base64url");
    await refused(`${header}.${forged}.${signature}`);
    await refused(`${Buffer.from('{"alg":"none","typ":"growqr-receipt"}').toString("base64url")}.${payload}.`);
    await refused(
      await signTicket(
        ticketKeys.parse([{ ...key, class: "ticket" }]),
        "actor",
        { member: newId("mem") },
        Math.floor(Date.now() / 1000),
        60,
      ),
    );
    const loose = await new CompactSign(Buffer.from(JSON.stringify(makeStatement(proof()), null, 1)))
      .setProtectedHeader({ alg: "ES256", kid: "r1", typ: "growqr-receipt" })
      .sign(await importJWK({ ...key }, "ES256"));
    await refused(loose);
    await fc.assert(
      fc.asyncProperty(fc.nat(payload.length - 2), async (at) => {
        const changed = `${payload.slice(0, at)}${payload[at] === "A" ? "B" : "A"}${payload.slice(at + 1)}`;
        await refused(`${header}.${changed}.${signature}`);
      }),
      { numRuns: 40 },
    );
  });
  test("of the second format names what the room held to; one of the first names nothing, and is read as what it was", async () => {
    const agreed = {
      files: [{ name: "package.json", mode: "100644", digest: { gitBlob: "b".repeat(40) }, changes: ["Adds left-pad."] }],
      more: 2,
    };
    const statement = makeStatement(proof({ held: { rules: ["two-places"], agreed } }));
    expect(statement.predicateType).toBe("urn:growqr:receipt:v2");
    expect(rulesOf(await readReceipt(await signReceipt(key, statement), published(key)))).toEqual({ rules: ["two-places"], agreed });
    const before = makeStatement(proof({ held: undefined }));
    expect([before.predicateType, rulesOf(before)]).toEqual(["urn:growqr:receipt:v1", undefined]);
    const mixed: unknown[] = [
      { ...statement, predicateType: before.predicateType },
      { ...before, predicateType: statement.predicateType },
      { ...statement, predicateType: "urn:growqr:receipt:v3" },
      { ...statement, predicate: { ...statement.predicate, rules: [] } },
      { ...statement, predicate: { ...statement.predicate, rules: ["Not a name"] } },
    ];
    for (const each of mixed) expect(receiptStatement.safeParse(each).success, JSON.stringify(each).slice(0, 200)).toBe(false);
  });
  test("names each rule that the README explains, in the same words", () => {
    const readme = readFileSync(new URL("../../../schema/receipt/README.md", import.meta.url), "utf8");
    const [, table = ""] = readme.split("| rule | what it means |\n| --- | --- |\n");
    const rows = table
      .split("\n\n")[0]
      ?.split("\n")
      .map((row) => /^\| `([a-z-]+)` \| (.+) \|$/.exec(row)?.slice(1));
    expect(rows).toEqual(Object.entries(roomRules));
  });
  test("holds as many changed files as a note has room for, the first first, and counts the others", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 500 });
    const line = fc.string({ unit: "binary", maxLength: 400 });
    const file = fc.tuple(name, fc.constantFrom("", `100644 ${"a".repeat(40)}`), fc.array(line, { maxLength: 7 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(file, { maxLength: 90 }), (all) => {
        const files = all.map(([path, hash, changes, shown]) => toAgreedFile(path, hash, { changes, shown }));
        const agreed = agreedFiles.parse(limitAgreed(files));
        expect(agreed.files.length + agreed.more).toBe(all.length);
        const made = makeStatement(proof({ held: { rules: ["member-agreed"], agreed } })).predicate;
        const without = makeStatement(proof({ held: { rules: ["member-agreed"], agreed: { files: [], more: 0 } } })).predicate;
        expect(canonicalJson(made).length - canonicalJson(without).length).toBeLessThan(17_000);
        const [first] = files;
        if (first) expect(agreed.files[0]?.name).toBe(first.name);
      }),
      { numRuns: 60 },
    );
  });
  test("that was signed before there was a second format verifies with its key", async () => {
    const kept = JSON.parse(readFileSync(new URL("format-1.json", import.meta.url), "utf8"));
    const read = await Promise.all(kept.receipts.map((token: string) => readReceipt(token, kept)));
    expect(read.map(({ predicateType, predicate }) => [predicateType, predicate.checks.length, "rules" in predicate])).toEqual([
      ["urn:growqr:receipt:v1", 1, false],
      ["urn:growqr:receipt:v1", 1, false],
    ]);
  });
  test("is stale after a new commit or a changed spec, and says so", () => {
    const statement = makeStatement(proof());
    const now = { repository: "projects/blog", commit: "a".repeat(40), specSha256: zero };
    expect(receiptStanding(statement, now).state).toBe("current");
    expect(receiptStanding(statement, { ...now, commit: "b".repeat(40) })).toMatchObject({
      state: "stale",
      reason: expect.stringContaining("newer commits"),
    });
    expect(receiptStanding(statement, { ...now, specSha256: "1".repeat(64) })).toMatchObject({
      state: "stale",
      reason: expect.stringContaining("spec"),
    });
    expect(receiptStanding(statement, { ...now, repository: "projects/other" }).state).toBe("missing");
    expect(receiptStanding(undefined, now).state).toBe("missing");
  });
  test("names a spec by its content, whatever its spelling", async () => {
    const written = { id: "T1", title: "Do", owner: "coding", tests: ["true"] };
    const spelled = { tests: ["true"], owner: "coding", priority: "normal" as const, title: " Do ", id: "T1" };
    expect(await specHash(specShape.parse(spelled))).toBe(await specHash(specShape.parse(written)));
    expect(await specHash(specShape.parse({ ...written, tests: ["false"] }))).not.toBe(await specHash(specShape.parse(written)));
  });
  test("lies in a note of lines that merge in any order", () => {
    const token = fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{1,9}$/), { minLength: 3, maxLength: 3 }).map((parts) => parts.join("."));
    fc.assert(
      fc.property(fc.array(token, { minLength: 1 }), (tokens) => {
        const note = tokens.reduce(addReceiptToNote, "");
        expect([...tokens].reverse().reduce(addReceiptToNote, "some text\n")).toBe(note);
        expect(readReceiptNote(note)).toEqual([...new Set(tokens)].sort());
      }),
    );
    expect(() => addReceiptToNote("", "a.b.c\nforged.line.here")).toThrow(TypeError);
  });
});

describe("a stranger with git, Node and the published keys", () => {
  let repo: string;
  let commit: string;
  const script = fileURLToPath(new URL("../../../schema/receipt/verify-receipt.mjs", import.meta.url));
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", repo, "-c", "user.name=t", "-c", "user.email=t@localhost", ...args], { stdio: ["ignore", "pipe", "pipe"] })
      .toString()
      .trim();
  const verify = (...args: string[]): { code: number; text: string } => {
    try {
      return {
        code: 0,
        text: execFileSync(process.execPath, [script, "--jwks", "jwks.json", ...args], {
          cwd: repo,
          stdio: ["ignore", "pipe", "pipe"],
        }).toString(),
      };
    } catch (error) {
      const failed = error as { status: number; stdout: Buffer; stderr: Buffer };
      return { code: failed.status, text: `${failed.stdout}${failed.stderr}` };
    }
  };
  const note = (token: string, at = commit) => git("notes", "--ref=receipts", "add", "-f", "-m", addReceiptToNote("", token), at);
  const sign = async (over: Partial<ReceiptFacts> = {}) =>
    signReceipt(key, makeStatement(proof({ commit, outputs: [{ path: "site.mjs", sha256: await hashSha256(serverText) }], ...over })));
  const serverText = `import { createServer } from "node:http";\ncreateServer((_q, r) => r.end("<h1>hi")).listen(Number(process.env.PORT ?? PORT), "127.0.0.1");\n`;

  beforeAll(() => {
    repo = mkdtempSync(join(tmpdir(), "receipt-test-"));
    git("init", "-q", "-b", "main");
    mkdirSync(join(repo, "docs"));
    writeFileSync(join(repo, "site.mjs"), serverText);
    writeFileSync(
      join(repo, "test.mjs"),
      'import { existsSync } from "node:fs";\nprocess.exit(existsSync("site.mjs") && !existsSync("untracked") ? 0 : 1);\n',
    );
    git("add", ".");
    git("commit", "-qm", "A site");
    commit = git("rev-parse", "HEAD");
    writeFileSync(join(repo, "jwks.json"), JSON.stringify(published(key)));
    writeFileSync(join(repo, "untracked"), "not in the commit");
  });
  afterAll(() => rmSync(repo, { recursive: true, force: true }));

  test("sees who signed, what was checked and that outputs are the signed ones", async () => {
    note(await sign());
    const { code, text } = verify();
    expect(text).toContain("ok    signature by key r1");
    expect(text).toContain("ok    output site.mjs");
    expect(text).toContain("node test.mjs → exit code 0");
    expect(code).toBe(0);
  });
  test("can run the checks again, in a clone without what was not committed", async () => {
    const port = testInstance("doubles").ports.spare + 1;
    const page: RanCheck = {
      name: "acceptance.0",
      kind: "url",
      url: `http://127.0.0.1:${port}/`,
      serve: `PORT=${port} exec ${process.execPath} site.mjs`,
      seconds: 20,
      status: 200,
      contains: "<h1",
      output: zero,
      ms: 5,
    };
    const file: RanCheck = { name: "outputs.0", kind: "file", file: "site.mjs", seconds: 5, output: zero, ms: 1 };
    const tests = command({ command: `${process.execPath} test.mjs` });
    note(await sign({ checks: [file, tests, page] }));
    expect(verify("--rerun")).toMatchObject({ code: 0 });
    note(await sign({ checks: [command({ command: "exit 3" })] }));
    const failed = verify("--rerun");
    expect(failed.code).toBe(1);
    expect(failed.text).toContain("FAIL  passes now: tests.0");
  });
  test("finds a forged receipt, a changed output, another commit's receipt and none", async () => {
    note(await signReceipt(other, makeStatement(proof({ commit }))));
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  signature") });
    note(await sign({ outputs: [{ path: "site.mjs", sha256: zero }] }));
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  output site.mjs") });
    note(await sign({ outputs: [{ path: "missing.txt", sha256: zero }] }));
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  output missing.txt") });
    note(await signReceipt(key, makeStatement(proof())));
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  commit") });
    git("commit", "-q", "--allow-empty", "-m", "More");
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("no receipt") });
    expect(verify("--commit", "--output=x")).toMatchObject({ code: 2 });
  });
});
