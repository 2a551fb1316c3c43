import { eq, isNull } from "drizzle-orm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { requireGrowAgent } from "../../../actors/agent/agent.ts";
import { askMember, decideApproval } from "../../../actors/approval/approval.ts";
import { findApproval } from "../../../actors/approval/approval-row.ts";
import { readOpenItems, restoreOpenItems } from "../../../actors/approval/open-questions.ts";
import { prepareGoalChange, readGoals } from "../../../actors/goal.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { rememberTool } from "../../../actors/memory/memory-tools.ts";
import { queueFiles } from "../../../actors/memory/outbox.ts";
import { decideProposal, listProposals, proposeMemory } from "../../../actors/proposal.ts";
import { openQuestionPath, readOpenQuestion } from "../../../schema/approval/open-questions.ts";
import type { GoalIn } from "../../../schema/goal.ts";
import { memoryChange } from "../../../schema/memory/memory-change.ts";
import { outboxTable } from "../../../schema/memory/outbox.table.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";
import { readOutboxFiles } from "../../harness/outbox-files.ts";

/**
 * What waits for the member is in Git as long as it waits: an actor without its storage asks again, shows
 * again, or says what is lost.
 */
const folder = ownFolder();

async function question(actor: TestActor, more: object = {}) {
  return record(actor.self, newId("req"), async (writer) =>
    askMember(writer, {
      ...{
        key: newId("evt"),
        agent: await requireGrowAgent(writer.db),
        title: "Blue or green?",
        why: "the page",
        reach: "this answer only",
      },
      ...{
        subject: { kind: "question", question: "Blue or green?", options: ["blue", "green"] },
        scopes: ["once"],
        goesOn: true,
        requestId: newId("req"),
      },
      ...more,
    }),
  );
}
const fact = (actor: TestActor, title: string, text = "Sneezes.") =>
  rememberTool(
    actor.self,
    { kind: "profile", title, text },
    { key: newId("evt"), agent: actor.grow, channel: newId("chn"), turnId: undefined, requestId: newId("req") },
  );
/** Another actor of the same member that has nothing but these files. */
async function reborn(actor: TestActor, found: ReadonlyMap<string, string>): Promise<{ to: TestActor; unread: string[] }> {
  const to = await startActor(folder, { agent: actor.grow });
  const unread: string[] = [];
  const all = readOpenItems(found, unread);
  for (let twice = 0; twice < 2; twice++) await record(to.self, newId("req"), (writer) => restoreOpenItems(writer, all));
  return { to, unread };
}

test("questions of the Grow Agent and proposals come back from memory's files, are answered there, and are in Git no longer", async () => {
  const actor = await startActor(folder);
  const asked = await question(actor);
  await fact(actor, "Allergic to dust");
  const { to, unread } = await reborn(actor, await readOutboxFiles(actor.db));
  expect(unread).toEqual([]);
  expect((await to.events("approval.asked")).map((each) => each.id)).toEqual([asked.id]);
  expect(await to.queued(`remind:${asked.id}`)).toHaveLength(1);
  const { proposals: waiting } = await listProposals(to.db, { limit: 10, state: "pending" });
  expect(waiting).toMatchObject([{ title: "Allergic to dust", text: "Sneezes." }]);
  expect(
    await decideApproval(
      to.self,
      { approvalId: asked.id, decision: "allow", scope: "once", device: "d", answer: "blue" },
      "a",
      newId("req"),
    ),
  ).toMatchObject({ counted: true });
  expect((await to.db.select().from(turnTable)).map((row) => row.prompt).filter((prompt) => prompt.includes("blue"))).toHaveLength(1);
  expect(await decideProposal(to.self, { proposalId: waiting[0]!.id, decision: "accept" }, "p", newId("req"))).toMatchObject({
    decided: true,
  });
  const left = await readOutboxFiles(to.db);
  expect([...left.keys()].filter((name) => name.startsWith("snapshots/"))).toEqual([]);
  expect([...left.values()].some((text) => text.includes("Sneezes."))).toBe(true);
  const removed = (await to.db.select().from(outboxTable).where(eq(outboxTable.kind, "open"))).flatMap((row) =>
    memoryChange.array().parse(row.files),
  );
  expect(removed).toEqual([asked.id, waiting[0]!.id].map((id) => ({ path: openQuestionPath(id), remove: true })));
});

