import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireGrowAgent } from "../../actors/agent/agent.ts";
import { promptAgent } from "../../actors/agent/prompt-agent.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { actOnPlan } from "../../actors/plan/plan.ts";
import { readUsualUse } from "../../actors/plan/usual-use.ts";
import { startQuest } from "../../actors/quest/quest-control.ts";
import { applyTask, createTask } from "../../actors/task/task.ts";
import { actOnTask, newTaskOf } from "../../actors/task/task-control.ts";
import { callTool } from "../../actors/tool.ts";
import { agentTable } from "../../schema/agent/agent.table.ts";
import type { AgentType } from "../../schema/agent/agent-type.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { planTable } from "../../schema/plan/plan.table.ts";
import { editOwner } from "../../schema/project/edit.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { proposalTable } from "../../schema/proposal.table.ts";
import { questTable } from "../../schema/quest/quest.table.ts";
import { specShape } from "../../schema/task/spec.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { tools } from "../../schema/tool/tool.ts";
import type { ToolName } from "../../schema/tool/tool-call.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { startActor, type TestActor } from "../harness/actor-fixture.ts";

/**
 * The platform's tools as agents call them: right ones count once, wrong ones go back once and are then told,
 * and nobody gets more than their type has.
 */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-tools-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pageTask = { id: "page", title: "A page", owner: "coding", outputs: ["index.html"] };
const right: Partial<Record<ToolName, (ids: { task: string }) => unknown>> = {
  plan: () => ({ title: "A page", story: "They want a page", tasks: [pageTask] }),
  delegate: () => ({ task: pageTask }),
  ask: () => ({ question: "Blue?", why: "the page", options: ["yes", "no"] }),
  set_goal: () => ({ title: "Run", why: "To breathe" }),
  start_quest: () => ({ quest: "weekly-goal", inputs: { goal: "Run", why: "To breathe", weeks: 3 } }),
  report_progress: (ids) => ({ task: ids.task, state: "working", text: "Reading" }),
};
const wrong: Record<ToolName, [unknown, string]> = {
  plan: [{ title: "A page", story: "x", tasks: [{ ...pageTask, depends_on: ["nothing"] }] }, "tasks.0.depends_on.0"],
  delegate: [{ task: { ...pageTask, owner: "nobody" } }, "spec.owner"],
  ask: [{ question: "Blue?" }, "why"],
  set_goal: [{ title: "" }, "title"],
  start_quest: [{ quest: "weekly-goal", inputs: { goal: "Run" } }, "inputs"],
  report_progress: [{ task: newId("tsk"), state: "working", text: "of another's task" }, "task"],
  remember: [{ kind: "rumour", title: "abc", text: "x" }, "kind"],
  recall: [{ query: "x", in: ["elsewhere"] }, "in.0"],
  open_project: [{ name: "No Good" }, "name"],
  open_preview: [{ port: 80, title: "Page" }, "port"],
  deploy: [{ project: "Not A Name" }, "project"],
  call_service: [{ operation: "" }, "operation"],
};
/** The Grow Agent in a turn, and a sub-agent with a task. */
async function team(types?: Map<string, AgentType>) {
  const actor = await startActor(folder, types ? { types } : {});
  const turnId = await record(actor.self, newId("req"), async (writer) =>
    promptAgent(writer, { agent: await requireGrowAgent(writer.db), text: "go" }),
  );
  await actor.beginTurn(actor.grow);
  const { task: made } = await newTaskOf(actor.self, { spec: specShape.parse({ ...pageTask, id: "own" }) }, newId("req"), newId("req"));
  await actor.settle();
  const [row] = await actor.db.select().from(taskTable).where(eq(taskTable.id, made.id));
  return { actor, turnId, task: made.id, sub: row!.worker! };
}
const call = (actor: TestActor, agent: Id<"agt">, tool: ToolName, args: unknown, key = newId("req")) =>
  callTool(actor.self, { agent: agent as never, tool, arguments: args }, key, newId("req"));
const counts = async (actor: TestActor) =>
  Promise.all(
    [planTable, taskTable, approvalTable, proposalTable, questTable].map(async (table) => (await actor.db.select().from(table)).length),
  );

test("a call counts once for its key, whatever happens to its answer, and gets the same one again", async () => {
  const { actor, task: ownTask } = await team();
  for (const [tool, args] of Object.entries(right) as [ToolName, (ids: { task: string }) => unknown][]) {
    const key = newId("req");
    const first = await call(actor, actor.grow, tool, args({ task: ownTask }), key);
    expect([tool, first.ok, first.text]).toEqual([tool, true, expect.any(String)]);
    const now = await counts(actor);
    const again = await Promise.all([1, 2, 3].map(() => call(actor, actor.grow, tool, args({ task: ownTask }), key)));
    for (const answer of again) expect([tool, answer]).toEqual([tool, first]);
    expect([tool, await counts(actor)]).toEqual([tool, now]);
  }
  await actor.close();
});

