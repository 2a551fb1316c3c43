import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { accessTokenMade } from "../../schema/account/access-token.ts";
import { auditPage } from "../../schema/audit/audit.ts";
import { cloneAddress, deployKeyMade, gitTokenMade } from "../../schema/git/git-token.ts";
import { pullRequestOut, pullRequestsOut, repoCommitOut, repositoryDetail, repositoryOut } from "../../schema/git/repository.ts";
import { projectDetail } from "../../schema/project/project.ts";
import type { Id } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { gitIn } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";

/** SPEC 4 and 8.7: a member's own git, the stock client, and the real Gitea. The tests follow one another. */
const product = inject("product");
const minutes = limit(60_000);
const repo = "projects/pushed";
const folder = mkdtempSync(path.join(tmpdir(), "growqr-push-"));
const clone = path.join(folder, "pushed");
let ann: Person;
let [actor, member] = ["", ""];
let events: Events;
let repoId: Id<"rep">;
let pushToken = "";

const git = async (...args: string[]) => {
  const env = { PATH: process.env.PATH, HOME: folder, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" };
  const { stdout, stderr } = await promisify(execFile)("git", args, {
    cwd: args[0] === "clone" ? folder : clone,
    env,
    timeout: 2 * minutes,
  });
  return `${stdout}${stderr}`;
};
/** What a git that is refused tells its user. */
const refusal = (...args: string[]) =>
  git(...args).then(
    (out) => `it was not refused: ${out}`,
    (error: { stderr: string }) => error.stderr,
  );
const commit = async (file: string, text: string | Buffer) => {
  writeFileSync(path.join(clone, file), text);
  await git("add", file);
  await git("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "-qm", `Add ${file}`);
  return (await git("rev-parse", "HEAD")).trim();
};
const at = (token: string) => cloneAddress(product.edgeUrl, repo, token);
const inGitea = async (...args: string[]) => (await gitIn(product.instance, member, repo, ...args)).trim();
const call = (method: string, where: string, body?: object, key?: string) =>
  ann.call(method, `/git/repos/${repoId}${where}`, body, key === undefined ? {} : { "idempotency-key": key });

beforeAll(async () => {
  ann = await person(product, `ann-${Date.now()}@example.com`);
  const made = await provision(ann);
  ({ events } = made);
  ({ id: actor, member } = made.actor);
  const opened = await ann.call("POST", "/git/repos", { name: "pushed" });
  expect(opened.status).toBe(202);
  repoId = repositoryOut.parse(opened.body).repository.id;
  await eventually("the repository is there", async () => repositoryDetail.parse((await call("GET", "")).body).repository.ready);
  const token = { name: "Laptop", repositories: [repo], scope: "push" };
  pushToken = gitTokenMade.parse((await ann.call("POST", "/git/tokens", token)).body).token;
});
afterAll(() => {
  events?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a branch is pushed with a token that may push, and the log and the audit tell of it", async () => {
  await git("clone", "-q", at(pushToken));
  await git("checkout", "-qb", "prices");
  const hash = await commit("prices.md", "Bread: 4\n");
  expect(await git("push", "origin", "prices")).toContain("[new branch]");
  expect(await inGitea("rev-parse", "prices")).toBe(hash);
  await events.wait("commit", ({ body }) => body.hash === hash && body.branch === "prices", 30_000);
  const { rows } = auditPage.parse((await ann.call("GET", "/audit?kind=git")).body);
  const pushed = rows.filter(({ action }) => action === "POST /git/{owner}/{repository}/git-receive-pack");
  expect(pushed).toMatchObject([{ by: { kind: "member" }, target: `${repo}/prices`, result: "ok" }]);
});

test("an access token with `git` clones and pushes too, in its own name in the audit, until it is revoked", async () => {
  const asked = { name: "CI", scopes: ["git"] };
  const { accessToken, token } = accessTokenMade.parse((await ann.call("POST", "/account/tokens", asked)).body);
  await git("checkout", "-qb", "by-program");
  const hash = await commit("hours.md", "Open from 7\n");
  expect(await git("push", at(token), "by-program")).toContain("[new branch]");
  expect(await git("ls-remote", at(token), "by-program")).toContain(hash);
  const { rows } = auditPage.parse((await ann.call("GET", "/audit?kind=git")).body);
  expect(rows[0]).toMatchObject({ by: { kind: "member", id: accessToken.id }, target: `${repo}/by-program`, result: "ok" });
  expect(await refusal("push", at(token).replace(repo, "growqr/memory"), "by-program")).toContain("opens no repository by that name"); // that takes `read`, to clone
  await ann.call("DELETE", `/account/tokens/${accessToken.id}`);
  expect(await refusal("ls-remote", at(token))).toContain("one that has ended or was revoked opens nothing");
  await git("checkout", "-q", "prices");
});

test("main, the agents' branches, tags, notes and removal are refused with a reason, and nothing of that push is taken", async () => {
  const main = await inGitea("rev-parse", "main");
  const refs = await inGitea("for-each-ref");
  const both = await refusal("push", "origin", "prices:main", "prices:other");
  expect(both).toContain("main takes only what was proven");
  expect(both).toContain("remote: GrowQR: nothing of this push was taken");
  expect(both).toContain("another branch of this push was refused");
  await git("tag", "v1");
  for (const [spec, reason] of [
    ["prices:agent/x/y", "the agents' own"],
    ["v1", "tags are made by tasks"],
    ["prices:refs/notes/receipts", "only branches"],
    ["prices:refs/pull/1/head", "only branches"],
    [":prices", "removes no branch"],
  ] as const)
    expect(await refusal("push", "origin", spec), spec).toContain(reason);
  expect(await refusal("push", "-o", "x=y", "origin", "HEAD:more")).toMatch(/push options/);
  expect([await inGitea("rev-parse", "main"), await inGitea("for-each-ref")]).toEqual([main, refs]);
  const { rows } = auditPage.parse((await ann.call("GET", "/audit?kind=git")).body);
  expect(rows[0]).toMatchObject({ action: "POST /git/{owner}/{repository}/git-receive-pack", result: "forbidden" });
});

test("Gitea itself holds that user back from main, agents' branches, history that is rewritten and removal", async () => {
  const ledger = new DatabaseSync(path.join(product.folder, "host/ledger.sqlite"), { readOnly: true });
  const secret = String(ledger.prepare("SELECT value FROM secret WHERE member = ? AND name = 'pusher'").get(member)?.value);
  ledger.close();
  const straight = (spec: string) =>
    inGitea("push", `http://member:${secret}@127.0.0.1:3000/${repo}.git`, spec).then(
      () => "it was not refused",
      (error: { stderr: string }) => error.stderr,
    );
  const refs = await inGitea("for-each-ref");
  for (const spec of [
    "prices:main",
    "prices:agent/x/y",
    "+main:prices",
    ":prices",
    "prices:refs/tags/v1",
    "prices:refs/pull/1/head",
    "prices:refs/notes/x",
  ])
    expect(await straight(spec), spec).toMatch(/protected|hook declined|hidden ref|deny/);
  expect(await straight("prices:refs/heads/straight")).toBe("it was not refused"); // what is refused above is so for its name
  expect((await inGitea("for-each-ref")).split("\n").filter((line) => !line.endsWith("straight"))).toEqual(refs.split("\n"));
  await git("checkout", "-q", "prices");
  await git("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "-q", "--amend", "-m", "Another history");
  expect(await refusal("push", "--force", "origin", "prices")).toMatch(/force push|protected branch/i);
  await git("reset", "-q", "--hard", "origin/prices");
});

test("a push that is too large is refused in words, and the next one goes through", { timeout: 4 * minutes }, async () => {
  await git("checkout", "-qb", "large", "prices");
  await commit("large.bin", randomBytes(66 * 1024 * 1024));
  expect(await refusal("-c", "core.compression=0", "push", "origin", "large")).toContain("larger than 64 MB");
  expect(await inGitea("for-each-ref", "refs/heads/large")).toBe("");
  await git("checkout", "-q", "prices");
  await git("branch", "-qD", "large");
  await commit("more.md", "Rolls: 1\n");
  expect(await git("push", "origin", "prices")).toContain("prices -> prices");
});

test("a push whose pack is cut off, or whose client goes in the middle, takes nothing, and the next is whole", async () => {
  const line = (text: string) => `${(text.length + 4).toString(16).padStart(4, "0")}${text}`;
  const head = await inGitea("rev-parse", "prices");
  const command = line(`${"0".repeat(40)} ${head} refs/heads/cut\0 report-status side-band-64k`);
  const begun = Buffer.from(`${command}0000PACK\0\0\0\u0002\0\0\0\u0003`);
  const url = `${product.edgeUrl}/git/${repo}.git/git-receive-pack`;
  const type = { "content-type": "application/x-git-receive-pack-request", authorization: `Basic ${btoa(`x:${pushToken}`)}` };
  const answer = await fetch(url, { method: "POST", headers: type, body: begun, redirect: "manual" });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/unpack (?!ok)/)]);
  await new Promise<void>((resolve) => {
    const asked = request(url, { method: "POST", headers: { ...type, "content-length": 1_000_000 } });
    asked.on("error", () => resolve());
    asked.write(begun, () => asked.destroy(new Error("gone")));
  });
  expect(await inGitea("for-each-ref", "refs/heads/cut")).toBe("");
  expect(await git("push", "origin", "prices:refs/heads/whole")).toContain("[new branch]");
});

