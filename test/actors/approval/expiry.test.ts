import { eq, inArray } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { requireGrowAgent } from "../../../actors/agent/agent.ts";
import { askMember, decideApproval } from "../../../actors/approval/approval.ts";
import { countPendingApprovals, findApproval } from "../../../actors/approval/approval-row.ts";
import { askTool } from "../../../actors/approval/ask-tool.ts";
import type { Self } from "../../../actors/kernel/self.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { readWork, setAlarm } from "../../../actors/kernel/work.ts";
import { actOnPlan, proposePlan } from "../../../actors/plan/plan.ts";
import { decideProposal, proposeMemory } from "../../../actors/proposal.ts";
import { remindWork } from "../../../actors/reminder.ts";
import { approvalTable } from "../../../schema/approval/approval.table.ts";
import { eventTable } from "../../../schema/event.table.ts";
import type { QuestionId, ReminderIn } from "../../../schema/reminder/reminder.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

/**
 * Questions that nobody answers, and the member who is reminded of them: what only time brings about. The
 * clock is the test's.
 */
const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));
/** What the edge was asked to tell the member, and how it answers: true is “not all of it was delivered”. */
const told = { reminders: [] as ReminderIn[], unheard: [] as boolean[] };
let actor: TestActor;
let self: Self;
beforeEach(async () => {
  Object.assign(told, { reminders: [], unheard: [] });
  const remind = async (_member: string, body: ReminderIn) => {
    told.reminders.push(body);
    return told.unheard.shift() ?? false;
  };
  actor = await startActor(folder, { runs: ["expire", "remind"], remindAfter: 1_000, edge: { remind } });
  self = actor.self;
});
afterEach(() => actor.close());

async function ask(kind: "command" | "question", expiresAt: number, task?: Id<"tsk">): Promise<Id<"apr">> {
  const title = kind === "command" ? "Run terraform apply" : "Blue?";
  const asked = await record(self, newId("req"), async (writer) =>
    askMember(writer, {
      key: newId("evt"),
      agent: { ...(await requireGrowAgent(writer.db)), ...(task ? { task } : {}) },
      subject: kind === "command" ? { kind, command: "terraform apply" } : { kind, question: "Blue?", options: [] },
      ...{ title, why: "to see", reach: "nothing", scopes: ["once"], goesOn: true, expiresAt, requestId: newId("req", 1) },
      ...(kind === "command" ? { opencode: { session: "ses_1", request: newId("evt"), kind: "permission" } } : {}),
    }),
  );
  await actor.settle(); // its reminder has found its time
  return asked.id;
}
/** The end of a question is looked at just now, whenever it is due. */
async function expireNow(approvalId: Id<"apr">): Promise<void> {
  await record(self, newId("req"), (writer) =>
    writer.queue("expire", { key: `expire:${approvalId}`, payload: { approvalId }, again: true, dueAt: writer.now }),
  );
  await actor.settle();
}
const decided = async (id: Id<"apr">) =>
  (
    await self.db
      .select()
      .from(eventTable)
      .where(eq(eventTable.ref, `decided:${id}`))
  ).map((row) => row.body);

test("an approval nobody answered is denied when its time is over, says so once, and OpenCode is told", async () => {
  const at = Date.now() + 60_000;
  const id = await ask("command", at);
  expect(await countPendingApprovals(self.db)).toBe(1);
  vi.setSystemTime(at);
  await actor.settle();
  await expireNow(id);
  expect((await findApproval(self.db, id))?.body).toMatchObject({
    state: "expired",
    decided: { reason: expect.stringContaining("denied") },
  });
  expect(await decided(id)).toMatchObject([{ id, state: "expired" }]);
  expect((await self.db.select().from(workTable).where(eq(workTable.key, "approval:ses_1"))).length).toBe(1);
  expect(await countPendingApprovals(self.db)).toBe(0);
});

test("before its time nothing happens, and its row is due exactly then", async () => {
  const at = Date.now() + 60_000;
  const id = await ask("command", at);
  expect((await actor.queued(`expire:${id}`))[0]?.dueAt).toBe(at);
  await expireNow(id);
  expect((await findApproval(self.db, id))?.state).toBe("pending");
});

test("a question nobody answered comes back to its agent as a no", async () => {
  const id = await ask("question", Date.now() - 1);
  await actor.settle();
  const prompts = (await self.db.select().from(turnTable)).map((row) => row.prompt);
  expect(prompts.filter((prompt) => prompt.includes(id) && prompt.includes("counts as no"))).toHaveLength(1);
});