test("a wrong call of one tool leaves every other its own repair", async () => {
  const { actor } = await team();
  for (const tool of ["remember", "plan", "ask"] as const)
    expect((await call(actor, actor.grow, tool, wrong[tool][0])).text).toMatch(/call it once more/);
  expect((await call(actor, actor.grow, "plan", wrong.plan[0])).text).toContain("The member was told");
  await actor.close();
});

describe.each(Object.keys(tools) as ToolName[])("%s", (tool) => {
  test("with wrong arguments goes back once for repair, by path, and changes nothing; the next time the member is told", async () => {
    const { actor, turnId } = await team();
    const before = await counts(actor);
    const [args, where] = wrong[tool];
    const first = await call(actor, actor.grow, tool, args);
    expect([first.ok, first.text]).toEqual([false, expect.stringMatching(/call it once more/)]);
    expect(first.text).toContain(`- ${where}`);
    const second = await call(actor, actor.grow, tool, args);
    expect(second.text).toContain("The member was told");
    expect((await actor.events("tool.refused")).map(({ tool: name, again, turnId: turn }) => [name, again, turn])).toEqual([
      [tool, false, turnId],
      [tool, true, turnId],
    ]);
    expect(await counts(actor)).toEqual(before);
    await actor.close();
  });
  test("is refused to a sub-agent whose type does not name it, and to one that names it without its capability", async () => {
    const first = await team();
    const type = first.actor.types.get("coding")!;
    await first.actor.close();
    const needs = tools[tool].capability;
    const without = { ...type, tools: { ...type.tools, platform: type.tools.platform.filter((name) => name !== tool) } };
    const unable = {
      ...type,
      tools: { ...type.tools, platform: [tool] as never },
      capabilities: type.capabilities.filter((held) => held !== needs),
    };
    const none = `${tool} is not among your tools.`;
    const bounds = [
      [without, none] as const,
      ...(needs ? [[unable, `${tool} needs the capability ${needs}, which your type, coding, does not have.`] as const] : []),
    ];
    for (const [bounded, text] of bounds) {
      const { actor, sub, task: ownTask } = await team(new Map([...first.actor.types, ["coding", bounded]]));
      const before = await counts(actor);
      expect(await call(actor, sub, tool, right[tool]?.({ task: ownTask }) ?? {})).toEqual({
        ok: false,
        text,
      });
      expect(await counts(actor)).toEqual(before);
      await actor.close();
    }
  });
});

const projects = async (actor: TestActor) => (await actor.db.select().from(projectTable)).map(({ name }) => name).sort();
test("a sub-agent opens the project of its task and no other, there or not; the Grow Agent makes one that is not there", async () => {
  const { actor, sub } = await team();
  const other = { ...pageTask, id: "other", project: "other" };
  await newTaskOf(actor.self, { spec: specShape.parse(other) }, newId("req"), newId("req"));
  await actor.settle(Date.now() + 1_000);
  await actor.db.update(projectTable).set({ readyAt: 1 });
  const repos: string[] = [];
  actor.host.answer = ({ method, path }) => {
    repos.push(/repos\/projects\/([^/]+)/.exec(path)?.[1] ?? "");
    return { status: method === "GET" ? 404 : 201 };
  };
  expect(await projects(actor)).toEqual(["a-page", "other"]);
  for (const name of ["other", "nowhere"]) {
    const text = "Your task's project is a-page. No other is open to you.";
    expect(await call(actor, sub, "open_project", { name })).toEqual({ ok: false, text });
  }
  expect([repos, await projects(actor)]).toEqual([[], ["a-page", "other"]]);
  expect((await call(actor, sub, "open_project", { name: "a-page" })).text).toContain(`Push only to: agent/${sub}/a-page`);
  expect((await call(actor, actor.grow, "open_project", { name: "other" })).ok).toBe(true);
  expect([...new Set(repos)]).toEqual(["a-page", "other"]);
  await actor.db.update(agentTable).set({ task: null, state: "idle" }).where(eq(agentTable.id, sub));
  expect((await call(actor, sub, "open_project", { name: "a-page" })).text).toContain("no project is open to you");
  await actor.close();
});

test("an agent that was in one project is given nothing of another: that is a new one's, and its own goes to it again", async () => {
  const { actor, sub, task: ownTask } = await team();
  await actOnTask(actor.self, { taskId: ownTask, act: "cancel" }, newId("req"), newId("req"));
  await actor.settle(Date.now() + 1_000);
  const next = async (id: string, more: object) => {
    await newTaskOf(actor.self, { spec: specShape.parse({ ...pageTask, ...more, id }) }, newId("req"), newId("req"));
    await actor.settle(Date.now() + 1_000);
    return (await actor.taskNamed(id)).worker;
  };
  const second = await next("other", { project: "other" });
  expect(second).not.toBe(sub);
  expect(await next("again", { project: "a-page" })).toBe(sub);
  await actor.close();
});

