import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { noteProof } from "../../../actors/git/commit-status.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { applyTask } from "../../../actors/task/task.ts";
import { growAgentTable } from "../../../schema/agent/grow-agent.table.ts";
import { eventTable } from "../../../schema/event.table.ts";
import { commitStatusTable } from "../../../schema/git/commit-status.table.ts";
import type { RunLine } from "../../../schema/proof/proof.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import type { TestActor } from "../../harness/actor-fixture.ts";
import { eventually } from "../../harness/eventually.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { failing, passing, project, push, says, startPushed, statusOf } from "./pushed-machine.ts";

/** Issue 25.8: what may go wrong with the checks of a push, on the machine, in Gitea and with tasks. */
const folder = ownFolder();
const [first, second] = ["1", "2"].map((digit) => digit.repeat(40)) as [string, string];
const named = "checks: [npm test]\n";
const room: RunLine = { type: "step", step: "room", ms: 1 };
const waits = (detail: string): RunLine => ({ type: "waits", detail });
const ends = (code: string, message: string): RunLine => ({ type: "error", code, message });
const told = async (actor: TestActor) =>
  (await actor.events("commit.status")).map(({ state, reason }) => `${state} ${reason ?? ""}`.trim());
const passHours = async (actor: TestActor, halves: number) => {
  for (let half = 0; half < halves; half++) await actor.settle(Date.now() + 60_000);
};

describe("a machine", () => {
  ownClock(Date.parse("2026-11-22T08:00:00Z"));
  test("that prepares an image says so once, however often its details change and it is asked again", async () => {
    const { actor, machine } = await startPushed(folder);
    const image = "Building the image with Go";
    machine.answers.push(says(...[1, 2, 3].map((n) => waits(`${image}: step ${n}`)), ends("unavailable", image)));
    await push(actor, machine, "prices", first, named);
    await passHours(actor, 30);
    expect(machine.asked.length).toBeGreaterThan(10);
    expect(await told(actor)).toEqual(["queued", `queued ${image}. It goes on by itself.`]);
    machine.answers.splice(0, 1, passing);
    await passHours(actor, 2);
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed" });
  });

  test("whose checks take longer than all may take has told so, and is not asked again", async () => {
    const { actor, machine } = await startPushed(folder);
    machine.answers.push(says(room, ends("timeout", "run was ended")));
    await push(actor, machine, "prices", first, named);
    await passHours(actor, 5);
    expect(machine.asked).toHaveLength(1);
    expect(await statusOf(actor, first)).toMatchObject({ state: "failed", reason: expect.stringContaining("within an hour") });
  });

  test("of an older version is waited for, and told", async () => {
    const { actor, machine } = await startPushed(folder);
    const error = { code: "invalid", message: "no such field: checksOnly", retryable: false, requestId: newId("req") };
    machine.answers.push(() => ({ status: 400, body: { error } }));
    await push(actor, machine, "prices", first, named);
    await passHours(actor, 20);
    expect(await statusOf(actor, first)).toMatchObject({ state: "queued", reason: expect.stringContaining("older than this") });
    machine.answers.splice(0, 1, passing);
    await passHours(actor, 5);
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed" });
  });

  test("that fails three times while checks run is told with what it said last", async () => {
    const { actor, machine } = await startPushed(folder);
    machine.answers.push(says(room, waits("A word after the beginning"), ends("internal", "The disk broke.")));
    await push(actor, machine, "prices", first, named);
    await passHours(actor, 10);
    expect(await statusOf(actor, first)).toMatchObject({ state: "error", reason: expect.stringMatching(/broken off 3 times.*disk broke/) });
    expect((await told(actor)).filter((each) => each.includes("after the beginning"))).toEqual([]);
  });
});

describe("Gitea", () => {
  ownClock(Date.parse("2026-11-22T08:00:00Z"));
  test("that fails at a commit which it does not have is asked some times, and not without end", async () => {
    const { actor, machine } = await startPushed(folder);
    machine.answers.push(passing);
    let posts = 0;
    machine.first = ({ method, path }) => {
      if (method !== "POST" || !path.includes("/statuses/")) return undefined;
      posts += 1;
      return { status: 500, body: { message: "object does not exist" } };
    };
    await push(actor, machine, "prices", first, named);
    await passHours(actor, 60);
    expect(posts).toBeLessThan(10);
    expect(await actor.db.select().from(workTable).where(eq(workTable.kind, "commit_status"))).toEqual([]);
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed" });
  });

  test("that knows no such commit leaves the word to the room", async () => {
    const { actor, machine } = await startPushed(folder);
    machine.answers.push(passing);
    machine.first = ({ path }) => (path.includes("/statuses?") ? { status: 404, body: {} } : undefined);
    await push(actor, machine, "prices", first, named);
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed" });
  });
});