test("two proposals of one goal are both kept; a text that has changed since is not overwritten, but can be reworded", async () => {
  const actor = await startActor(folder);
  const req = () => newId("req");
  const take = async (title: RegExp, text?: string) => {
    const { proposals: waiting } = await listProposals(actor.db, { limit: 10, state: "pending" });
    const item = waiting.find((each) => title.test(each.text) || title.test(each.title));
    return decideProposal(actor.self, { proposalId: item!.id, decision: "accept", ...(text ? { text } : {}) }, req(), req());
  };
  const proposeGoal = (change: GoalIn) =>
    record(actor.self, newId("req"), async (writer) => {
      const { goal, file } = await prepareGoalChange(writer.db, change, writer.now);
      await queueFiles(writer, { key: newId("evt"), kind: "goal", title: goal.title, files: [file], agent: actor.grow });
      return goal;
    });
  const goal = await proposeGoal({ title: "Swim", steps: [{ text: "Pool", done: false }] });
  const change = (more: object, n: number) =>
    record(actor.self, newId("req"), async (writer) => {
      const { goal: next, file } = await prepareGoalChange(writer.db, { id: goal.id, ...more }, writer.now);
      const about = {
        kind: "goal",
        title: `Change ${n}`,
        text: `Change ${n}`,
        goal: next.id,
        agent: actor.grow,
        channel: newId("chn"),
      } as const;
      await proposeMemory(writer, { key: newId("evt"), file, ...about });
    });
  await change({ progress: 30 }, 1);
  await change({ why: "Health" }, 2);
  await proposeGoal({ id: goal.id, steps: [{ text: "Pool", done: true }] }); // the member's own hand, meanwhile
  await take(/^Change 1$/);
  await take(/^Change 2$/);
  expect(await readGoals(actor.db)).toMatchObject([{ progress: 30, why: "Health", steps: [{ text: "Pool", done: true }] }]);

  await fact(actor, "Dust");
  const path = (await listProposals(actor.db, { limit: 1, state: "pending" })).proposals[0]!.path;
  await record(actor.self, newId("req"), (writer) =>
    queueFiles(writer, {
      key: "own",
      kind: "profile",
      title: "Dust",
      files: [{ path, content: "# Dust\n\nMine.\n" }],
      agent: actor.grow,
    }),
  );
  await expect(take(/^Dust$/)).rejects.toMatchObject({ code: "conflict" });
  expect(await take(/^Dust$/, "Sneezes a little.")).toMatchObject({ decided: true });
  expect((await readOutboxFiles(actor.db)).get(path)).toBe("# Dust\n\nSneezes a little.\n");
});

test("what nobody can go on with is said to be lost, once, and its file goes; a question past its time is denied", async () => {
  const actor = await startActor(folder, { runs: [] });
  const lost = await question(actor, {
    title: "Raise the budget of “X”?",
    subject: { kind: "budget", of: "task", id: newId("tsk"), what: "cost", used: 2, limit: 1, raise: 1 },
  });
  const late = await question(actor, { title: "Too late?", expiresAt: Date.now() - 1 });
  const { to } = await reborn(actor, await readOutboxFiles(actor.db));
  const told = (await to.events("notice")).filter((each) => each.code === "questions_lost");
  expect(told).toHaveLength(1);
  expect(told[0]?.text).toContain("Raise the budget");
  await to.settle();
  const commits = (await to.db.select().from(outboxTable).where(isNull(outboxTable.hash))).map(({ files }) => files);
  expect(commits).toEqual(
    [
      { path: openQuestionPath(lost.id), remove: true },
      { path: openQuestionPath(late.id), remove: true },
    ].map((file) => [file]),
  );
  expect((await findApproval(to.db, late.id))?.state).toBe("expired");
});