test("two pushes to one branch at once: one is taken, the other is told to look first", async () => {
  const specs = ["one", "two"].map(async (name, nth) => {
    const tree = (await git("rev-parse", "HEAD^{tree}")).trim();
    const from = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
    return (await git(...from, "commit-tree", tree, "-p", "HEAD", "-m", `${name} ${nth}`)).trim();
  });
  const [left, right] = await Promise.all(specs);
  const ends = await Promise.all([left, right].map((hash) => refusal("push", "origin", `${hash}:prices`)));
  expect(ends.filter((said) => said.startsWith("it was not refused"))).toHaveLength(1);
  expect([left, right]).toContain(await inGitea("rev-parse", "prices"));
});

test("files are committed where the branch stands as it was known; elsewhere it is a conflict, and a repeat is one commit", async () => {
  const made = await call("POST", "/branch", { name: "by-api", from: "prices" });
  expect(made).toMatchObject({ status: 200, body: { made: true, branch: { name: "by-api" } } });
  const head = await inGitea("rev-parse", "by-api");
  const files = [
    { path: "docs/hours.md", content: "From seven\n" },
    { path: "prices.md", content: "Bread: 5\n" },
    { path: "more.md", content: null },
  ];
  const input = { branch: "by-api", expectedHead: head, message: "New hours", files };
  const first = await call("POST", "/commit", input, "commit-0001");
  expect(first).toMatchObject({ status: 201, body: { branch: "by-api", parent: head } });
  const { commit: hash } = repoCommitOut.parse(first.body);
  expect(await inGitea("rev-parse", "by-api")).toBe(hash);
  expect((await inGitea("ls-tree", "-r", "--name-only", hash)).split("\n")).toEqual(expect.arrayContaining(["docs/hours.md", "prices.md"]));
  expect(await inGitea("show", `${hash}:prices.md`)).toBe("Bread: 5");
  expect(repoCommitOut.parse((await call("POST", "/commit", input, "commit-0001")).body).commit).toBe(hash);
  const stale = await call("POST", "/commit", { ...input, message: "Too late" });
  expect([stale.status, JSON.stringify(stale.body)]).toEqual([409, expect.stringContaining(`by-api stands at ${hash}`)]);
  const gone = { ...input, expectedHead: hash, files: [{ path: "none.md", content: null }] };
  expect((await call("POST", "/commit", gone)).status).toBe(409);
  expect((await call("POST", "/commit", { ...input, branch: "main" })).status).toBe(400);
  const status = repositoryDetail.parse((await call("GET", "")).body).status;
  expect(status?.branches).toContainEqual({ name: "by-api", hash });
  expect(await inGitea("for-each-ref", "refs/growqr")).toBe("");
});