const reminder = async (id: QuestionId) => (await actor.queued(`remind:${id}`))[0];
/** The queue looks at the row just now, whenever it is due. */
async function runReminder(id: QuestionId): Promise<void> {
  if (!(await reminder(id))) throw new Error("no reminder is queued");
  await self.db
    .update(workTable)
    .set({ dueAt: Date.now() })
    .where(eq(workTable.key, `remind:${id}`));
  await actor.settle();
}

test.each([
  ["the Grow Agent's", undefined],
  ["a task's", newId("tsk")],
])("%s reminder waits for its time, is told in words that hold no command, and a long question has a second", async (_of, ofTask) => {
  const expiresAt = Date.now() + 24 * 3_600_000;
  const id = await ask("command", expiresAt, ofTask);
  await runReminder(id);
  const { body } = (await findApproval(self.db, id)) ?? {};
  expect([told.reminders, (await reminder(id))?.dueAt]).toEqual([[], (body?.createdAt ?? 0) + 1_000]);
  const past = { ...body!, createdAt: Date.now() - 5_000 };
  await self.db.update(approvalTable).set({ body: past }).where(eq(approvalTable.id, id));
  await runReminder(id);
  expect(told.reminders).toMatchObject([{ question: id, number: 1, kind: "command", agent: "Ada", title: "May it run a command?" }]);
  expect(told.reminders[0]?.expiresAt).toBe(expiresAt);
  expect(JSON.stringify(told.reminders)).not.toContain("terraform");
  expect((await reminder(id))?.payload).toEqual({ question: id, sent: 1 });
  expect((await reminder(id))?.dueAt).toBe(expiresAt - (expiresAt - past.createdAt) / 12);
});

test("what did not reach everybody is tried again; given up, the second reminder stays", async () => {
  const id = await ask("question", Date.now() + 24 * 3_600_000);
  const { body } = (await findApproval(self.db, id)) ?? {};
  await self.db
    .update(approvalTable)
    .set({ body: { ...body!, createdAt: Date.now() - 5_000 } })
    .where(eq(approvalTable.id, id));
  told.unheard = [true];
  await runReminder(id);
  const row = await reminder(id);
  expect(row).toMatchObject({ attempts: 1, errorClass: "rate_limited" });
  expect(row?.payload).toMatchObject({ question: id, sent: 0 });
  await remindWork.gaveUp(self, readWork("remind", row!), new AppError("rate_limited"));
  expect((await reminder(id))?.payload).toEqual({ question: id, sent: 1 });
});

/** What waits without an end: a proposal of each kind, and a plan. */
const propose = (kind: "profile" | "goal") =>
  record(self, newId("req"), async (writer) => {
    const { id: agent, channel } = await requireGrowAgent(writer.db);
    const file = { path: `${kind}/secret.md`, content: "# sk-1\n\nIt is sk-1.\n" };
    return proposeMemory(writer, { key: newId("evt"), kind, title: "sk-1", text: "It is sk-1.", file, agent, channel });
  });
const planned = async () => {
  const task = specShape.parse({ id: "T1", title: "Write it", owner: "coding", outputs: ["index.html"] });
  const value = { title: "A \u202epage", story: "As a reader I want a page.", tasks: [task] };
  return (await proposePlan(self, { plan: value }, newId("req"), newId("req"))).plan.id;
};

test.each([
  ["a fact", () => propose("profile"), { kind: "profile", title: "May it remember something about you?" }],
  ["a goal", () => propose("goal"), { kind: "goal", title: "May it keep a goal of yours?" }],
  ["a plan", planned, { kind: "plan", title: "May the plan “A page” begin?" }],
])("%s that waits is told of later, without what it says and without an end, and once more after a day", async (_of, make, words) => {
  const made = Date.now();
  const id = await make();
  await actor.settle();
  expect([told.reminders, (await reminder(id))?.dueAt]).toEqual([[], made + 10_000]);
  vi.setSystemTime(made + 10_000);
  await runReminder(id);
  expect(told.reminders).toEqual([{ question: id, number: 1, at: made + 10_000, agent: "Ada", ...words }]);
  const tomorrow = made + 10_000 + 24 * 3_600_000;
  expect(await reminder(id)).toMatchObject({ payload: { question: id, sent: 1 }, dueAt: tomorrow });
  vi.setSystemTime(tomorrow);
  await runReminder(id);
  expect(told.reminders).toMatchObject([{ number: 1 }, { question: id, number: 2 }]);
  expect(await reminder(id)).toBeUndefined();
});

