import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { CompactSign, importJWK, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listOutputFolder } from "../../../schema/proof/output-folder.ts";
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
type Place = { cwd?: string; path?: string; env?: Record<string, string> };
const run = (args: string[], { cwd = repo, path = process.env.PATH ?? "", env = {} }: Place = {}): Promise<Said> =>
  new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env: { ...env, PATH: path, HOME: folder } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, text: out + err });
    });
  });
const verify = (args: string[] = [], how: Place = {}) => run([script, "--jwks", "jwks.json", ...args], how);

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

test("what the checks would have noticed is said, and that running them again does not find that out", async () => {
  note(await sign({ checks: [command({ command: "true" })] }));
  const { code, text } = await verify(["--rerun"]);
  expect([code, text]).toEqual([0, expect.stringContaining("the work was broken on purpose in 8 ways, and its checks noticed 7")]);
  expect(text).toContain("not noticed: style.css is empty");
  expect(text).toContain("not checked here: what the checks would notice");
  note(await sign({ checks: [command({ command: "true" })], strength: undefined })); // as receipts were before
  expect(await verify(["--rerun"])).toEqual({ code: 0, text: expect.not.stringContaining("noticed") });
});

test("what the room held to is said, and what was changed with the member's word is compared", async () => {
  const head = git("rev-parse", "HEAD");
  const [, mode = "", gitBlob = ""] = /^(\d+) blob ([0-9a-f]+)/.exec(git("ls-tree", head, "--", "README.md")) ?? [];
  const agreed = (hash: string, gone: string) => ({
    files: [{ name: "README.md", mode, digest: { gitBlob: hash }, changes: ["Adds left-pad."] }, { name: gone }],
    more: 1,
  });
  const tell = async (held: ReceiptFacts["held"]) => {
    note(addReceiptToNote("", await sign({ held })));
    return verify();
  };
  const rules = ["base-and-outputs", "two-places"];
  const whole = await tell({ rules, agreed: agreed(gitBlob, "gone.mjs") });
  expect([whole.code, whole.text]).toEqual([0, expect.stringContaining("the room held to: base-and-outputs, two-places")]);
  expect(whole.text).toContain("ok    changed with the member's word: README.md");
  expect(whole.text).toContain("README.md: Adds left-pad.");
  const below = join(repo, "below");
  mkdirSync(below);
  expect(await run([script, "--jwks", "../jwks.json"], { cwd: below })).toEqual(whole); // names are those of the repository's root
  for (const [hash, gone] of [
    ["c".repeat(40), "gone.mjs"],
    [gitBlob, "README.md"],
    [gitBlob, "../README.md"],
  ] as const) {
    await tell({ rules, agreed: agreed(hash, gone) });
    for (const cwd of [repo, below])
      expect(await run([script, "--jwks", join(repo, "jwks.json")], { cwd })).toMatchObject({
        code: 1,
        text: expect.stringContaining("FAIL  changed"),
      });
  }
  expect(await tell(undefined)).toMatchObject({ code: 0, text: expect.stringContaining("format 1: the checks passed; it names no rules") });
});

test("checks that need a service are run again where a variable leads to one, and else that is said", async () => {
  git("checkout", "-q", "-b", "services");
  mkdirSync(join(repo, ".growqr"));
  writeFileSync(join(repo, ".growqr/environment.yaml"), "start: node postgres.js\nservices:\n- redis # postgres is not needed\nenv: []\n");
  git("add", ".growqr");
  git("commit", "-qm", "Services");
  const served = git("rev-parse", "HEAD");
  git("checkout", "-q", "main");
  const checks = [command({ command: 'test "$REDIS_URL" = redis://here' })];
  git("notes", "--ref=receipts", "add", "-f", "-m", await sign({ commit: served, checks }), served);
  const { code, text } = await verify(["--commit", served, "--rerun"]);
  expect([code, text]).toEqual([3, expect.stringContaining("the checks need redis, empty and of your own: REDIS_URL says where")]);
  const led = await verify(["--commit", served, "--rerun"], { env: { REDIS_URL: "redis://here" } });
  expect(led).toMatchObject({ code: 0, text: expect.stringContaining("ok    passes now") });
});

