import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Git } from "../../actors/git/git.ts";
import { scanBranches } from "../../actors/git/scan.ts";
import type { Self } from "../../actors/kernel/self.ts";
import { record } from "../../actors/kernel/transaction.ts";
import type { HostCall } from "../../actors/runner/host.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { startActor } from "../harness/actor-fixture.ts";
import { ownFolder } from "../harness/fixtures.ts";
import type { Started } from "../local/process.ts";
import { callGitea, makeRepository, mustRunAsAgent, startDaemonWithAuthor } from "./clean-room.ts";
import { callHost, newPerson, putStack, signStackTicket } from "./runner-client.ts";

/**
 * The runner's client of Gitea, and the log's look at branches by it, with the real Gitea behind the real
 * host: what an agent pushes must not stop it.
 */
const person = newPerson();
const folder = ownFolder();
let daemon: Started;
const repos: string[] = [];

/** Calls the member's stack as the runner does. */
async function open(_requestId: string, call: HostCall) {
  const { method, path, headers, body } = call;
  const more = { ...(headers ? { headers } : {}), ...(typeof body === "string" ? { raw: body } : {}) };
  const answer = await callHost(method, `/stacks/${person.member}${path}`, { ticket: await signStackTicket(person), ...more });
  return { status: answer.status, headers: answer.headers, body: Readable.from([Buffer.from(answer.text)]) };
}
async function looking() {
  const here = await startActor(folder);
  Object.assign(here.self.vars, { stack: { ...here.self.vars.stack, open } });
  for (const repo of repos) {
    const at = { createdAt: 1, readyAt: 1 };
    await here.self.db.insert(projectTable).values({ name: repo.split("/")[1]!, id: newId("prj"), repo, turnId: null, merger: "", ...at });
  }
  return here;
}
/** A receipt for a task's branch at this commit. */
async function proven(self: Self, repo: string, branch: string, commit: string): Promise<Id<"rct">> {
  const id = newId("rct");
  await record(self, newId("req"), ({ db }) =>
    db.insert(proofTable).values({ id, task: newId("tsk"), repo, branch, commit, checks: 1, receipt: "a.b.c", at: 1, staleAt: null }),
  );
  return id;
}
const push = (repo: string, script: string) => mustRunAsAgent(person, `cd ${repo.split("/")[1]} && ${script} && git rev-parse HEAD`);

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  for (const name of ["first", "second", "third"]) {
    const repo = await makeRepository(person, name);
    repos.push(repo);
    const commit = "echo 1 >one.txt && git add -A && git commit -qm one && git push -q origin main";
    await mustRunAsAgent(person, `git clone -q http://gitea:3000/${repo}.git ${name} && cd ${name} && ${commit}`);
  }
});
afterAll(async () => {
  await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

it("a branch without a common ancestor is told, and neither it nor a repository that is gone keeps another project's receipt current", async () => {
  const here = await looking();
  const { self } = here;
  const [first, second, third] = repos as [string, string, string];
  const work = await push(
    third,
    "git checkout -q -b work && echo 2 >two.txt && git add -A && git commit -qm two && git push -q origin work",
  );
  await scanBranches(self, newId("req"), undefined);
  const receipt = await proven(self, third, "work", work);

  const orphan = await push(
    first,
    "git checkout -q --orphan own && echo other >one.txt && git add -A && git commit -qm own && git push -q origin own",
  );
  await callGitea(person, "DELETE", `/repos/${second}`);
  const later = await push(third, "echo 3 >two.txt && git commit -qam three && git push -q origin work");
  await expect(scanBranches(self, newId("req"), undefined)).rejects.toMatchObject({ code: "not_found" }); // it is tried again, and says so

  const rows = await self.db.select().from(proofTable);
  expect(rows.find(({ id }) => id === receipt)?.staleAt).toBeGreaterThan(1);
  const commits = (await here.events("commit")).map(({ hash }) => hash);
  expect(commits).toContain(orphan);
  expect(commits).toContain(later);
  expect(commits).toHaveLength(new Set(commits).size);
});

it("a commit whose changes are too large to be read is told without them, and those behind it are told too", async () => {
  const here = await looking();
  const [, , third] = repos as [string, string, string];
  const large = await push(
    third,
    "git checkout -q -b large main && head -c 9000000 /dev/zero | tr '\\0' 'a' | fold -w 80 >large.txt && git add -A && git commit -qm large && git push -q origin large",
  );
  const after = await push(third, "echo 4 >four.txt && git add -A && git commit -qm four && git push -q origin large");
  await scanBranches(here.self, newId("req"), undefined).catch(() => undefined); // the second project is gone
  const told = await here.events("commit");
  expect(told.find(({ hash }) => hash === large)).toMatchObject({ truncated: true, files: [] });
  expect(told.find(({ hash }) => hash === after)?.files.map(({ path }) => path)).toEqual(["four.txt"]);
});

it("files of a commit come together: many, large, empty, in folders and with odd names; what is none, and what is not there, is missing", async () => {
  const [, , third] = repos as [string, string, string];
  const many = Array.from({ length: 65 }, (_, index) => `many/${index}.txt`);
  const large = ["a", "b", "c"].map((name) => `large-${name}.txt`); // together more than one answer may hold
  const commit = await push(
    third,
    [
      "git checkout -q -b files main && mkdir many",
      "for n in $(seq 0 64); do echo $n >many/$n.txt; done",
      `for name in ${large.join(" ")}; do head -c 9000000 /dev/zero | tr '\\0' 'a' >$name; done`,
      "touch empty && ln -s empty link && echo odd >'a %20#?ü.txt'",
      "git add -A && git commit -qm files && git push -q origin files",
    ].join(" && "),
  );
  const git = new Git({ open } as ConstructorParameters<typeof Git>[0], newId("req"));
  const there = [...many, ...large, "empty", "a %20#?ü.txt", "link"];
  const wanted = [...there, "many", "missing.txt", "many/missing.txt"];
  const found = await git.contents(third, commit, [...wanted, ...wanted]);
  expect([...found.keys()].sort()).toEqual(there.toSorted());
  const textOf = (path: string) => Buffer.from(found.get(path)?.content ?? "", "base64").toString();
  expect(many.map(textOf)).toEqual(many.map((_, index) => `${index}\n`));
  expect(large.map((path) => [found.get(path)?.size, textOf(path).length])).toEqual(large.map(() => [9_000_000, 9_000_000]));
  expect([textOf("empty"), textOf("a %20#?ü.txt"), found.get("link")?.type]).toEqual(["", "odd\n", "symlink"]);
  for (const [path, { type, sha, size, content }] of [...found].slice(-4))
    expect(await git.content(third, commit, path)).toMatchObject({ type, sha, size, content });
  expect(await git.content(third, commit, "many")).toHaveLength(65);
  expect(await git.content(third, commit, "missing.txt")).toBeUndefined();
  expect(await git.contents(third, "no-such-branch", ["empty"])).toEqual(new Map());
});