test("a commit and a push that hold the value of a secret are refused by its name", async () => {
  const value = `sk_live_${randomBytes(12).toString("hex")}`;
  expect((await ann.call("PUT", "/projects/pushed/secrets/STRIPE_KEY", { value })).status).toBeLessThan(300);
  const head = await inGitea("rev-parse", "by-api");
  const input = { branch: "by-api", expectedHead: head, message: "Configure", files: [{ path: "key.env", content: `KEY=${value}\n` }] };
  const refused = await eventually(
    "the commit is refused",
    async () => {
      const answer = await call("POST", "/commit", input);
      return answer.status === 403 ? answer : undefined;
    },
    15_000,
  );
  expect(JSON.stringify(refused.body)).toContain("STRIPE_KEY of pushed");
  expect(JSON.stringify(refused.body)).not.toContain(value);
  await commit("key.env", value);
  expect(await refusal("push", "origin", "HEAD:keys")).toContain("STRIPE_KEY of pushed");
});

test("a deploy key opens its one repository, for reading unless it may push, until it is removed", async () => {
  const made = deployKeyMade.parse((await call("POST", "/deploy-keys", { name: "CI" })).body);
  expect(made.deployKey).toMatchObject({ scope: "read", kind: "deploy", repositories: [repo] });
  expect(await git("ls-remote", at(made.token))).toContain("refs/heads/prices");
  expect((await ann.call("GET", "/git/tokens")).body).not.toMatchObject({ tokens: [{ kind: "deploy" }] });
  expect((await call("DELETE", `/deploy-keys/${made.deployKey.id}`)).status).toBe(200);
  expect(await refusal("ls-remote", at(made.token))).toMatch(/Git token|Authentication failed/);
});