test("in a quest that was not allowed the memory, an agent writes nothing to it", async () => {
  const { actor } = await team();
  await startQuest(actor.self, { quest: "weekly-goal", inputs: { goal: "Run", why: "To breathe", weeks: 3 } }, newId("req"), newId("req"));
  await actor.settle(Date.now() + 1_000);
  const { worker } = await actor.taskNamed("put-into-words");
  const remember = (kind: string) => call(actor, worker!, "remember", { kind, title: "We go left", text: "Because" });
  expect((await remember("profile")).ok).toBe(true);
  const [row] = await actor.db.select().from(questTable);
  const files = { ...row?.files, "quest.yaml": row?.files["quest.yaml"]?.replace("  - memory:*\n", "") ?? "" };
  await actor.db.update(questTable).set({ files });
  for (const kind of ["decision", "plan", "profile"])
    expect(await remember(kind)).toEqual({
      ok: false,
      text: "remember needs the capability memory:propose, which the quest you work for does not have.",
    });
  await actor.close();
});

test("a plan takes the place of one that waits, and of no other", async () => {
  const { actor } = await team();
  const propose = (title: string, more: object = {}) => call(actor, actor.grow, "plan", { title, story: "x", tasks: [pageTask], ...more });
  const states = async () => (await actor.db.select().from(planTable).orderBy(planTable.id)).map(({ body, state }) => [body.title, state]);
  await propose("First");
  const [first] = await actor.db.select().from(planTable);
  expect((await propose("Second", { replaces: first!.id })).ok).toBe(true);
  expect(await states()).toEqual([
    ["First", "rejected"],
    ["Second", "proposed"],
  ]);
  const late = await propose("Third", { replaces: first!.id });
  expect([late.ok, late.text]).toEqual([true, expect.stringContaining("does not wait for the member any more, it is rejected")]);
  const unknown = await propose("Third", { replaces: newId("pln") });
  expect([unknown.ok, unknown.text]).toEqual([false, expect.stringContaining("- replaces: is no plan")]);
  expect(await states()).toHaveLength(2);
  await actor.close();
});

test("a task replaces only one that was delegated alone and is not at its end; a name that is no such task's goes back", async () => {
  const { actor } = await team();
  await call(actor, actor.grow, "plan", { title: "A plan", story: "x", tasks: [pageTask] });
  const [made] = await actor.db.select().from(planTable);
  await actOnPlan(actor.self, { planId: made!.id as never, act: "accept", revision: 1 }, newId("req"), newId("req"));
  await call(actor, actor.grow, "delegate", { task: pageTask });
  const states = async () =>
    (await actor.db.select().from(taskTable).where(eq(taskTable.specId, "page"))).map((row) => [
      row.plan !== null,
      row.state === "cancelled",
    ]);
  expect(await states()).toEqual([
    [true, false],
    [false, false],
  ]);
  expect((await call(actor, actor.grow, "delegate", { task: { ...pageTask, id: "page-2" }, replaces: "page" })).ok).toBe(true);
  expect(await states()).toEqual([
    [true, false],
    [false, true],
  ]);
  const again = await call(actor, actor.grow, "delegate", { task: { ...pageTask, id: "page-3" }, replaces: "page" });
  expect([again.ok, again.text]).toEqual([false, expect.stringContaining("- replaces: is no open task that was delegated")]);
  await actor.close();
});

test("what the member made themselves is replaced by no agent, and tells nothing of what agents take", async () => {
  const { actor } = await team();
  const spec = specShape.parse({ id: "edit", title: "Change a file", owner: editOwner, outputs: ["a.txt"] });
  const made = await record(actor.self, newId("req"), async (writer) => {
    const { id } = await createTask(writer, { spec, project: "a-page" });
    await applyTask(writer, id, { kind: "hand_in", commit: "a".repeat(40), base: "b".repeat(40) });
    return id;
  });
  const answer = await call(actor, actor.grow, "delegate", { task: { ...pageTask, id: "other" }, replaces: "edit" });
  expect([answer.ok, answer.text]).toEqual([false, expect.stringContaining("- replaces: is no open task that was delegated")]);
  await record(actor.self, newId("req"), (writer) => applyTask(writer, made, { kind: "verify_passed", commit: "a".repeat(40) }));
  expect((await actor.taskNamed("edit")).state).toBe("verified");
  expect(await readUsualUse(actor.db)).toEqual({});
  await actor.close();
});

test("an agent that was retired, or is nobody's here, is not found", async () => {
  const { actor } = await team();
  await expect(call(actor, newId("agt"), "ask", {})).rejects.toMatchObject({ code: "not_found" });
  await actor.close();
});

test("what the platform tells an agent has words for people beside those for the model, and what was wrong with a call too", async () => {
  const { actor } = await team();
  const told = await actor.events("agent.prompt");
  expect(told.find(({ text }) => text === "go")).toMatchObject({ shown: "Told how things stand" });
  await call(actor, actor.grow, "plan", {});
  await call(actor, actor.grow, "plan", { title: "" });
  const refusals = await actor.events("tool.refused");
  expect(refusals.at(-1)!.text).toMatch(/Don't try again/);
  expect(refusals.at(-1)!.shown).not.toMatch(/try again|Repair/);
  await actor.close();
});