test("an output may be a folder: it is there as it was, or the receipt does not hold", async () => {
  git("checkout", "-q", "-b", "folder");
  mkdirSync(join(repo, "site/more"), { recursive: true });
  for (const name of ["index.html", "more/größe.css"]) writeFileSync(join(repo, "site", name), name);
  git("add", "site");
  git("commit", "-qm", "Two");
  const two = git("rev-parse", "HEAD");
  git("checkout", "-q", "main");
  const hashOf = (path: string) => git("rev-parse", `${two}:${path}`);
  const files = ["site/index.html", "site/more/größe.css"].map((path) => ({ mode: "100644", hash: hashOf(path), path }));
  const sha256 = createHash("sha256").update(listOutputFolder(files)).digest("hex");
  const site: RanCheck = { name: "outputs.0", kind: "file", file: "site", seconds: 60, output: sha256, ms: 0 };
  const tell = async (hash: string) => {
    const receipt = await sign({ commit: two, outputs: [{ path: "site", sha256: hash }], checks: [site] });
    git("notes", "--ref=receipts", "add", "-f", "-m", receipt, two);
    return verify(["--commit", two, "--rerun"]);
  };
  expect(await tell(sha256)).toMatchObject({
    code: 0,
    text: expect.stringMatching(/ok {4}output site[\s\S]*ok {4}passes now: outputs\.0/),
  });
  expect(await tell("0".repeat(64))).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  output site") });
});

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

describe("what was installed as an environment file says", () => {
  const path = ".growqr/environment.yaml";
  const text = "setup: [mkdir node_modules, echo 1 >node_modules/made]\n";
  const setup = {
    ...{ commands: ["mkdir node_modules", "echo 1 >node_modules/made"], files: [], unpinned: [path], snapshot: zero },
    environment: createHash("sha256").update(text).digest("hex"),
  };
  const checks = [command({ command: "test -f node_modules/made" })];
  beforeAll(() => {
    mkdirSync(join(repo, ".growqr"));
    writeFileSync(join(repo, path), text);
    git("add", "-f", path);
    git("commit", "-qm", "Environment");
    commit = git("rev-parse", "HEAD");
  });
  test("is done again by the same commands", async () => {
    note(addReceiptToNote("", await sign({ setup, checks })));
    const { code, text: said } = await verify(["--rerun"]);
    expect(said).toMatch(/ok {4}environment \.growqr\/environment\.yaml\n/);
    expect(said).toMatch(/installed now: mkdir node_modules\n.*installed now: echo 1 .*passes now: tests\.0/s);
    expect(said).toMatch(/unpinned: \.growqr\/environment\.yaml/);
    expect(code).toBe(0);
  });
  test("does not hold for another file than the one that was signed", async () => {
    note(addReceiptToNote("", await sign({ setup: { ...setup, environment: zero }, checks })));
    expect(await verify(["--rerun"])).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  environment") });
  });
  test("in a folder below the root is done there, and no other words of a receipt are run", async () => {
    const below = { commands: ["pip install in api"], files: [], unpinned: [], snapshot: zero };
    note(addReceiptToNote("", await sign({ setup: below, checks })));
    expect(await verify(["--rerun"])).toMatchObject({ code: 3, text: expect.stringContaining("pip install in api ended with") });
    for (const words of ["npm ci in ../x; true", "touch x", "npm ci in $(id)", "npm ci in a/../..", "npm ci in a in b", "npm ci in "]) {
      note(addReceiptToNote("", await sign({ setup: { ...below, commands: [words] }, checks })));
      expect((await verify(["--rerun"])).text).toContain(`this tool does not know ${words}`);
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
    const { rules: _rules, ...ruleless } = makeStatement(proof({ commit })).predicate as { rules?: string[] };
    const bare = { ...makeStatement(proof({ commit })), predicate: ruleless }; // of a format that names rules
    for (const said of [
      ...["null", "7", '{"predicateType":"urn:growqr:receipt:v1"}', '{"_type":"https://in-toto.io/Statement/v1"}'],
      JSON.stringify(bare),
    ]) {
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
