import { asc } from "drizzle-orm";
import { expect, test } from "vitest";
import { readGoals } from "../../../actors/goal.ts";
import { decideProposal } from "../../../actors/proposal.ts";
import { callTool } from "../../../actors/tool.ts";
import { eventTable } from "../../../schema/event.table.ts";
import { outboxTable } from "../../../schema/memory/outbox.table.ts";
import { proposalTable } from "../../../schema/proposal.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** Goals as agents propose them and note progress on them. */
const folder = ownFolder();
const call = (actor: TestActor, tool: "set_goal" | "remember", args: object, key = newId("req")) =>
  callTool(actor.self, { agent: actor.grow as never, tool, arguments: args }, key, newId("req"));
const setGoal = (actor: TestActor, args: object, key = newId("req")) => call(actor, "set_goal", args, key);
const decide = (actor: TestActor, proposalId: Id<"prp">, decision: "accept" | "reject") =>
  decideProposal(actor.self, { proposalId, decision }, newId("req"), newId("req"));
async function onlyProposal(actor: TestActor) {
  const [first, ...more] = await actor.db.select().from(proposalTable);
  expect(more).toEqual([]);
  return first!;
}

test("progress on a goal that waits stands in what is asked, and is in the goal once it is taken up; another wish is not noted", async () => {
  const actor = await startActor(folder);
  const step = { text: "Rent the oven" };
  const [open, done] = [[{ ...step, done: false }], [{ ...step, done: true }]];
  await setGoal(actor, { title: "Bakery", steps: open });
  const goal = (await onlyProposal(actor)).goal!;
  const key = newId("req");
  for (let time = 0; time < 2; time++)
    expect(await setGoal(actor, { goal, title: "Bakery", steps: done }, key)).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^Noted in the proposal.*still waits/),
    });
  for (const other of [
    { title: "Café" },
    { title: "Bakery", steps: open, progress: 90 },
    { title: "Bakery", steps: [...done, { text: "Two more" }] },
    { title: "Bakery", steps: done },
  ])
    expect(await setGoal(actor, { goal, ...other })).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^Nothing was noted.*still waits/),
    });
  const waiting = await onlyProposal(actor);
  expect([waiting.text, waiting.state]).toEqual(["# Bakery\n\n- [x] Rent the oven", "pending"]);
  const shown = await actor.events("proposal.made");
  expect(shown.map(({ proposalId, text }) => [proposalId, text])).toEqual([
    [waiting.id, "# Bakery\n\n- [ ] Rent the oven"],
    [waiting.id, waiting.text],
  ]);
  const kept = (await actor.db.select().from(outboxTable)).filter(({ kind }) => kind === "open");
  expect(kept.map(({ files }) => JSON.stringify(files).includes("[x]"))).toEqual([false, true]);
  await decide(actor, waiting.id, "accept");
  expect(await readGoals(actor.db)).toMatchObject([{ id: goal, done: 100 }]);
  expect(await setGoal(actor, { goal, title: "Bakery", steps: open }, key)).toMatchObject({
    text: expect.stringMatching(/^Noted in the proposal/),
  }); // told again
  expect(await setGoal(actor, { goal, title: "Bakery", steps: open })).toMatchObject({
    ok: true,
    text: expect.stringMatching(/^Proposed/),
  });
  expect((await actor.events("proposal.made")).at(-1)).toMatchObject({
    change: ["Not done after all: Rent the oven", "100 % before, 0 % with it"],
  });
  await expect(setGoal(actor, { goal: newId("gol"), title: "Bakery", steps: done })).rejects.toMatchObject({ code: "not_found" });
  await actor.close();
});

test("a goal that is asked about, or set and open, is never proposed a second time, however its title is spaced", async () => {
  const actor = await startActor(folder);
  const propose = (title: string) => setGoal(actor, { title });
  const titles = async () => (await actor.db.select().from(proposalTable)).map((row) => row.title);
  await Promise.all([propose("Open a bakery"), propose(" open  a Bakery ")]);
  const [first, ...more] = await actor.db.select().from(proposalTable);
  expect(more).toEqual([]);
  expect(await propose("OPEN A BAKERY")).toMatchObject({
    ok: true,
    text: expect.stringMatching(new RegExp(`^No second one.*\\(${first!.goal}\\) still waits for the member's yes`)),
  });
  const remembered = await call(actor, "remember", { kind: "goal", title: "Open a  bakery", text: "For bread" });
  expect(remembered.text).toContain("still waits");

  await decide(actor, first!.id, "accept");
  for (const title of ["Open a bakery", "open a bakery"])
    expect(await propose(title)).toMatchObject({ ok: true, text: expect.stringMatching(`^No second one.*${first!.goal}.*is set already`) });
  expect(await titles()).toHaveLength(1);
  expect(await propose("Open a second bakery")).toMatchObject({ text: expect.stringMatching(/^Proposed/) });

  await setGoal(actor, { goal: first!.goal, title: "Open a bakery", state: "reached" });
  const closing = (await actor.db.select().from(proposalTable)).find((row) => row.goal === first!.goal && row.state === "pending");
  await decide(actor, closing!.id, "accept");
  expect(await propose("Open a bakery")).toMatchObject({ text: expect.stringMatching(/^Proposed/) });
  await actor.close();
});

test("the decision on a proposed goal and what the goal is by it stand side by side in the log: the app shows them as one", async () => {
  const actor = await startActor(folder);
  await setGoal(actor, { title: "Open a bakery" });
  const [first] = await actor.db.select().from(proposalTable);
  await decide(actor, first!.id, "accept");
  const rows = await actor.db.select({ seq: eventTable.seq, kind: eventTable.kind }).from(eventTable).orderBy(asc(eventTable.seq));
  const at = rows.findIndex(({ kind }) => kind === "proposal.decided");
  expect(rows[at + 1]).toEqual({ seq: rows[at]!.seq + 1, kind: "goal.state" });
  await actor.close();
});

test("a goal of the same title is proposed again after a no", async () => {
  const actor = await startActor(folder);
  await setGoal(actor, { title: "Open a bakery" });
  const [first] = await actor.db.select().from(proposalTable);
  await decide(actor, first!.id, "reject");
  expect(await setGoal(actor, { title: "Open a bakery", why: "After all" })).toMatchObject({
    text: expect.stringMatching(/^Proposed/),
  });
  await actor.close();
});
