import { describe, expect, test } from "vitest";
import { record } from "../../../actors/kernel/transaction.ts";
import { commitStatusTable } from "../../../schema/git/commit-status.table.ts";
import { mostDetailed, mostStatuses } from "../../../schema/git/commit-status.ts";
import { projectTable } from "../../../schema/project/project.table.ts";
import { proofTable } from "../../../schema/proof/proof.table.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { TestActor } from "../../harness/actor-fixture.ts";
import { eventually } from "../../harness/eventually.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { failing, type PushedMachine, passing, project, push, ranTo, repo, startPushed, statuses, statusOf } from "./pushed-machine.ts";

/** Issue 25.8: a push runs its project's checks in a clean room and sets the commit's status. */
const folder = ownFolder();
const [first, second, third] = ["1", "2", "3"].map((digit) => digit.repeat(40)) as [string, string, string];
const named = "checks:\n  - npm test\n  - {command: npm run lint, exit_code: 0}\n";

const start = (machine?: PushedMachine, file?: string) => startPushed(folder, machine, file);
const told = async (actor: TestActor) => (await actor.events("commit.status")).map(({ hash, state }) => `${hash[0]} ${state}`);
const says = (asked: Promise<unknown>) => asked.then(String, (error: Error) => error.message);

describe("a push", () => {
  test("runs the checks that its environment file names, and sets the commit's status here and in Gitea", async () => {
    const { actor, machine } = await start();
    machine.answers.push(passing);
    await push(actor, machine, "prices", first, named);
    expect(machine.asked).toMatchObject([
      {
        ...{ repo, branch: "prices", commit: first, outputs: [], checksOnly: true, begun: { main: first, handed: [first] } },
        checks: [
          { name: "checks.0", command: "npm test" },
          { name: "checks.1", command: "npm run lint" },
        ],
      },
    ]);
    const checks = [
      { name: "checks.0", what: "npm test", passed: true, ms: 7 },
      { name: "checks.1", what: "npm run lint", passed: true, ms: 7 },
    ];
    expect(await statuses(actor)).toMatchObject([{ hash: first, branch: "prices", state: "passed", source: "checks", checks }]);
    expect(await told(actor)).toEqual(["1 queued", "1 running", "1 passed"]);
    expect((await actor.events("commit.status")).at(-1)).toMatchObject({ repo, checks: 2, failed: 0 });
    expect(machine.told.at(-1)).toMatchObject({ hash: first, context: "growqr", state: "success" });
  });

  test("that fails says which check and why; the next commit of the branch is checked anew", async () => {
    const { actor, machine } = await start();
    machine.answers.push(failing("It ended with 1."), passing);
    await push(actor, machine, "prices", first, named);
    expect(await statusOf(actor, first)).toMatchObject({ state: "failed", reason: "npm test: It ended with 1." });
    expect(machine.told.at(-1)).toMatchObject({ state: "failure", description: expect.stringContaining("npm test") });
    await push(actor, machine, "prices", second, named);
    expect((await statuses(actor)).map(({ hash, state }) => [hash, state])).toEqual([
      [second, "passed"],
      [first, "failed"],
    ]);
  });

  test("is checked once, on however many branches its commit is, and however often they are looked at", async () => {
    const { actor, machine } = await start();
    machine.answers.push(passing);
    await push(actor, machine, "prices", first, named);
    await push(actor, machine, "other", first);
    await push(actor, machine, "prices", first);
    expect(machine.asked).toHaveLength(1);
    expect(await statuses(actor)).toHaveLength(1);
  });

  test("without checks is said so, and Gitea is told nothing", async () => {
    const { actor, machine } = await start();
    await push(actor, machine, "prices", first);
    expect(await statusOf(actor, first)).toMatchObject({ state: "skipped", reason: expect.stringContaining("environment.yaml") });
    await push(actor, machine, "prices", second, "checks: []\n");
    expect(await statusOf(actor, second)).toMatchObject({ state: "skipped" });
    expect([machine.asked, machine.told]).toEqual([[], []]);
  });

  test("with an environment file that can't be read has failed, by the field", async () => {
    const { actor, machine } = await start();
    await push(actor, machine, "prices", first, "checks: [{command: ls, colour: red}]\nwishes: 3\n");
    const reason = (await statusOf(actor, first))?.reason ?? "";
    expect(reason).toContain("checks");
    expect(reason).toContain("wishes");
    expect(machine.asked).toEqual([]);
  });

  test("of an agent is left to its task's proof, and so is every branch on which a task is at work", async () => {
    const { actor, machine } = await start();
    await push(actor, machine, `agent/${actor.grow}/page`, first, named);
    expect(await statuses(actor)).toEqual([]);
    const spec = specShape.parse({ id: "page", title: "A page", owner: "coding", project, outputs: ["page.md"] });
    await actor.act("taskCreate", { spec });
    await actor.settle();
    const { branch } = await actor.taskNamed("page");
    await push(actor, machine, branch ?? "", second, named);
    expect(await statuses(actor)).toEqual([]);
  });

  test("of a commit that has a receipt is proven already", async () => {
    const { actor, machine } = await start();
    const [receipt, task] = [newId("rct"), newId("tsk")];
    const proof = { id: receipt, task, repo, branch: "agent/x", commit: first, checks: 1, receipt: "signed", at: 1 };
    await actor.db.insert(proofTable).values(proof);
    await push(actor, machine, "main", first, named);
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed", source: "proof", receiptId: receipt, taskId: task });
    expect(machine.asked).toEqual([]);
    expect(machine.told).toMatchObject([{ hash: first, state: "success" }]);
  });
});