test("a pull request is merged by its proof alone: a refusal says what is missing, and main becomes the proven commit", {
  timeout: 5 * minutes,
}, async () => {
  const opened = await call("POST", "/pull-request", { branch: "by-api", title: "New hours" });
  expect(opened.status, JSON.stringify(opened.body)).toBe(200);
  const { pullRequest } = pullRequestOut.parse(opened.body);
  expect(pullRequestOut.parse((await call("POST", "/pull-request", { branch: "by-api", title: "Again" })).body).pullRequest.number).toBe(
    pullRequest.number,
  );
  const main = await inGitea("rev-parse", "main");
  const refused = await call("POST", `/pull-request/${pullRequest.number}/merge`);
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([409, expect.stringContaining("No current receipt speaks for")]);
  expect(await inGitea("rev-parse", "main")).toBe(main);

  await send(ann, actor, "delegate a page to coding in pushed");
  const verified = await events.wait("task.state", ({ body }) => body.facts.state === "verified", 150_000);
  const { commit: proven, branch } = verified.body.facts as { commit?: string; branch?: string };
  const head = branch ?? (await inGitea("for-each-ref", "--format=%(refname:short)", "--points-at", proven ?? "", "refs/heads"));
  const second = pullRequestOut.parse((await call("POST", "/pull-request", { branch: head, title: "The page" })).body).pullRequest;
  expect(second).toMatchObject({ state: "open", commit: proven, proof: { can: true } });
  const { pullRequests } = pullRequestsOut.parse((await call("GET", "/pull-request")).body);
  expect(pullRequests.map(({ number, proof }) => [number, proof.can])).toEqual(
    expect.arrayContaining([
      [pullRequest.number, false],
      [second.number, true],
    ]),
  );
  const merged = await call("POST", `/pull-request/${second.number}/merge`, { commit: proven });
  expect(merged.status, JSON.stringify(merged.body)).toBe(200);
  expect(pullRequestOut.parse(merged.body).pullRequest.state).toBe("merged");
  expect(await inGitea("rev-parse", "main")).toBe(proven);
  const project = await eventually(
    "main can be deployed",
    async () => {
      const { body } = await ann.call("GET", "/projects/pushed");
      return projectDetail.parse(body).main.can ? body : undefined;
    },
    30_000,
  );
  expect(projectDetail.parse(project).main.commit).toBe(proven);
});