test("a proposal and a plan that are answered are told of no more", async () => {
  const [fact, plan] = [await propose("profile"), await planned()];
  await decideProposal(self, { proposalId: fact, decision: "reject" }, newId("req"), newId("req"));
  await actOnPlan(self, { planId: plan, act: "reject" }, newId("req"), newId("req"));
  expect([await reminder(fact), await reminder(plan), told.reminders]).toEqual([undefined, undefined, []]);
});

test("an agent has so many questions open, and is then told to wait for answers", async () => {
  await self.db.delete(workTable);
  const { id: agent } = await requireGrowAgent(self.db);
  const put = (key: string) => {
    const input = { question: "Blue?", options: [], why: "to see", goes_on: true, hours: 24 };
    return askTool(self, input, { key, agent, turnId: undefined, requestId: newId("req") });
  };
  const first = newId("evt");
  expect((await put(first)).ok).toBe(true);
  while ((await countPendingApprovals(self.db, agent)) < 20) expect((await put(newId("evt"))).ok).toBe(true);
  expect(await put(newId("evt"))).toMatchObject({ ok: false, text: expect.stringContaining("20 questions of yours wait") });
  expect((await put(first)).ok).toBe(true); // a call that comes twice is the one that was asked
  const [row] = await self.db.select().from(approvalTable).where(eq(approvalTable.state, "pending"));
  await decideApproval(
    self,
    { approvalId: row!.id as Id<"apr">, decision: "deny", scope: "once", device: "your phone" },
    newId("req"),
    newId("req"),
  );
  expect((await put(newId("evt"))).ok).toBe(true);
});

test("several that are due in the same minutes are one reminder, which says the same when it is tried again", async () => {
  await self.db.delete(workTable);
  const ids: Id<"apr">[] = [];
  for (let n = 0; n < 3; n++) ids.push(await ask("question", Date.now() + 24 * 3_600_000));
  const [first = newId("apr"), ...others] = ids;
  const later = await ask("question", Date.now() + 24 * 3_600_000);
  for (const [id, ago] of [...ids.map((id) => [id, 1_000] as const), [later, -60_000] as const]) {
    const { body } = (await findApproval(self.db, id)) ?? {};
    await self.db
      .update(approvalTable)
      .set({ body: { ...body!, createdAt: Date.now() - ago } })
      .where(eq(approvalTable.id, id));
  }
  const before = told.reminders.length;
  told.unheard = [true];
  await runReminder(first);
  expect(await reminder(first)).toMatchObject({ attempts: 1, errorClass: "rate_limited" });
  await runReminder(first);
  for (const id of [...others, later]) await runReminder(id);
  expect(told.reminders.slice(before)).toMatchObject([
    { question: first, number: 1, more: 2 },
    { question: first, number: 1, more: 2 },
  ]);
  for (const id of ids) expect((await reminder(id))?.payload).toEqual({ question: id, sent: 1 });
  expect((await reminder(later))?.payload).toEqual({ question: later, sent: 0 });
});

test("nobody is reminded of what was answered, withdrawn or has expired: the row is gone, and one that runs just then tells nobody", async () => {
  const before = told.reminders.length;
  const id = await ask("question", Date.now() + 600_000);
  const row = await reminder(id);
  await decideApproval(self, { approvalId: id, decision: "deny", scope: "once", device: "your phone" }, newId("req"), newId("req"));
  expect(await reminder(id)).toBeUndefined();
  await remindWork.run(self, readWork("remind", row!));
  const over = await ask("question", Date.now() - 1);
  await actor.settle();
  expect([await reminder(over), await reminder(id), told.reminders.length]).toEqual([undefined, undefined, before]);
});

test("what is due in hours has an alarm that repeats, so that a crash as it fires does not use it up; nothing left, none is", async () => {
  const later = async (ms: number) => {
    await ask("question", Date.now() + ms);
    await self.db.delete(workTable).where(inArray(workTable.kind, ["outbox", "remind"])); // Git has it, and the member was told
  };
  await self.db.delete(workTable);
  await later(5 * 3_600_000);
  await setAlarm(self);
  const interval = actor.alarms.every.get("later") ?? 0;
  expect([interval > 3_500_000, interval <= 3_600_000]).toEqual([true, true]);
  await later(600_000);
  await setAlarm(self);
  expect(actor.alarms.every.get("later")).toBeLessThanOrEqual(600_000);
  await self.db.delete(workTable);
  await setAlarm(self);
  expect([...actor.alarms.every]).toEqual([]);
  await later(600_000);
  await setAlarm(self);
  expect(actor.alarms.every.has("later")).toBe(true);
});
