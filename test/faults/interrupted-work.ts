import { expect } from "vitest";
import { z } from "zod";
import { planOut, taskOut } from "../../schema/agent/team.ts";
import { approvalsOut } from "../../schema/approval/approval-api.ts";
import { receiptView } from "../../schema/receipt/receipt-api.ts";
import { recordOfChange } from "../../schema/task/task-file.ts";
import { mergesOf, partsPlan } from "../doubles/model/parallel-story.ts";
import { eventually } from "../harness/eventually.ts";
import { containers, gitIn } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision } from "../harness/person.ts";
import type { UnderTest } from "../harness/product-under-test.ts";

/** A member whose tasks are interrupted, and what must be true of their work afterwards. */
export type Member = { owner: Person; actor: string; memberId: string; events: Events; product: UnderTest };
export async function newMember(product: UnderTest, email: string): Promise<Member> {
  const owner = await person(product, email);
  const made = await provision(owner, 240_000);
  made.events.close();
  const { id: actor, member } = made.actor;
  return { owner, actor, memberId: member, product, events: await owner.events(actor, 0, { steady: true }) };
}

/** Calls again while a part is away: 5xx, a refused connection, a session that could not be checked. */
export function callPatiently(member: Member, method: string, where: string, body?: unknown, headers?: Record<string, string>) {
  return eventually(
    `${method} ${where}`,
    async () => {
      const answer = await member.owner.call(method, where, body, headers);
      return answer.status < 500 && answer.status !== 401 && answer.status !== 429 ? answer : undefined;
    },
    60_000,
  );
}

const specOf = (id: string, project: string, slow: boolean, seconds = 4) => ({
  id,
  title: `A page, ${id}`,
  project,
  owner: "testing",
  outputs: [`${id}.md`],
  acceptance: [
    { file: `${id}.md`, contains: "Written by the demo model" },
    ...(slow ? [{ command: `sleep ${seconds}; echo waited`, contains: "waited" }] : []),
  ],
});
async function startTask(member: Member, spec: ReturnType<typeof specOf> & { description?: string }): Promise<string> {
  const made = await callPatiently(member, "POST", "/tasks", { spec }, { "idempotency-key": spec.id });
  return taskOut.parse(made.body).task.id;
}
/** One task, done in steps that can be seen to begin. */
export function startTaskInSteps(member: Member, id: string, project: string): Promise<string> {
  return startTask(member, { ...specOf(id, project, false), description: "Work in small steps." });
}
/** One task whose proof takes a while. */
export function startSlowProof(member: Member, id: string, project: string, seconds: number): Promise<string> {
  return startTask(member, specOf(id, project, true, seconds));
}
export async function acceptPlan(member: Member, key: string, plan: object): Promise<z.infer<typeof planOut>["plan"]> {
  const made = planOut.parse((await callPatiently(member, "POST", "/plans", { plan }, { "idempotency-key": key })).body).plan;
  const seen = { revision: made.revision };
  const answer = await callPatiently(member, "POST", `/plans/${made.id}/accept`, seen, { "idempotency-key": `${key}-accept` });
  return planOut.parse(answer.body).plan;
}
/** Starts two tasks; the second begins when the first is proven. */
export async function startTwoInPlan(member: Member, id: string, project: string): Promise<string[]> {
  const second = { ...specOf(`${id}-next`, project, false), depends_on: [id] };
  const plan = { title: `Two pages, ${id}`, story: "", tasks: [specOf(id, project, true), second] };
  const { tasks } = await acceptPlan(member, id, plan);
  return [id, `${id}-next`].map((name) => tasks.find((task) => task.name === name)?.id ?? "");
}
/**
 * Starts two tasks that write the same line at the same time, and the merge of each. The second merge
 * conflicts. The merges come last.
 */
export async function startConflict(member: Member, project: string): Promise<string[]> {
  const written = partsPlan(project, 2, "product-flow");
  const merges = mergesOf(written);
  const { tasks } = await acceptPlan(member, project, { ...written, tasks: [...written.tasks, ...merges] });
  return [...written.tasks, ...merges].map(({ id }) => tasks.find((task) => task.name === id)?.id ?? "");
}

export const factsOf = ({ events }: Member, task: string) =>
  events.of("task.state").flatMap((event) => (event.body.taskId === task ? [event.body.facts] : []));
