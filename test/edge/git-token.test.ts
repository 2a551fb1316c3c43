import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { cloneAddress, gitTokenMade, gitTokensOut, mostGitTokens } from "../../schema/git/git-token.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { limit } from "../harness/suite/limit.ts";
import { type Ask, ask, edgeUp, newMember, refusal, sql, type TestMember } from "./client.ts";

/**
 * Keys for stock git clients, and what the edge does with them. No host is reached here; e2e tests what git
 * gets.
 */
const repositories = ["projects/bakery", "growqr/memory"];
const refs = (repository: string, service = "git-upload-pack") => `/git/${repository}.git/info/refs?service=${service}`;
let owner: TestMember;
let stranger: TestMember;
beforeAll(async () => {
  [owner, stranger] = [await newMember(), await newMember()];
});
const call = async (member: TestMember, method: string, where: string, body?: object, headers?: Record<string, string>) =>
  ask(method, where, { token: await member.token(), ...(body ? { body } : {}), ...(headers ? { headers } : {}) });
const make = async (member: TestMember, body: object = {}, headers?: Record<string, string>) => {
  const answer = await call(member, "POST", "/git/tokens", { name: "Laptop", repositories, ...body }, headers);
  expect(answer.status, answer.text).toBe(201);
  return gitTokenMade.parse(answer.json);
};
const list = async (member: TestMember) => gitTokensOut.parse((await call(member, "GET", "/git/tokens")).json).tokens;
const git = (token: string | undefined, where: string, method = "GET", { headers, ...more }: Ask = {}) =>
  ask(method, where, {
    ...more,
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Basic ${btoa(`x:${token}`)}` }) },
  });

describe("a Git token", () => {
  test("is shown once, and to the same key not again; only its hash is kept, and its member alone sees and revokes it", async () => {
    const key = { "idempotency-key": newId("req") };
    const first = await make(owner, {}, key);
    const again = await call(owner, "POST", "/git/tokens", { name: "Laptop", repositories }, key);
    expect(refusal(again).code).toBe("shown_once");
    expect(first.gitToken).toMatchObject({ name: "Laptop", repositories, scope: "read", lastUsedAt: null });
    expect(first.gitToken.expiresAt - first.gitToken.createdAt).toBe(90 * 86_400_000);
    expect(await list(owner)).toEqual([first.gitToken]);
    const rows = await sql("select * from git_token where id = ?", [first.gitToken.id]);
    expect(rows).toMatchObject([{ hash: await hashSha256(first.token) }]);
    const kept = JSON.stringify([rows, await sql("select * from idempotency"), (await call(owner, "GET", "/git/tokens")).text]);
    expect(kept).not.toContain(first.token.slice(4));

    expect(await list(stranger)).toEqual([]);
    expect((await call(stranger, "DELETE", `/git/tokens/${first.gitToken.id}`)).status).toBe(404);
    expect((await call(owner, "DELETE", "/git/tokens/none")).status).toBe(404);
    expect((await call(owner, "DELETE", `/git/tokens/${first.gitToken.id}`)).json).toEqual({ removed: true });
    expect((await call(owner, "DELETE", `/git/tokens/${first.gitToken.id}`)).status).toBe(404);
  });

  test("that is asked for badly is refused and nothing is kept", async () => {
    for (const body of [
      { repositories },
      { name: "a", repositories: [] },
      { name: "a", repositories: ["agent-x/secret"] },
      { name: "a", repositories, expiresIn: 60 },
      { name: "a", repositories, scope: "write" },
      { name: "a", repositories, hash: "x" },
    ])
      expect((await call(stranger, "POST", "/git/tokens", body)).status).toBe(400);
    expect((await ask("POST", "/git/tokens", { body: { name: "a", repositories } })).status).toBe(401);
    expect(await list(stranger)).toEqual([]);
  });

  test("is one of fifty at most; those that ended long ago make room", async () => {
    const member = await newMember();
    const insert =
      "insert into git_token (id, member, name, repositories, scope, hash, created_at, expires_at) values (?,?,'a','[]','read',?,0,?)";
    for (let n = 0; n < mostGitTokens; n++) await sql(insert, [newId("gtk"), member.actor.member, newId("gtk"), Date.now() + 60_000]);
    const full = await call(member, "POST", "/git/tokens", { name: "a", repositories });
    expect([full.status, refusal(full).code]).toEqual([409, "conflict"]);
    await sql("update git_token set expires_at = 1 where member = ?", [member.actor.member]);
    expect(await list(member)).toHaveLength(mostGitTokens);
    const { gitToken } = await make(member);
    expect(await list(member)).toEqual([gitToken]);
  });
});

describe("the way in for git", () => {
  test("asks for a password, and takes no token that is unknown, ended or revoked", async () => {
    const { gitToken, token } = await make(owner);
    const revoked = await make(owner);
    await call(owner, "DELETE", `/git/tokens/${revoked.gitToken.id}`);
    await sql("update git_token set expires_at = ? where id = ?", [Date.now() - 1, gitToken.id]);
    for (const given of [undefined, "", "wrong", `gqt_${"A".repeat(43)}`, revoked.token, token, `${token}x`, await owner.token()])
      for (const [method, where] of [
        ["GET", refs("projects/bakery")],
        ["GET", refs("projects/bakery", "git-receive-pack")],
        ["POST", "/git/projects/bakery.git/git-upload-pack"],
        ["POST", "/git/projects/bakery.git/git-receive-pack"],
      ] as const) {
        const answer = await git(given, where, method);
        expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, expect.stringMatching(/^Basic /)]);
        expect(answer.headers.get("content-type")).toContain("text/plain");
        expect(answer.text).toContain("Give a Git token as the password, or an access token.");
      }
    expect((await ask("GET", refs("projects/bakery"), { token })).status).toBe(401);
  });

  test("refuses what git does not ask as that, packed or not, and never as a stack that can't be reached", async () => {
    const { token } = await make(owner);
    const where = `${edgeUp.url}/git/projects/bakery.git/git-upload-pack`;
    const type = "application/x-git-upload-pack-request";
    const send = async (body: string | Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) => {
      const headers = { authorization: `Basic ${btoa(`x:${token}`)}`, "content-type": type, ...more };
      const answer = await fetch(where, { method: "POST", headers, body });
      return [answer.status, (await answer.text()).trim()] as const;
    };
    const want = `0032want ${"a".repeat(40)}\n00000009done\n`;
    const garbage = [
      "garbage garbage",
      "zzzz",
      "",
      want.slice(0, 20),
      `${want}x`,
      "0000000",
      "0032nope ".padEnd(50, "a"),
      "0014command=nonsense0000",
    ];
    for (const body of garbage) {
      expect(await send(body), body).toEqual([400, "This is not what git asks for. Use a stock git client."]);
      expect((await send(new Uint8Array(gzipSync(body)), { "content-encoding": "gzip" }))[0], body).toBe(400);
    }
    expect((await send("garbage", { "content-encoding": "gzip" }))[0]).toBe(400);
    expect((await send(new Uint8Array(gzipSync(want)).slice(0, 30), { "content-encoding": "gzip" }))[0]).toBe(400);
    expect((await send(want, { "content-encoding": "br" }))[0]).toBe(415);
    expect((await send(want, { "content-type": "text/plain" }))[0]).toBe(415);
    expect((await send(new Uint8Array(gzipSync(Buffer.alloc(64 * 1024 * 1024, "0000"))), { "content-encoding": "gzip" }))[0]).toBe(413);
    for (const [body, more] of [
      [want, {}],
      [new Uint8Array(gzipSync(want)), { "content-encoding": "gzip" }],
    ] as const)
      expect((await send(body, more))[1]).toContain("is coming up"); // git's own: the way goes on, to a stack that stands still here
  });

  test("opens what the token names and nothing else, and nothing can be pushed", async () => {
    const { token } = await make(owner, { repositories: ["projects/bakery"] });
    for (const other of [
      "projects/other",
      "growqr/memory",
      "projects/Bakery",
      "projects/bakery.wiki",
      "projects%2Fbakery/x",
      "projects/..%2Fbakery",
    ])
      expect((await git(token, refs(other))).status, other).toBe(404);
    expect((await git(token, refs("growqr/memory"))).text).toContain("opens no repository by that name");
    for (const where of [
      "/git/projects/bakery/info/refs?service=git-upload-pack",
      "/git/projects/bakery.git/info/refs",
      "/git/projects/bakery.git/info/refs?service=git-upload-archive",
      "/git/projects/bakery.git/HEAD",
      "/git/projects/bakery.git/objects/info/packs",
      "/git/projects/bakery.git/info/lfs/objects/batch",
      "/git/projects/bakery.git/../../api/v1/user",
    ])
      expect((await git(token, where)).status, where).toBe(404);
    for (const [method, where] of [
      ["GET", refs("projects/bakery", "git-receive-pack")],
      ["POST", "/git/projects/bakery.git/git-receive-pack"],
    ] as const) {
      const answer = await git(token, where, method);
      expect([answer.status, answer.text]).toEqual([403, expect.stringContaining("This token reads. Make one that may push")]);
    }
  });

  test("says of a stack that does not run whether it comes up or must be started; the use is noted and the token is in no log", async () => {
    const { gitToken, token } = await make(owner);
    for (const [method, where] of [
      ["GET", refs("projects/bakery")],
      ["POST", "/git/projects/bakery.git/git-upload-pack"],
    ] as const) {
      const asks = {
        raw: `0032want ${"a".repeat(40)}\n00000009done\n`,
        headers: { "content-type": "application/x-git-upload-pack-request" },
      };
      const answer = await git(token, where, method, method === "POST" ? asks : {});
      expect([answer.status, answer.text]).toEqual([503, expect.stringContaining("is coming up. Run this again")]);
      expect(answer.headers.get("retry-after")).not.toBeNull();
    }
    await call(owner, "POST", `/actors/${owner.actor.id}/stop`, { scope: "stack" });
    const stopped = await git(token, refs("projects/bakery"), "GET");
    expect([stopped.status, stopped.text]).toEqual([503, expect.stringContaining("Start your stack first")]);
    const seen = (await list(owner)).find(({ id }) => id === gitToken.id);
    expect(seen?.lastUsedAt).toBeGreaterThanOrEqual(gitToken.createdAt);
    const log = await eventually("the last request is in the log", async () => {
      const text = readFileSync(edgeUp.log, "utf8");
      return text.includes("/git/…/…/info/refs") && text;
    });
    expect(log).not.toContain(token.slice(4));
    expect(log).not.toContain(btoa(`x:${token}`).slice(8, 60));
  });

  test("is understood by a stock git, which shows its user the words of each refusal", async () => {
    const [bakery, ended] = [await make(owner, { repositories: ["projects/bakery"] }), await make(owner)];
    await call(owner, "DELETE", `/git/tokens/${ended.gitToken.id}`);
    const folder = mkdtempSync(path.join(tmpdir(), "growqr-git-token-"));
    const env = { PATH: process.env.PATH, HOME: folder, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" };
    const run = (...args: string[]) =>
      promisify(execFile)("git", args, { cwd: folder, env, timeout: limit(20_000) }).then(
        () => "it was not refused",
        (error: { stderr: string }) => error.stderr,
      );
    const at = (token: string, repository = "projects/bakery") => cloneAddress(edgeUp.url, repository, token);
    await run("init", "-q", ".");
    expect(await run("push", at(bakery.token), ":old")).toContain("remote: This token reads. Make one that may push");
    expect(await run("ls-remote", at(bakery.token, "growqr/memory"))).toContain("remote: This token opens no repository by that name");
    for (const token of [ended.token, `gqt_${"A".repeat(43)}`])
      expect(await run("ls-remote", at(token))).toMatch(/remote: Give a Git token as the password[\s\S]*Authentication failed/);
    expect(await run("ls-remote", at(bakery.token))).toContain("Start your stack first");
    rmSync(folder, { recursive: true, force: true });
  });

  test("tells an address that asks too often to slow down", async () => {
    const seen = new Set<number>();
    const from = { "cf-connecting-ip": "203.0.113.99" };
    for (let round = 0; round < 14 && !seen.has(429); round++)
      for (const { status } of await Promise.all(Array.from({ length: 50 }, () => ask("GET", refs("projects/bakery"), { headers: from }))))
        seen.add(status);
    expect(seen).toEqual(new Set([401, 429]));
  });
});
