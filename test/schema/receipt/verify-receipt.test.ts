import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { CompactSign, importJWK, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addReceiptToNote, makeStatement, type RanCheck, type ReceiptFacts, signReceipt } from "../../../schema/receipt/receipt.ts";
import { type PrivateKey, type PublicKey, publicPart, type Revocation } from "../../../schema/wire/key.ts";
import { command, newReceiptKey, proof, zero } from "../../harness/receipt-sample.ts";
import { testInstance } from "../../harness/suite/test-instance.ts";

/** The file a stranger downloads, run as they would run it. */
const script = fileURLToPath(new URL("../../../schema/receipt/verify-receipt.mjs", import.meta.url));
const port = testInstance("doubles").ports.spare + 2;
let folder: string;
let repo: string;
let commit: string;
let key: PrivateKey<"receipt">;

const git = (...args: string[]) =>
  execFileSync("git", ["-C", repo, "-c", "user.name=t", "-c", "user.email=t@localhost", ...args], { stdio: ["ignore", "pipe", "pipe"] })
    .toString()
    .trim();
const note = (text: string) => git("notes", "--ref=receipts", "add", "-f", "-m", text, commit);
const sign = (over: Partial<ReceiptFacts> = {}) => signReceipt(key, makeStatement(proof({ commit, ...over })));
const publish = (...keys: PublicKey[]) => writeFileSync(join(repo, "jwks.json"), JSON.stringify({ keys }));
type Said = { code: number; text: string };
const run = (args: string[], { cwd = repo, path = process.env.PATH ?? "" } = {}): Promise<Said> =>
  new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env: { PATH: path, HOME: folder } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, text: out + err });
    });
  });
const verify = (args: string[] = [], how: { cwd?: string; path?: string } = {}) => run([script, "--jwks", "jwks.json", ...args], how);