export const turnsOf = ({ events }: Member, task: string): string[] =>
  events.of("agent.prompt").flatMap((event) => (event.body.taskId === task ? [event.body.turnId] : []));
/** How long any step may take on a loaded machine, in milliseconds. */
export const longestStep = 180_000;
/** Waits for a command of a task's agent that contains these words. */
export const waitForCommand = (member: Member, task: string, state: "running" | "done", words: string) =>
  member.events.wait(
    "tool.call",
    ({ body }) => turnsOf(member, task).includes(body.turnId) && body.call.state === state && body.call.command?.includes(words) === true,
    longestStep,
  );
export const questionsOf = ({ events }: Member, task: string) => events.of("approval.asked").filter((event) => event.body.task === task);

type Asked = ReturnType<typeof questionsOf>[number]["body"];
/**
 * Answers each question of these tasks from two devices at once, once `ready` of it resolves; `how` is the
 * decision. Stops when the function that it returns is called.
 */
export function answerQuestions(
  member: Member,
  tasks: readonly string[],
  ready: (asked: Asked) => Promise<unknown>,
  how: (asked: Asked) => object = () => ({}),
): () => Promise<void> {
  const seen = new Set<string>();
  let open = true;
  const answer = async (asked: Asked) => {
    await ready(asked);
    const decide = (device: string) => {
      const body = { decision: "allow", device, ...how(asked) };
      return callPatiently(member, "POST", `/approvals/${asked.id}/decision`, body, { "idempotency-key": `${asked.id}-${device}` });
    };
    const statuses = (await Promise.all(["phone", "laptop"].map(decide))).map(({ status }) => status);
    if (statuses.filter((status) => status === 200).length > 1) throw new Error(`${asked.id} was answered twice: ${statuses}`);
  };
  const look = async () => {
    while (open) {
      const fresh = tasks.flatMap((task) => questionsOf(member, task)).filter(({ body }) => !seen.has(body.id));
      for (const { body } of fresh) seen.add(body.id);
      await Promise.all(fresh.map(({ body }) => answer(body)));
      await new Promise((resolve) => setTimeout(resolve, 50)); // between two looks
    }
  };
  const ended = look();
  ended.catch(() => undefined); // heard by who stops it
  return async () => {
    open = false;
    await ended;
  };
}

/**
 * Waits until all tasks are verified. A task that says it failed is retried as a member would, a few times.
 * Answers what happened.
 */
export async function waitUntilVerified(member: Member, tasks: readonly string[], from: number): Promise<string> {
  const now = (task: string) => factsOf(member, task).at(-1);
  const failures: string[] = [];
  for (;;) {
    const failed = () => tasks.filter((task) => now(task)?.state === "failed");
    await member.events.until(
      "the tasks end",
      () => failed().length > 0 || tasks.every((task) => now(task)?.state === "verified"),
      longestStep,
    );
    const again = failed();
    if (again.length === 0) break;
    if (failures.length > 2) throw new Error(`it fails again and again: ${failures.join("; ")}`);
    for (const task of again) {
      const before = factsOf(member, task).length;
      failures.push(now(task)?.reason ?? "without a reason");
      await callPatiently(member, "POST", `/tasks/${task}/retry`, {});
      await member.events.until("it is tried again", () => factsOf(member, task).length > before, longestStep);
    }
  }
  const cut = member.events.of("turn.state").filter((event) => event.seq > from && event.body.state === "interrupted");
  if (failures.length > 0) return `failed (${failures.join("; ")}), verified on retry`;
  return `verified${cut.length > 0 ? `, ${cut.length} turns interrupted` : ""}`;
}

const ends = ["done", "failed", "stopped", "interrupted"];

/** No turn hangs: each turn that was queued or begun has ended, once. */
async function turnsEnded({ events }: Member): Promise<void> {
  const stateOf = () => {
    const states = new Map<string, string[]>();
    for (const { body } of events.of("turn.state")) states.set(body.turnId, [...(states.get(body.turnId) ?? []), body.state]);
    return states;
  };
  await events.until("every turn has ended", () => [...stateOf().values()].every((all) => ends.includes(all.at(-1) ?? "")), 90_000);
  const endsOf = (all: string[]) => all.filter((state) => ends.includes(state));
  for (const [turn, all] of stateOf()) expect([turn, endsOf(all).length, all]).toEqual([turn, 1, all]);
}
/** Each question was decided once, and none is pending. */
async function expectNoQuestions(member: Member): Promise<void> {
  const asked = member.events.of("approval.asked").map((event) => event.body.id);
  await member.events.until("all is decided", () => asked.every((id) => decided(member, id) > 0), 30_000);
  for (const id of asked) expect([id, decided(member, id)]).toEqual([id, 1]);
  expect(approvalsOut.parse((await callPatiently(member, "GET", "/approvals?state=pending")).body).approvals).toEqual([]);
}
const decided = ({ events }: Member, id: string) => events.of("approval.decided").filter((event) => event.body.id === id).length;

