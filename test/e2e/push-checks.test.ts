import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { statusesOut, verifyOut } from "../../schema/git/commit-status.ts";
import { cloneAddress, gitTokenMade } from "../../schema/git/git-token.ts";
import { repositoryDetail, repositoryOut } from "../../schema/git/repository.ts";
import { box } from "../../schema/stack/stack.ts";
import { eventually } from "../harness/eventually.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { inside, inspect } from "../harness/member-containers.ts";
import { type Person, person } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { Owner } from "./owner.ts";

/** Issue 25.8: a push runs its project's checks in a clean room and sets the commit's status. */
const product = inject("product");
const minutes = 60_000;
const [project, repo] = ["checked", "projects/checked"];
const folder = mkdtempSync(path.join(tmpdir(), "growqr-checks-"));
const clone = path.join(folder, project);
let owner: Owner;
let stranger: Person;
skipAfterFailure();

const git = async (...args: string[]) => {
  const env = { PATH: process.env.PATH, HOME: folder, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" };
  const cwd = args[0] === "clone" ? folder : clone;
  return (await promisify(execFile)("git", args, { cwd, env, timeout: limit(2 * minutes) })).stdout.trim();
};
async function push(branch: string, files: Record<string, string>): Promise<string> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
    writeFileSync(path.join(clone, file), text);
  }
  await git("add", "-A");
  await git("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "-qm", `On ${branch}`);
  await git("push", "-q", "origin", `HEAD:${branch}`);
  return git("rev-parse", "HEAD");
}
/** As any tool sees it that asks Gitea. */
async function readGiteaStatus(hash: string): Promise<string> {
  const { instance } = product;
  const names = ["--username", box.memoryRepo.owner, "--token-name", `look-${Date.now()}`, "--scopes", "read:repository", "--raw"];
  const command = ["gitea", "--config", "/etc/gitea/app.ini", "admin", "user", "generate-access-token", ...names];
  const token = /^[0-9a-f]{40}$/m.exec(await inside(instance, "gitea", owner.member, command))?.[0] ?? "";
  const { NetworkSettings } = await inspect(instance, "gitea", owner.member);
  const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress;
  const url = `http://${address}:${box.giteaPort}/api/v1/repos/${repo}/commits/${hash}/status`;
  const answer = await fetch(url, { headers: { authorization: `token ${token}` } });
  return z.object({ state: z.string() }).parse(await answer.json()).state;
}
const ended = async (hash: string, from = 0) =>
  (
    await owner.events.wait(
      "commit.status",
      ({ seq, body }) => seq > from && body.hash === hash && !["queued", "running"].includes(body.state),
      3 * minutes,
    )
  ).body;
const read = async (query = "") =>
  statusesOut.parse((await owner.person.call("GET", `/projects/${project}/statuses${query}`)).body).statuses;
const verify = (branch: string, key: string) =>
  owner.person.call("POST", `/projects/${project}/verify`, { branch }, { "idempotency-key": key });

beforeAll(
  async () => {
    [owner, stranger] = await Promise.all([Owner.provision("tess@example.com"), person(product, "theo@example.com")]);
    const opened = await owner.person.call("POST", "/git/repos", { name: project });
    const { repository } = repositoryOut.parse(opened.body);
    const ready = async () => repositoryDetail.parse((await owner.person.call("GET", `/git/repos/${repository.id}`)).body).repository.ready;
    await eventually("the repository is there", ready);
    const token = { name: "Laptop", repositories: [repo], scope: "push" };
    const made = gitTokenMade.parse((await owner.person.call("POST", "/git/tokens", token)).body);
    await git("clone", "-q", cloneAddress(product.edgeUrl, repo, made.token));
  },
  limit(5 * minutes),
);
afterAll(() => {
  owner?.events.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a push is checked by what its environment file names; how it went stands in the API, the log and Gitea", {
  timeout: limit(4 * minutes),
}, async () => {
  const files = {
    ".growqr/environment.yaml": "checks:\n  - npm test\n  - {file: price.js, contains: module}\n",
    "package.json": '{"scripts":{"test":"node --test"}}',
    "price.js": "module.exports = (loaves) => loaves * 4;\n",
    "price.test.js": 'require("node:test")("two loaves", () => require("node:assert").equal(require("./price.js")(2), 8));\n',
  };
  const hash = await push("prices", files);
  expect(await ended(hash)).toMatchObject({ repo, branch: "prices", state: "passed", source: "checks", checks: 2, failed: 0 });
  const checks = [
    { what: "npm test", passed: true },
    { what: "price.js, with “module” in it", passed: true },
  ];
  expect(await read()).toEqual(expect.arrayContaining([expect.objectContaining({ hash, state: "passed" })]));
  expect(await read(`?hash=${hash}`)).toMatchObject([{ hash, checks }]);
  await eventually("Gitea has it too", async () => (await readGiteaStatus(hash)) === "success", limit(minutes));
});

test("a push that breaks it has failed by the check that says so; the same push again is no other run", {
  timeout: limit(4 * minutes),
}, async () => {
  const hash = await push("prices", { "price.js": "module.exports = (loaves) => loaves * 5;\n" });
  expect(await ended(hash)).toMatchObject({ state: "failed", failed: 1, reason: expect.stringContaining("npm test") });
  await git("push", "-q", "origin", "HEAD:again");
  const next = await push("other", { "notes.md": "Bread\n", "price.js": "module.exports = (loaves) => loaves * 4;\n" });
  expect(await ended(next)).toMatchObject({ branch: "other", state: "passed" });
  expect(await read("?branch=again"), "one commit, one status").toEqual([]);
  const begun = owner.events.of("commit.status").filter(({ body }) => body.hash === hash && body.state === "running");
  expect(begun).toHaveLength(1);
});

test("its checks are run once more on the member's word, once for each key; nobody else has a word in it", {
  timeout: limit(4 * minutes),
}, async () => {
  const from = owner.events.of("commit.status").at(-1)?.seq ?? 0;
  const taken = await verify("prices", "once-more-please");
  expect(taken.status).toBe(202);
  const { status } = verifyOut.parse(taken.body);
  expect(status).toMatchObject({ branch: "prices", source: "checks" });
  expect(await ended(status.hash, from)).toMatchObject({ state: "failed" });
  expect((await verify("prices", "once-more-please")).status).toBe(202);
  const begun = owner.events.of("commit.status").filter(({ seq, body }) => seq > from && body.state === "running");
  expect(begun).toHaveLength(1);
  expect((await verify("nowhere", "no-such-branch-x")).status).toBe(404);
  expect((await owner.person.call("POST", `/projects/${project}/verify`, { branch: "../x" })).status).toBe(400);
  const { id } = z
    .object({ project: z.looseObject({ id: z.string() }) })
    .parse((await owner.person.call("GET", `/projects/${project}`)).body).project;
  expect((await stranger.call("GET", `/projects/${id}/statuses`)).status).toBe(404);
  expect((await stranger.call("POST", `/projects/${id}/verify`, {})).status).toBe(404);
});
