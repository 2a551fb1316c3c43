import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { requireAgent } from "../../actors/agent/agent.ts";
import { askMember } from "../../actors/approval/approval.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import type { RunLine } from "../../schema/proof/proof.ts";
import { readUnverifiedReceipt, rulesOf } from "../../schema/receipt/receipt.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { retryDelay } from "../../schema/work.ts";
import { hash, startProving } from "./proving.ts";

/**
 * A proof while the member's machine is away. The queue, the proof and the way to the machine are the
 * product's own; what answers there is a server of the test.
 */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-away-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.parse("2026-03-02T08:00:00Z"));
});
afterEach(() => {
  vi.useRealTimers();
});

test("a proof waits as long as the machine is away, the task says so once, and goes on when it is back: only what it finds counts", async () => {
  const { actor, id, machine } = await startProving(folder);
  const rowOf = async () => (await actor.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!;
  const reasons = async () => (await actor.events("task.state")).filter(({ from }) => from === "complete").map(({ facts }) => facts.reason);
  let tries = 0;
  while (retryDelay("unreachable", tries) !== undefined || tries < 60) {
    await actor.settle();
    tries += 1;
    const [proof] = await actor.queued("verify:%");
    expect(proof).toMatchObject({ attempts: tries, errorClass: "unreachable" });
    vi.setSystemTime(proof!.dueAt);
  }
  expect(await rowOf()).toMatchObject({ state: "complete", facts: { attempts: {}, repairs: 0 } });
  expect(await reasons()).toEqual(["the checks wait for your machine, and go on by themselves"]);

  const [{ id: run } = { id: "" }] = await actor.queued("verify:%");
  const about = {
    id: run as `wrk_${string}` as never,
    repo: "projects/page",
    branch: "b",
    commit: hash,
    image: { name: "i", sha256: "0".repeat(64) },
  };
  const failures = [{ check: "outputs.0", why: "output_missing" as const, reason: "page.md is not in the commit." }];
  const result = { ...about, passed: false, failures, checks: [], outputs: [], startedAt: 1, endedAt: 2 };
  await machine.answers([
    { type: "step", step: "room", ms: 1 },
    { type: "result", result },
  ]);
  await actor.settle();
  await machine.close();
  expect(await actor.queued("verify:%")).toEqual([]);
  expect(await reasons()).toEqual([
    expect.stringMatching(/wait for your machine/),
    "your machine answers again: the checks run",
    expect.stringMatching(/page\.md is not in the commit.*repair 1/),
  ]);
  expect(await rowOf()).toMatchObject({ state: "in_progress", facts: { repairs: 1, attempts: {} } });
});

test("a proof whose machine prepares something first says what, and goes on (issue 10.9)", async () => {
  const { actor, id, machine } = await startProving(folder);
  const waits = { type: "waits", detail: "Building the image of services" } as const;
  const [{ id: run } = { id: "" }] = await actor.queued("verify:%");
  const about = { id: run as never, repo: "projects/page", branch: "b", commit: hash, image: { name: "i", sha256: "0".repeat(64) } };
  const failures = [{ check: "outputs.0", why: "output_missing" as const, reason: "page.md is not in the commit." }];
  await machine.answers([
    waits,
    { ...waits, detail: `${waits.detail}: putting the image together` },
    { type: "step", step: "room", ms: 1 },
    { type: "result", result: { ...about, passed: false, failures, checks: [], outputs: [], startedAt: 1, endedAt: 2 } },
  ]);
  await actor.settle();
  await machine.close();
  const reasons = (await actor.events("task.state")).filter(({ from }) => from === "complete").map(({ facts }) => facts.reason);
  expect(reasons.slice(0, 2)).toEqual([
    "the checks wait for your machine (Building the image of services), and go on by themselves",
    "your machine answers again: the checks run",
  ]);
  expect((await actor.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]).toMatchObject({ state: "in_progress" });
});

test("a proof that the machine answers it can't make does not wait for the machine: it ends after some tries, and says so", async () => {
  const { actor, id, machine } = await startProving(folder);
  await machine.answers([
    { type: "step", step: "room", ms: 1 },
    { type: "error", code: "upstream", message: "the clone does not fit" },
  ]);
  let [proof] = await actor.queued("verify:%");
  for (let tries = 0; proof && tries < 40; tries++) {
    vi.setSystemTime(Math.max(Date.now(), proof.dueAt));
    await actor.settle();
    [proof] = await actor.queued("verify:%");
  }
  await machine.close();
  const reasons = (await actor.events("task.state")).filter(({ from }) => from === "complete").map(({ facts }) => facts.reason);
  expect([proof, reasons.join("\n")]).toEqual([undefined, expect.not.stringContaining("your machine")]);
  const [row] = await actor.db.select().from(taskTable).where(eq(taskTable.id, id));
  expect(row).toMatchObject({ state: "failed", facts: { reason: expect.stringContaining("the clone does not fit") } });
});

test.each([
  ["nobody", undefined],
  ["the member with a no", "deny"],
  ["the member in words", "allow"],
] as const)("what is the member's to say and was answered by %s: no file proves it without their words", async (_by, decision) => {
  const { actor, id, machine, edge } = await startProving(folder, { asks_member: true });
  let signed = 0;
  edge.receipt = async () => {
    signed += 1;
    throw new AppError("unavailable");
  };
  if (decision) {
    const [row] = await actor.db.select().from(taskTable).where(eq(taskTable.id, id));
    const asked = await record(actor.self, newId("req"), async (writer) =>
      askMember(writer, {
        ...{ key: newId("evt"), agent: { ...(await requireAgent(writer.db, row!.worker!)), task: id }, title: "What?", why: "yours" },
        ...{ subject: { kind: "question", question: "What?", options: [] }, reach: "this answer only", scopes: ["once"], goesOn: true },
        expiresAt: Date.now() + 60_000,
      }),
    );
    await actor.act("decide", { approvalId: asked.id, decision, scope: "once", device: "laptop", answer: "Bread" });
  }
  const [{ id: run } = { id: "" }] = await actor.queued("verify:%");
  const about = { id: run as Id<"wrk">, repo: "projects/page", branch: "b", commit: hash, image: { name: "i", sha256: "0".repeat(64) } };
  const result = { ...about, passed: true, failures: [], checks: [], outputs: [], startedAt: 1, endedAt: 2 };
  await machine.answers([{ type: "result", result }]);
  await actor.settle();
  await machine.close();
  const [row] = await actor.db.select().from(taskTable).where(eq(taskTable.id, id));
  if (decision === "allow") return expect(signed).toBeGreaterThan(0);
  expect([signed, row?.state]).toEqual([0, "in_progress"]);
  expect(row?.facts.reason).toContain("the member has not answered a question");
});

describe("a setup that was not let to a name of its environment file (issue 10.3, 10.4)", () => {
  /** A proof that fails so, on a machine that answers. */
  async function proveClosed() {
    const proving = await startProving(folder);
    const { actor, machine } = proving;
    const [{ id: run } = { id: "" }] = await actor.queued("verify:%");
    const about = { id: run as Id<"wrk">, repo: "projects/page", branch: "b", commit: hash, image: { name: "i", sha256: "0".repeat(64) } };
    const failure = { check: "setup", why: "setup_failed" as const, reason: "`get` ended with 56.", closed: ["api.example.org"] };
    const result = { ...about, passed: false, failures: [failure], checks: [], outputs: [], startedAt: 1, endedAt: 2 };
    await machine.answers([{ type: "result", result }]);
    await actor.settle();
    const rowOf = async () => (await actor.db.select().from(taskTable).where(eq(taskTable.id, proving.id)))[0]!;
    const [question] = await actor.events("approval.asked");
    return { ...proving, rowOf, question: question! };
  }
  /** What the machine was told of that name. */
  const reachOf = (asked: string | undefined) => JSON.parse(asked ?? "{}").reach?.filter((name: string) => name.endsWith("example.org"));

  test("asks the member once, gives no verdict meanwhile, and begins anew with the name after the yes", async () => {
    const { actor, machine, rowOf, question } = await proveClosed();
    expect([(await rowOf()).state, reachOf(machine.asked[0])]).toEqual(["complete", []]);
    expect(question).toMatchObject({ title: "Reach api.example.org", scopes: ["task", "agent", "always"] });
    const notices = await actor.events("notice");
    expect(notices.map(({ text: said }) => said)).toEqual([expect.stringMatching(/wait for your answer: .*api\.example\.org/)]);
    await actor.act("decide", { approvalId: question.id, decision: "allow", scope: "task", device: "laptop" });
    await actor.settle();
    await machine.close();
    expect(machine.asked.map(reachOf)).toEqual([[], ["api.example.org"]]);
    // What it asks for is open now, and it failed all the same: that is its agent's to mend.
    expect([(await rowOf()).state, (await actor.events("approval.asked")).length]).toEqual(["in_progress", 1]);
  });
  test("is its agent's to mend once the member has said no", async () => {
    const { actor, machine, rowOf, question } = await proveClosed();
    await actor.act("decide", { approvalId: question.id, decision: "deny", device: "laptop" });
    await actor.settle();
    await machine.close();
    expect((await rowOf()).state).toBe("in_progress");
    expect([machine.asked.map(reachOf), (await actor.events("approval.asked")).length]).toEqual([[[], []], 1]);
  });
});

describe("a proof that holds but for changed files that take the member's word (SPEC 9.3)", () => {
  const settings = { path: "package.json", diff: "@@ -1 +1 @@\n-{}\n+{ }", hash: "a".repeat(40) };
  const say = (id: string, changed: object = {}): RunLine => {
    const about = { id: id as Id<"wrk">, repo: "projects/page", branch: "b", commit, image: { name: "i", sha256: "0".repeat(64) } };
    const failure = {
      check: "checks",
      why: "unasked" as const,
      reason: "The member has not agreed.",
      unasked: [{ ...settings, ...changed }],
    };
    const outputs = [{ path: "page.md", bytes: 1, sha256: "0".repeat(64), executable: false }];
    const held = { rules: ["member-agreed"], agreed: { files: [{ name: "package.json", shown: true as const }], more: 0 } };
    const result = { ...about, passed: false, failures: [failure], checks: [], outputs, ...held, startedAt: 1, endedAt: 2 };
    return { type: "result", result };
  };
  const commit = hash;
  async function proveUnasked(by: "member" | "agent" = "member") {
    const proving = await startProving(folder, {}, by);
    const { actor, machine } = proving;
    const [{ id: run } = { id: "" }] = await actor.queued("verify:%");
    await machine.answers([say(run)]);
    await actor.settle();
    const rowOf = async () => (await actor.db.select().from(taskTable).where(eq(taskTable.id, proving.id)))[0]!;
    const questions = () => actor.events("approval.asked");
    return { ...proving, run, rowOf, questions, question: (await questions())[0]! };
  }
  test("asks once, with what changed; the machine is told what nobody has agreed to, and what the agent named", async () => {
    const { machine, question, rowOf, actor } = await proveUnasked();
    expect(JSON.parse(machine.asked[0] ?? "{}")).toMatchObject({
      outputs: ["page.md"],
      also: ["also.md"],
      unasked: ["also.md"],
    });
    expect(question).toMatchObject({
      title: "May it change package.json?",
      subject: { kind: "diff", path: "package.json", diff: expect.stringContaining("+{ }") },
      scopes: ["once"],
    });
    const notices = (await actor.events("notice")).map(({ text: said }) => said);
    expect([(await rowOf()).state, notices]).toEqual(["complete", [expect.stringMatching(/wait for your answer: package\.json/)]]);
    await machine.close();
  });
  test("holds of an agent's task that nobody has agreed to its outputs either", async () => {
    const { machine } = await proveUnasked("agent");
    await machine.close();
    expect(JSON.parse(machine.asked[0] ?? "{}")).toMatchObject({ outputs: ["page.md"], unasked: ["page.md", "also.md"] });
  });
  test("is proven after a yes to exactly these changes", async () => {
    const { machine, question, rowOf, actor, questions } = await proveUnasked();
    await actor.act("decide", { approvalId: question.id, decision: "allow", scope: "once", device: "laptop" });
    await actor.settle();
    await machine.close();
    expect([(await rowOf()).state, (await questions()).length, machine.asked.length]).toEqual(["verified", 1, 2]);
    const [{ receipt } = { receipt: "" }] = await actor.db.select().from(proofTable);
    const agreed = { files: [{ name: "package.json", shown: true }], more: 0 };
    expect(rulesOf(readUnverifiedReceipt(receipt)!)).toEqual({ rules: ["member-agreed"], agreed });
  });
  test("asks again where the file is another one by then, and says what its packages are", async () => {
    const { machine, question, rowOf, actor, questions, run } = await proveUnasked();
    await machine.close();
    await machine.answers([say(run, { hash: "b".repeat(40), packages: "Not from where its name says: x." })]);
    await actor.act("decide", { approvalId: question.id, decision: "allow", scope: "once", device: "laptop" });
    await actor.settle();
    await machine.close();
    expect([(await rowOf()).state, (await questions()).length]).toEqual(["complete", 2]);
    expect((await questions())[1]?.why).toMatch(/may not be what its names say\. Not from where its name says: x\.$/);
  });
  test("goes back to its agent after a no, which is not asked again", async () => {
    const { machine, question, rowOf, actor, questions } = await proveUnasked();
    await actor.act("decide", { approvalId: question.id, decision: "deny", device: "laptop" });
    await actor.settle();
    await machine.close();
    expect([(await rowOf()).state, (await questions()).length]).toEqual(["in_progress", 1]);
    expect((await rowOf()).facts.reason).toMatch(/The member has not agreed/);
  });
});