/**
 * Each entry of the outbox is in exactly one commit: as many commits as the log has changes of these tasks,
 * and none twice.
 */
async function expectOutboxOnce(member: Member, tasks: readonly string[]): Promise<void> {
  const git = (...args: string[]) => gitIn(member.product.instance, member.memberId, "growqr/memory", ...args);
  const wanted = (task: string) => {
    const all = factsOf(member, task);
    return all.filter((facts, at) => recordOfChange(all[at - 1], facts).commit).length;
  };
  const held = async () => [...(await git("log", "--format=%B", "main")).matchAll(/^(?:Task: (\S+)\n)(?:Turn: \S+\n)?Outbox: (\S+)$/gm)];
  await eventually(
    "memory is written",
    async () => {
      const found = await held();
      return tasks.every((task) => found.filter((match) => match[1] === task).length >= wanted(task));
    },
    60_000,
  );
  for (const task of tasks) expect([task, (await held()).filter((match) => match[1] === task).length]).toEqual([task, wanted(task)]);
  const outboxes = [...(await git("log", "--format=%B", "main")).matchAll(/^Outbox: (\S+)$/gm)].map((match) => match[1]);
  expect(new Set(outboxes).size).toBe(outboxes.length);
  for (const task of tasks) expect(await git("show", `main:tasks/${task}/task.yaml`)).toContain("state: verified");
}

const page = z.object({ receipts: z.array(receiptView) });
/**
 * The task has one receipt, it was announced once, and its commit has a note of it. The receipt is current
 * unless the branch went on.
 */
async function expectProvenOnce(member: Member, task: string, project: string, goneOn: boolean): Promise<void> {
  const { commit } = factsOf(member, task).at(-1) ?? {};
  const { receipts } = page.parse((await callPatiently(member, "GET", `/receipts?task=${task}`)).body);
  const current = receipts.filter((each) => (each.staleAt !== null) === goneOn);
  expect([task, current.map((each) => each.commit)]).toEqual([task, [commit]]);
  const note = await gitIn(
    member.product.instance,
    member.memberId,
    `projects/${project}`,
    "notes",
    "--ref=receipts",
    "show",
    commit ?? "",
  );
  // A fast-forward merge ends at the commit of the work itself.
  expect(note.split("\n").filter((line) => line === current[0]?.receipt)).toHaveLength(1);
  const told = member.events.of("receipt").filter((event) => event.body.taskId === task && event.body.state === "current");
  expect(new Set(told.map((event) => event.body.receiptId)).size).toBe(told.length);
  expect(told.length).toBe(receipts.length);
}
/** The log has no gap and no event twice, and each message has the sequence that its sender was told. */
function logWhole({ events }: Member, sent: readonly { clientId: string; seq: number }[]): void {
  const seqs = events.received.flatMap((message) => ("event" in message ? [message.event.seq] : []));
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  for (const { clientId, seq } of sent)
    expect(
      events
        .of("message.sent")
        .filter((event) => event.body.clientId === clientId)
        .map((event) => event.seq),
    ).toEqual([seq]);
}
function handedOnce({ events }: Member): void {
  const hands = events.of("task.handoff").map(({ body }) => `${body.from} → ${body.to}`);
  expect(new Set(hands).size).toBe(hands.length);
}

export async function expectAllIsWell(
  member: Member,
  tasks: readonly string[],
  project: string,
  sent: readonly { clientId: string; seq: number }[],
  goneOn: readonly string[] = [],
): Promise<void> {
  await turnsEnded(member);
  await expectNoQuestions(member);
  for (const task of tasks) await expectProvenOnce(member, task, project, goneOn.includes(task));
  await expectOutboxOnce(member, tasks);
  handedOnce(member);
  logWhole(member, sent);
  await eventually(
    "no clean room is left",
    async () => !(await containers(member.product.instance)).some((name) => name.includes("-run-")),
  );
}