beforeAll(async () => {
  key = await newReceiptKey("receipt-1");
  folder = mkdtempSync(join(tmpdir(), "verify-test-"));
  repo = join(folder, "repo");
  mkdirSync(repo);
  git("init", "-q", "-b", "main");
  writeFileSync(join(repo, "README.md"), "hello\n");
  git("add", ".");
  git("commit", "-qm", "One");
  commit = git("rev-parse", "HEAD");
  publish(publicPart(key));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("running the checks again", () => {
  /** Stands before the machine's own programs: a Node of an older version, as far as its options go. */
  function oldNode(): string {
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    const text = `#!/bin/sh\ncase "$1" in --run) echo "node: bad option: --run" >&2; exit 9;; esac\nexec '${process.execPath}' "$@"\n`;
    writeFileSync(join(bin, "node"), text);
    chmodSync(join(bin, "node"), 0o755);
    return `${bin}:${process.env.PATH}`;
  }

  test("on a Node that does not know --run says so, and calls no honest receipt false", async () => {
    const serve: RanCheck = {
      ...{ name: "acceptance.0", kind: "url", url: `http://127.0.0.1:${port}/`, serve: "node --run start" },
      ...{ seconds: 20, status: 200, output: zero, ms: 1 },
    };
    note(
      addReceiptToNote(
        "",
        await sign({ checks: [command({ command: "true" }), command({ name: "tests.1", command: "node --run test" }), serve] }),
      ),
    );
    const { code, text } = await verify(["--rerun"], { path: oldNode() });
    expect(text).toContain("ok    passes now: tests.0");
    expect(text).toMatch(/\?\?\?\? {2}not run again: tests\.1: .*does not know --run/);
    expect(text).toMatch(/\?\?\?\? {2}not run again: acceptance\.0/);
    expect(text).not.toContain("FAIL");
    expect(code).toBe(3);
  });

  test("says which program is missing, what took too long and which port is taken, and still finds what is false", async () => {
    const taken = createServer((_request, response) => response.end("other"));
    await new Promise<void>((resolve) => taken.listen(port + 1, "127.0.0.1", resolve));
    try {
      const url: RanCheck = {
        ...{ name: "acceptance.0", kind: "url", url: `http://127.0.0.1:${port + 1}/`, serve: "sleep 5" },
        ...{ seconds: 2, status: 200, output: zero, ms: 1 },
      };
      const checks = [command({ command: "no-such-program-here" }), command({ name: "tests.1", command: "sleep 30", seconds: 1 }), url];
      note(addReceiptToNote("", await sign({ checks })));
      const unable = await verify(["--rerun"]);
      expect(unable.text).toMatch(/tests\.0: .*is not installed here/);
      expect(unable.text).toMatch(/tests\.1: .*did not end within 1 s here/);
      expect(unable.text).toMatch(/acceptance\.0: .*another program of this machine answers/);
      expect(unable.code).toBe(3);
      note(addReceiptToNote("", await sign({ checks: [...checks, command({ name: "tests.2", command: "false" })] })));
      expect(await verify(["--rerun"])).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  passes now: tests.2") });
    } finally {
      taken.close();
    }
  });
});

describe("a revoked key", () => {
  const revoke = (seconds: number, reason: Revocation["reason"] = "compromised") =>
    publish({ ...publicPart(key), revoked: { revoked_at: seconds, reason } });
  test("is said: what it signed before holds, what it signed from then on does not", async () => {
    const at = 1_800_000_000;
    note(addReceiptToNote("", await sign({ startedAt: (at - 60) * 1000, finishedAt: (at - 1) * 1000 })));
    revoke(at);
    const before = await verify();
    expect(before.text).toContain("revoked (compromised) from 2027-01-15T08:00:00.000Z on: this is from before");
    expect(before.code).toBe(0);
    note(addReceiptToNote("", await sign({ startedAt: (at - 60) * 1000, finishedAt: at * 1000 })));
    const after = await verify();
    expect(after.text).toContain("FAIL  signature by key receipt-1, which was revoked (compromised)");
    expect(after.code).toBe(1);
    publish(publicPart(key));
  });
});

describe("a key of another class", () => {
  test("verifies no receipt, and a set from before keys had a class goes by their names", async () => {
    note(addReceiptToNote("", await sign()));
    publish({ ...publicPart(key), class: "ticket" });
    expect(await verify()).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  signature") });
    const { class: _, ...old } = publicPart(key);
    writeFileSync(join(repo, "jwks.json"), JSON.stringify({ keys: [old] }));
    expect(await verify()).toMatchObject({ code: 0 });
    publish(publicPart(key));
  });
});

describe("whatever it is given, the tool answers in words", () => {
  const quiet = (said: Said) => {
    expect(said.text).not.toMatch(/\n\s+at |node:internal|verify-receipt\.mjs:\d|UnhandledPromise/);
    expect(said.text.trim()).not.toBe("");
    return said;
  };
  test("for wrong options, keys that can't be read, a folder that is no clone and a commit that is not there", async () => {
    note(addReceiptToNote("", await sign()));
    writeFileSync(join(repo, "bad.json"), "{");
    writeFileSync(join(repo, "list.json"), '{"keys":7}');
    const calls = [
      ["--nonsense"],
      [],
      ["--jwks", "none.json"],
      ["--jwks", "bad.json"],
      ["--jwks", "list.json"],
      ["--jwks", "http://127.0.0.1:9/x"],
    ];
    for (const args of [...calls, ["--jwks", "jwks.json", "--commit", "no-such"], ["--jwks", "jwks.json", "extra"]])
      expect(quiet(await run([script, ...args])).code, args.join(" ")).toBe(2);
    expect(quiet(await run([script, "--jwks", join(repo, "jwks.json")], { cwd: folder })).code).toBe(2);
    expect(quiet(await verify([], { path: "/nowhere" }))).toMatchObject({ code: 2, text: "git is not installed here\n" });
  });

  test("for any note, and signed text that is no receipt", async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.json().map((text) => Buffer.from(text).toString("base64url")),
      fc.constantFrom("", "e30", "bnVsbA"),
    );
    const line = fc.tuple(part, part, part).map((parts) => parts.join("."));
    await fc.assert(
      fc.asyncProperty(line, async (text) => {
        note(`${text}\n`);
        expect(quiet(await verify()).code).toBe(1);
      }),
      { numRuns: 15 },
    );
    for (const said of ["null", "7", '{"predicateType":"urn:growqr:receipt:v1"}', '{"_type":"https://in-toto.io/Statement/v1"}']) {
      const header = { alg: "ES256", kid: key.kid, typ: "growqr-receipt" };
      note(await new CompactSign(Buffer.from(said)).setProtectedHeader(header).sign(await importJWK(key as JWK, "ES256")));
      expect(quiet(await verify()).code, said).toBe(1);
    }
  });

  test("and steers no terminal by a name", async () => {
    note(addReceiptToNote("", await sign({ checks: [command({ name: "a\u001b[2Jb", command: "true" })] })));
    const { text } = await verify();
    expect(text).toContain("a?[2Jb");
    expect(text).not.toContain("\u001b");
  });
});

test("the lines in the README verify a receipt without anything of ours, and find a changed one and a revoked key", async () => {
  const readme = readFileSync(new URL("../../../schema/receipt/README.md", import.meta.url), "utf8");
  const [, lines] = /```js\n(import \{ execFileSync[\s\S]*?)```/.exec(readme) ?? [];
  expect(lines?.trim().split("\n").length).toBeLessThanOrEqual(11);
  let served: PublicKey[] = [publicPart(key)];
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys: served })));
  await new Promise<void>((resolve) => server.listen(port + 2, "127.0.0.1", resolve));
  try {
    const file = join(folder, "theirs.mjs");
    writeFileSync(file, lines!.replace("http://localhost:20000", `http://127.0.0.1:${port + 2}`));
    const token = await sign();
    note(addReceiptToNote("", token));
    expect(await run([file])).toMatchObject({ code: 0, text: expect.stringMatching(/^holds rct_\w+ tests\.0\n$/) });
    const [header, payload, signature] = token.split(".");
    const other = Buffer.from(Buffer.from(payload!, "base64url").toString().replace("create-blog", "create-shop")).toString("base64url");
    note([header, other, signature].join("."));
    expect((await run([file])).text).toContain("DOES NOT HOLD");
    served = [{ ...publicPart(key), revoked: { revoked_at: 1, reason: "compromised" } }];
    expect((await run([file])).code).not.toBe(0);
  } finally {
    server.close();
  }
});