describe("while a machine is away", () => {
  ownClock(Date.parse("2026-11-22T08:00:00Z"));
  test("checks wait, say so, and are run when it answers; a newer commit takes the place of the waiting one", async () => {
    const { actor, machine } = await start();
    machine.answers.push(() => undefined);
    await push(actor, machine, "prices", first, named);
    await actor.settle(Date.now() + 20_000);
    expect(await statusOf(actor, first)).toMatchObject({ state: "queued", reason: expect.stringContaining("does not answer") });
    const before = (await told(actor)).length;
    await actor.settle(Date.now() + 60_000);
    expect((await told(actor)).length, "the same word is told once").toBe(before);
    machine.answers.splice(0, 1, passing);
    await push(actor, machine, "prices", second, named);
    await actor.settle(Date.now() + 120_000);
    expect(await statusOf(actor, first)).toMatchObject({ state: "skipped", reason: expect.stringContaining("newer commit") });
    expect(await statusOf(actor, second)).toMatchObject({ state: "passed" });
  });

  test("a run that is broken off is begun again, three times at most", async () => {
    const { actor, machine } = await start();
    const room = `${JSON.stringify({ type: "step", step: "room", ms: 1 })}\n`;
    machine.answers.push(() => ({ status: 200, body: room }));
    await push(actor, machine, "prices", first, named);
    await actor.settle(Date.now() + 60_000);
    expect(machine.asked).toHaveLength(3);
    expect(await statusOf(actor, first)).toMatchObject({ state: "error", reason: expect.stringContaining("3 times") });
    expect(machine.told.at(-1)).toMatchObject({ state: "error" });
  });
});

test("a runner that dies while checks run begins them once more, and counts that", async () => {
  const { actor, machine } = await start();
  const room = `${JSON.stringify({ type: "step", step: "room", ms: 1 })}\n`;
  machine.answers.push(() => ({ status: 200, body: room, open: () => undefined }), passing);
  machine.heads.set("prices", first);
  machine.environments.set(first, named);
  await actor.act("pushed", { repo });
  await eventually("they run", async () => (await statusOf(actor, first))?.state === "running");
  await actor.close();
  const { actor: next } = await start(machine, actor.file);
  await next.settle();
  expect(await next.db.select().from(commitStatusTable)).toMatchObject([{ state: "passed", attempt: 2 }]);
  expect((await told(next)).slice(-2)).toEqual(["1 running", "1 passed"]);
  await next.close();
});

describe("what Gitea knows", () => {
  test("a status that the platform has set there is taken over; an agent's is not believed", async () => {
    const { actor, machine } = await start();
    machine.answers.push(failing("It ended with 1."));
    machine.foreign.push(
      { hash: first, context: "growqr", status: "success", login: "growqr" },
      { hash: second, context: "growqr", status: "success", login: "agt-somebody" },
      { hash: third, context: "ci", status: "success", login: "growqr" },
    );
    for (const hash of [first, second, third]) await push(actor, machine, `branch-${hash[0]}`, hash, named);
    expect(machine.asked.map(({ commit }) => commit)).toEqual([second, third]);
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed" });
    expect(await statusOf(actor, second)).toMatchObject({ state: "failed" });
  });
});