describe("a commit", () => {
  test("that was skipped for a newer one is checked when another branch stands at it, or when it comes again", async () => {
    const { actor, machine } = await startPushed(folder);
    const waiting = { repo: "projects/bakery", hash: first, branch: "prices", state: "queued", source: "checks", createdAt: 1 } as const;
    machine.answers.push(passing);
    machine.environments.set(first, named);
    await actor.db.insert(commitStatusTable).values(waiting); // its row of work is the other lane's
    await push(actor, machine, "prices", second, named);
    expect(await statusOf(actor, first)).toMatchObject({ state: "skipped" });
    await push(actor, machine, "other", first);
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed", branch: "other" });
  });

  test("on two branches waits on when one of them goes on", async () => {
    const { actor, machine } = await startPushed(folder);
    machine.answers.push(() => undefined); // the machine is away
    await push(actor, machine, "prices", first, named);
    await push(actor, machine, "other", first);
    await push(actor, machine, "prices", second, named);
    expect(await statusOf(actor, first)).toMatchObject({ state: "queued", branch: "other" });
  });

  test("whose row in the log is damaged is checked as any other", async () => {
    const { actor, machine } = await startPushed(folder);
    machine.answers.push(passing);
    const ref = `commit:projects/bakery:${first}`;
    await actor.db.insert(eventTable).values({ kind: "commit", at: 1, channel: newId("chn"), ref, body: { broken: true } } as never);
    await push(actor, machine, "prices", first, named);
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed" });
  });
});

describe("a task", () => {
  const spec = specShape.parse({ id: "page", title: "A page", owner: "coding", project, outputs: ["page.md"] });
  async function begin(branch: string) {
    const { actor, machine } = await startPushed(folder);
    machine.answers.push(passing);
    await actor.act("taskCreate", { spec });
    await actor.settle();
    const { id } = await actor.taskNamed("page");
    await actor.db.update(taskTable).set({ branch }).where(eq(taskTable.id, id));
    await push(actor, machine, branch, first, named);
    expect(await statusOf(actor, first)).toBeUndefined();
    return { actor, machine, id };
  }

  test("that is given up leaves a branch of no agent's own, which is checked then", async () => {
    const { actor, id } = await begin("edit/one");
    await actor.act("taskAct", { taskId: id, act: "cancel" });
    await actor.settle();
    expect(await statusOf(actor, first)).toMatchObject({ state: "passed", source: "checks", branch: "edit/one" });
  });

  test("says by its proof how its commit stands, above checks that run just now, which end", async () => {
    const { actor, machine, id } = await begin("edit/one");
    const open = `${JSON.stringify(room)}\n`;
    let beat = (_text: string | null) => undefined as unknown;
    machine.answers.splice(0, 1, () => ({ status: 200, body: open, open: (more) => (beat = more) }));
    actor.host.branches.set("edit/one", first);
    await actor.act("verify", { project, branch: "edit/one" });
    await eventually("they run", async () => (await statusOf(actor, first))?.state === "running");
    const row = await actor.taskNamed("page");
    const command = { kind: "verify_failed", commit: first, reason: "page.md is missing" } as const;
    await record(actor.self, newId("req"), (writer) => noteProof(writer, { before: row, row, command }));
    expect(await statusOf(actor, first)).toMatchObject({ state: "failed", source: "proof", taskId: id, reason: command.reason });
    beat("\n");
    await actor.settle();
    expect(await actor.queued("checks:%")).toEqual([]);
    expect(await statusOf(actor, first)).toMatchObject({ state: "failed", source: "proof" });
    expect(machine.told.at(-1)).toMatchObject({ state: "failure" });
    await record(actor.self, newId("req"), (writer) => applyTask(writer, id, { kind: "cancel", reason: "not wanted" }));
    await actor.settle();
    expect(await statusOf(actor, first), "a verdict stays").toMatchObject({ state: "failed", source: "proof" });
  });
});

test("a stack that its member stopped is started by verify, and the checks wait for it", async () => {
  const { actor, machine } = await startPushed(folder);
  machine.answers.push(failing("It ended with 1."), passing);
  await push(actor, machine, "main", first, named);
  await actor.stopStack();
  expect((await actor.act("verify", { project, branch: "main" })).status).toMatchObject({ hash: first, state: "queued" });
  await actor.db.update(growAgentTable).set({ ready: true, observed: "running" });
  actor.self.vars.attached.add(actor.grow); // its server answers again
  await actor.stackIsUp();
  expect(await statusOf(actor, first)).toMatchObject({ state: "passed" });
});