test("what an agent's own process asks is not kept: it ends with its session", async () => {
  const actor = await startActor(folder);
  await question(actor, {
    subject: { kind: "command", command: "mkfifo x" },
    opencode: { session: "ses_1", request: "per_1", kind: "permission" },
  });
  expect([...(await readOutboxFiles(actor.db)).keys()]).toEqual([]);
});

test("a file that is not what its name says, or can't be read, is passed over and named; no text makes reading it throw", () => {
  const unread: string[] = [];
  const wrong = new Map([
    [openQuestionPath(newId("apr")), "kind: other\nid: x\n"],
    [openQuestionPath(newId("prp")), `kind: other\nid: ${newId("apr")}\ntitle: T\nabout: budget\n`],
    ["snapshots/README.md", "# Snapshots"],
  ]);
  expect(readOpenItems(wrong, unread)).toEqual([]);
  expect(unread).toHaveLength(2);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readOpenQuestion(openQuestionPath("x"), text).ok).toBe(false);
    }),
  );
});

const accept = async (actor: TestActor, title: string, text?: string) => {
  const { proposals: waiting } = await listProposals(actor.db, { limit: 50, state: "pending" });
  const proposalId = waiting.find((each) => each.title === title)!.id;
  return decideProposal(actor.self, { proposalId, decision: "accept", ...(text ? { text } : {}) }, newId("req"), newId("req"));
};
const profile = async (actor: TestActor) =>
  [...(await readOutboxFiles(actor.db))].filter(([name]) => name.startsWith("profile/")).map(([, text]) => text);

test("facts whose titles make the same name are all in the profile, whether they wait together or not; the same title again changes its one file", async () => {
  const actor = await startActor(folder);
  for (const title of ["会说中文", "住在北京", "Knows C++", "Knows C#"]) await fact(actor, title);
  for (const title of ["会说中文", "住在北京", "Knows C++", "Knows C#"]) await accept(actor, title);
  await fact(actor, "Knows C");
  await accept(actor, "Knows C");
  const all = ["会说中文", "住在北京", "Knows C++", "Knows C#", "Knows C"].map((title) => `# ${title}\n\nSneezes.\n`);
  expect(await profile(actor)).toEqual(all);
  await fact(actor, "Knows C#", "Very well.");
  await accept(actor, "Knows C#");
  await fact(actor, "住在北京", "Not any more.");
  await accept(actor, "住在北京");
  expect(await profile(actor)).toEqual([all[0], "# 住在北京\n\nNot any more.\n", all[2], "# Knows C#\n\nVery well.\n", all[4]]);
  await actor.close();
});

test("a fact that waits for a file of another title, from before, gets one of its own, as it was said or reworded", async () => {
  const actor = await startActor(folder);
  const about = { kind: "profile", agent: actor.grow, channel: newId("chn") } as const;
  for (const title of ["Knows C++", "Knows C#", "Knows C"]) {
    const file = { path: "profile/knows-c.md", content: `# ${title}\n\nWell.\n` };
    await record(actor.self, newId("req"), (writer) => proposeMemory(writer, { key: newId("evt"), title, text: "Well.", file, ...about }));
  }
  await accept(actor, "Knows C++");
  await accept(actor, "Knows C#");
  const { proposal } = await accept(actor, "Knows C", "A little.");
  expect(await profile(actor)).toEqual(["# Knows C++\n\nWell.\n", "# Knows C#\n\nWell.\n", "# Knows C\n\nA little.\n"]);
  await decideProposal(actor.self, { proposalId: proposal.id, decision: "revert" }, newId("req"), newId("req"));
  expect(await profile(actor)).toHaveLength(2);
  await actor.close();
});