describe("the member's word", () => {
  test("runs the checks of a branch's head once more; the same key is a single run", async () => {
    const { actor, machine } = await start();
    machine.answers.push(failing("It ended with 1."), passing);
    await push(actor, machine, "main", first, named);
    actor.host.branches.set("main", first);
    const ask = () => actor.act("verify", { project, branch: "main" }, "key-of-it-00");
    expect((await ask()).status).toMatchObject({ hash: first, state: "queued", checks: [] });
    await actor.settle();
    expect((await ask()).status).toMatchObject({ state: "passed" });
    await actor.settle();
    expect(machine.asked).toHaveLength(2);
  });

  test("on a branch that is not there, or of a project that is not theirs, is refused", async () => {
    const { actor } = await start();
    expect(await says(actor.act("verify", { project, branch: "nowhere" }))).toContain("no branch nowhere");
    const agents = actor.act("verify", { project, branch: `agent/${actor.grow}/page` });
    expect(await says(agents)).toContain("proven with its task");
    expect(await says(actor.act("verify", { project: "other", branch: "main" }))).not.toContain("nowhere");
    expect(await statuses(actor)).toEqual([]);
  });

  test("a commit that is proven can be checked again; where nothing is run, it stands as its receipt says", async () => {
    const { actor, machine } = await start();
    const proof = { id: newId("rct"), task: newId("tsk"), repo, branch: "main", commit: first, checks: 1, receipt: "signed", at: 1 };
    await actor.db.insert(proofTable).values(proof);
    machine.answers.push(failing("It ended with 1."));
    await push(actor, machine, "main", first, named);
    actor.host.branches.set("main", first);
    await actor.act("verify", { project, branch: "main" });
    await actor.settle();
    expect(await statusOf(actor, first)).toMatchObject({ state: "failed", source: "checks", receiptId: proof.id });
    machine.environments.set(first, "checks: []\n");
    await actor.act("verify", { project, branch: "main" });
    await actor.settle();
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed", source: "proof", receiptId: proof.id });
    expect(await actor.db.select().from(proofTable)).toMatchObject([{ staleAt: null }]);
  });
});

test("checks that waited while the stack was down are queued when it is up, and Gitea hears what it missed", async () => {
  const { actor, machine } = await start();
  machine.answers.push(passing);
  const rest = { repo, branch: "prices", source: "checks", createdAt: 1 } as const;
  await actor.db.insert(commitStatusTable).values([
    { ...rest, hash: first, state: "running", attempt: 1 },
    { ...rest, hash: second, state: "failed", told: "queued" },
    { ...rest, hash: third, state: "skipped" },
  ]);
  machine.environments.set(first, named);
  await actor.stackIsUp();
  expect(await statusOf(actor, first)).toMatchObject({ state: "passed" });
  expect(machine.told.map(({ hash, state }) => `${hash[0]} ${state}`).sort()).toEqual(["1 pending", "1 success", "2 failure"]);
});

test("a project that is deleted takes the statuses of its commits along; a bounded number of each project is kept", async () => {
  const { actor, machine } = await start();
  machine.answers.push(passing);
  const checks = [{ name: "checks.0", what: "npm test", passed: true, ms: 1 }];
  const rest = { repo, branch: "prices", source: "checks" as const, state: "passed" as const, told: "passed" as const, checks };
  const old = Array.from({ length: mostStatuses + 5 }, (_, at) => ({
    ...rest,
    hash: (0x1000 + at).toString(16).padStart(40, "a"),
    createdAt: at,
  }));
  for (const row of old) await actor.db.insert(commitStatusTable).values(row);
  await push(actor, machine, "prices", first, named);
  const kept = await statuses(actor);
  expect([kept.length, kept[0]?.hash]).toEqual([mostStatuses, first]);
  const detailed = kept.filter(({ checks }) => checks.length > 0);
  expect(detailed, "checks of the newest alone are told in a list").toHaveLength(mostDetailed);
  expect((await actor.act("statuses", { project, hash: kept.at(-1)!.hash })).statuses[0]?.checks).toHaveLength(1);
  const [row] = await actor.db.select().from(projectTable);
  const removed = { projectId: row!.id, name: project, repository: "archive", state: "done" } as const;
  await record(actor.self, newId("req"), (writer) => writer.append("project.removed", { body: removed }));
  expect(await actor.db.select().from(commitStatusTable)).toEqual([]);
});

test("a branch that was rewritten while its checks waited is skipped, with the reason", async () => {
  const { actor, machine } = await start();
  const failure = { check: "commit", why: "not_pushed", reason: "Commit 1111111111 is on no branch." } as const;
  machine.answers.push(ranTo(() => ({ checks: [], failures: [failure] })));
  await push(actor, machine, "prices", first, named);
  expect(await statusOf(actor, first)).toMatchObject({ state: "skipped", reason: "No branch holds this commit any more." });
  expect(machine.told.map(({ state }) => state)).not.toContain("success");
});
