import { beforeAll, describe, expect, test } from "vitest";
import { deployKeyMade, deployKeysOut, gitTokenMade, gitTokensOut } from "../../schema/git/git-token.ts";
import { repositoriesOut, repositoryDetail, repositoryOut } from "../../schema/git/repository.ts";
import { type Id, newId, siblingId } from "../../schema/wire/id.ts";
import { type Answer, ask, edgeUp, newMember, newPerson, refusal, sql, type TestMember } from "./client.ts";

/** SPEC 4, the Git addresses, over real actors whose host nobody reaches; e2e tests what Git does. */
let owner: TestMember;
let stranger: TestMember;
let repoId: Id<"rep">;
let memoryId: Id<"rep">;
const call = async (member: TestMember, method: string, where: string, body?: object, key?: string): Promise<Answer> =>
  ask(method, `/git${where}`, {
    token: await member.token(),
    ...(body ? { body } : {}),
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
const code = (answer: Answer) => [answer.status, refusal(answer).code];
beforeAll(async () => {
  [owner, stranger] = [await newMember(), await newMember()];
  const made = await call(owner, "POST", "/repos", { name: "bakery" });
  expect(made.status, made.text).toBe(202);
  repoId = repositoryOut.parse(made.json).repository.id;
  memoryId = siblingId("rep", owner.actor.stackId);
});

describe("a member's Git server", () => {
  test("is provisioned, started and stopped with the stack, by its own address, and is nobody else's", async () => {
    const made = await call(owner, "POST", "/provision", {});
    const server = { id: owner.actor.stackId, actorId: owner.actor.id };
    expect(made).toMatchObject({ status: 202, json: { server, repository: { id: memoryId, repo: "growqr/memory" } } });
    expect((await call(owner, "POST", `/servers/${server.id}/start`, {})).status).toBe(202);
    expect((await call(owner, "POST", `/servers/${server.id}/stop`, {})).status).toBe(200);
    for (const act of ["start", "stop"]) {
      expect(code(await call(stranger, "POST", `/servers/${server.id}/${act}`, {})), act).toEqual([404, "not_found"]);
      expect((await call(owner, "POST", `/servers/${newId("stk")}/${act}`, {})).status, act).toBe(404);
    }
  });

  test("makes the member's own repository with the stack, or says that it is there; another's is not found", async () => {
    const where = `/users/${owner.actor.member}/repo`;
    const repository = { id: memoryId, repo: "growqr/memory" };
    expect(await call(owner, "POST", where, {})).toMatchObject({ status: 202, json: { repository, made: false } });
    await sql("update stack set memory_since = 1 where id = ?", [owner.actor.stackId]);
    expect(await call(owner, "POST", where, {})).toMatchObject({ status: 200, json: { repository, made: true } });
    expect((await call(stranger, "POST", where, {})).status).toBe(404);
    const person = await newPerson(); // without a plan
    const { member } = (await ask("GET", "/me", { token: await person.token() })).json as { member: { id: string } };
    const asked = await ask("POST", `/git/users/${member.id}/repo`, { token: await person.token(), body: {} });
    expect(asked.status).toBe(402);
  });
});

describe("repositories", () => {
  test("are the memory and one for each project, made once by name, and only their member's", async () => {
    const again = await call(owner, "POST", "/repos", { name: "bakery" });
    expect(repositoryOut.parse(again.json).repository.id).toBe(repoId);
    const { repositories } = repositoriesOut.parse((await call(owner, "GET", "/repos")).json);
    expect(repositories.map(({ id, repo, kind }) => [id, repo, kind])).toEqual([
      [memoryId, "growqr/memory", "memory"],
      [repoId, "projects/bakery", "project"],
    ]);
    expect(repositoryDetail.parse((await call(owner, "GET", `/repos/${repoId}`)).json).status).toBeNull();
    for (const name of ["", "../x", "Bakery", "a/b"]) expect((await call(owner, "POST", "/repos", { name })).status, name).toBe(400);
  });

  test("of another member, missing ones and what is no id are the same 404 by every address, and nothing is made", async () => {
    const head = "a".repeat(40);
    const commit = { branch: "x", expectedHead: head, message: "m", files: [{ path: "a.md", content: "a" }] };
    for (const [method, where, body] of [
      ["GET", "", undefined],
      ["POST", "/commit", commit],
      ["POST", "/branch", { name: "x" }],
      ["GET", "/pull-request", undefined],
      ["POST", "/pull-request", { branch: "x", title: "X" }],
      ["POST", "/pull-request/1/merge", {}],
      ["GET", "/deploy-keys", undefined],
      ["POST", "/deploy-keys", { name: "CI" }],
      ["DELETE", `/deploy-keys/${newId("gtk")}`, undefined],
      ["GET", "/tokens", undefined],
      ["POST", "/tokens", { name: "CI" }],
    ] as const) {
      expect(code(await call(stranger, method, `/repos/${repoId}${where}`, body)), where).toEqual([404, "not_found"]);
      expect((await call(owner, method, `/repos/${newId("rep")}${where}`, body)).status, where).toBe(404);
      expect((await call(owner, method, `/repos/none${where}`, body)).status, where).toBe(404);
    }
    expect(await sql("select id from git_token where member = ?", [stranger.actor.member])).toEqual([]);
  });

  test("take no commit, branch or pull request that breaks a rule", async () => {
    const head = "a".repeat(40);
    const files = [{ path: "a.md", content: "a" }];
    const commit = { branch: "x", expectedHead: head, message: "m", files };
    for (const body of [
      { ...commit, branch: "main" },
      { ...commit, branch: "agent/x" },
      { ...commit, expectedHead: "main" },
      { ...commit, message: " " },
      { ...commit, files: [] },
      { ...commit, files: [...files, ...files] },
      { ...commit, files: [{ path: "../a", content: "a" }] },
      { ...commit, files: [{ path: ".git/config", content: "a" }] },
      { ...commit, author: "somebody" },
    ])
      expect((await call(owner, "POST", `/repos/${repoId}/commit`, body)).status, JSON.stringify(body)).toBe(400);
    for (const name of ["main", "agent/x", "a b", "-a"])
      expect((await call(owner, "POST", `/repos/${repoId}/branch`, { name })).status, name).toBe(400);
    expect((await call(owner, "POST", `/repos/${repoId}/pull-request`, { branch: "main", title: "x" })).status).toBe(400);
    expect((await call(owner, "POST", `/repos/${repoId}/pull-request/0/merge`, {})).status).toBe(404);
    for (const [where, body] of [
      ["commit", commit],
      ["branch", { name: "x" }],
      ["pull-request", { branch: "x", title: "X" }],
    ] as const) {
      expect(code(await call(owner, "POST", `/repos/${memoryId}/${where}`, body)), where).toEqual([403, "forbidden"]);
      const waits = await call(owner, "POST", `/repos/${repoId}/${where}`, body); // its host is away
      expect([code(waits), waits.headers.get("retry-after")], where).toEqual([[503, "unavailable"], expect.any(String)]);
    }
  });
});

describe("deploy keys and tokens of a repository", () => {
  test("open that one alone, are shown once, listed apart, and are gone when they are removed", async () => {
    const first = await call(owner, "POST", `/repos/${repoId}/deploy-keys`, { name: "CI", scope: "push" }, "key-0001");
    const made = deployKeyMade.parse(first.json);
    expect(made.deployKey).toMatchObject({ name: "CI", scope: "push", kind: "deploy", repositories: ["projects/bakery"] });
    expect(made.deployKey.expiresAt - made.deployKey.createdAt).toBe(365 * 86_400_000);
    const repeated = await call(owner, "POST", `/repos/${repoId}/deploy-keys`, { name: "CI", scope: "push" }, "key-0001");
    expect(code(repeated)).toEqual([409, "shown_once"]);
    const token = gitTokenMade.parse((await call(owner, "POST", `/repos/${repoId}/tokens`, { name: "Laptop" })).json).gitToken;
    expect(token).toMatchObject({ scope: "read", kind: "token", repositories: ["projects/bakery"] });
    const keys = async () => deployKeysOut.parse((await call(owner, "GET", `/repos/${repoId}/deploy-keys`)).json).deployKeys;
    expect(await keys()).toEqual([made.deployKey]);
    for (const where of ["/tokens", `/repos/${repoId}/tokens`])
      expect(gitTokensOut.parse((await call(owner, "GET", where)).json).tokens).toEqual([token]);
    const remove = (member: TestMember, repo: string, id: string) => call(member, "DELETE", `/repos/${repo}/deploy-keys/${id}`);
    expect((await remove(stranger, repoId, made.deployKey.id)).status).toBe(404);
    expect((await remove(owner, memoryId, made.deployKey.id)).status).toBe(404);
    expect((await remove(owner, repoId, token.id)).status).toBe(404);
    expect((await remove(owner, repoId, made.deployKey.id)).json).toEqual({ removed: true });
    expect((await remove(owner, repoId, made.deployKey.id)).status).toBe(404);
    expect(await keys()).toEqual([]);
  });

  test("of the memory read, and never push", async () => {
    for (const where of ["deploy-keys", "tokens"]) {
      expect(code(await call(owner, "POST", `/repos/${memoryId}/${where}`, { name: "x", scope: "push" }))).toEqual([403, "forbidden"]);
      expect((await call(owner, "POST", `/repos/${memoryId}/${where}`, { name: "x" })).status).toBe(201);
    }
    const both = { name: "x", repositories: ["projects/bakery", "growqr/memory"], scope: "push" };
    expect((await call(owner, "POST", "/tokens", both)).status).toBe(400);
  });
});

describe("a push", () => {
  const [old, next] = ["a".repeat(40), "b".repeat(40)];
  const line = (text: string) => `${(text.length + 4).toString(16).padStart(4, "0")}${text}`;
  const commands = (ref: string, more = "") => `${line(`${old} ${next} ${ref}\0 report-status side-band-64k${more}`)}0000PACK`;
  const type = "application/x-git-receive-pack-request";
  const send = (token: string, body: string, headers: Record<string, string> = { "content-type": type }) =>
    fetch(`${edgeUp.url}/git/projects/bakery.git/git-receive-pack`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`x:${token}`)}`, ...headers },
      body,
      redirect: "manual",
    }).then(async (answer) => [answer.status, await answer.text()] as const);
  const make = async (member: TestMember) =>
    gitTokenMade.parse((await call(member, "POST", "/tokens", { name: "P", repositories: ["projects/bakery"], scope: "push" })).json).token;

  test("to main, to an agent's branch, of a tag or with options is answered in git's own words, and is a row of the audit", async () => {
    const token = await make(owner);
    for (const ref of ["refs/heads/main", "refs/heads/agent/x/y", "refs/tags/v1", "refs/notes/receipts", "refs/pull/1/head"]) {
      const [status, said] = await send(token, commands(ref));
      expect([status, said], ref).toEqual([200, expect.stringContaining(`ng ${ref} `)]);
    }
    expect((await send(token, commands("refs/heads/x", " push-options")))[1]).toContain("push options are not read");
    expect(await send(token, "0000")).toEqual([200, ""]);
    const rows = (await ask("GET", "/audit?kind=git", { token: await owner.token() })).json as {
      rows: { action: string; result: string }[];
    };
    const pushes = rows.rows.filter(({ action }) => action.endsWith("git-receive-pack"));
    expect(pushes.map(({ result }) => result)).toEqual(Array(6).fill("forbidden"));
  });

  test("that is no push, or is cut off in its commands, is refused; one whose stack is away says so", async () => {
    const token = await make(owner);
    for (const body of ["garbage", commands("refs/heads/x").slice(0, 60), commands("HEAD"), "zzzz"])
      expect((await send(token, body))[0], body).toBe(400);
    expect((await send(token, commands("refs/heads/x"), { "content-type": "text/plain" }))[0]).toBe(415);
    expect((await send(token, commands("refs/heads/x"), { "content-type": type, "content-encoding": "gzip" }))[0]).toBe(415);
    expect(await send(token, commands("refs/heads/x"))).toEqual([503, expect.stringContaining("is coming up")]);
  });

  test("by a member who has no such project, or whose plan has ended, opens nothing", async () => {
    const refs = "/git/projects/bakery.git/info/refs?service=git-receive-pack";
    const open = (token: string) => ask("GET", refs, { headers: { authorization: `Basic ${btoa(`x:${token}`)}` } });
    const none = await open(await make(stranger));
    expect([none.status, none.text]).toEqual([404, expect.stringContaining("This token opens no repository by that name")]);
    const ended = await newMember();
    const token = await make(ended);
    await sql("update subscription set period_end = 1 where member = ?", [ended.actor.member]);
    const unpaid = await open(token);
    expect([unpaid.status, unpaid.text]).toEqual([402, expect.stringContaining("This needs a running trial")]);
    expect((await send(token, commands("refs/heads/x")))[0]).toBe(402);
  });
});
