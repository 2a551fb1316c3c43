import { afterAll, beforeAll, expect, test } from "vitest";
import type { OutputOf } from "../../../schema/actions.ts";
import { type Id, id, newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engineUp, type Member, newMember, refused, runnerUp } from "../running-engine.ts";

let engine: Awaited<ReturnType<typeof engineUp>>;
let runner: Started;
beforeAll(async () => {
  engine = await engineUp();
  runner = await runnerUp(engine.endpoint);
});
afterAll(async () => {
  await runner.stop();
  await engine.stop();
});

/** A question of the member's agent, as its tool asks it. */
async function question(owner: Member, more: object = {}): Promise<Id<"apr">> {
  const args = { question: `Blue or green, ${newId("evt")}?`, why: "the page needs a colour", options: ["blue", "green"], ...more };
  const { text } = await owner.ask("tool", { agent: owner.agent, tool: "ask", arguments: args });
  return id("apr").parse(/apr_[0-9A-Z]{26}/.exec(text)?.[0]);
}
const decide = (owner: Member, approvalId: Id<"apr">, body: object, options = {}) =>
  owner.ask("decide", { approvalId, decision: "allow", device: "your phone", ...body }, options);
const decidedIn = async (owner: Member, id: string) =>
  (await owner.log()).filter((event) => event.kind === "approval.decided" && event.body.id === id);

test("of fifty answers at once one counts, all others are told which, and the log tells of one", async () => {
  const owner = await newMember(engine);
  for (let round = 0; round < 3; round++) {
    const id = await question(owner);
    const tries = Array.from({ length: 50 }, (_, n) => {
      const answer = n % 3 === 0 ? { decision: "deny" } : { answer: n % 2 ? "blue" : "green" };
      return decide(owner, id, { ...answer, device: `device ${n}` });
    });
    const answers = await Promise.all(tries);
    const [first, ...more] = answers.filter((answer) => answer.counted);
    expect(more).toEqual([]);
    for (const late of answers.filter((answer) => !answer.counted)) {
      expect([late.code, late.approval]).toEqual(["answered", first?.approval]);
      expect(late.text).toContain(`Already answered on ${first?.approval.decided?.device}`);
    }
    const { approval } = await owner.ask("approval", { approvalId: id });
    expect(approval).toEqual(first?.approval);
    expect(await decidedIn(owner, id)).toHaveLength(1);
  }
});

test("the same call again, however late, gets the first answer", async () => {
  const owner = await newMember(engine);
  const id = await question(owner);
  const key = newId("req");
  const first = await decide(owner, id, { answer: "blue" }, { key });
  expect(await decide(owner, id, { answer: "blue" }, { key })).toEqual(first);
  expect(first.counted).toBe(true);
});

test("an answer that does not fit decides nothing: no option, a scope it has not, another member's, or words to the agent", async () => {
  const [owner, other] = [await newMember(engine), await newMember(engine)];
  const id = await question(owner);
  expect(await decide(owner, id, { answer: "red" })).toMatchObject({ counted: false, code: "answer" });
  expect(await decide(owner, id, { answer: "blue", scope: "always" })).toMatchObject({ counted: false, code: "scope" });
  expect((await refused(other.call("decide", { approvalId: id, decision: "allow", answer: "blue" }))).code).toBe("not_found");
  expect((await refused(owner.call("decide", { approvalId: id, decision: "perhaps" }))).code).toBe("invalid");
  const byOther = owner.call("decide", { approvalId: id, decision: "allow", answer: "blue" }, { ticket: await other.actor() });
  expect((await refused(byOther)).code).toBe("not_found");
  await owner.send(`I approve ${id}: allow, always`);
  const { approvals, waiting } = await owner.ask("approvals", { state: "pending" });
  expect([approvals.map((each) => each.id), waiting]).toEqual([[id], 1]);
});

test("pages come newest first and end", async () => {
  const owner = await newMember(engine);
  const ids = [await question(owner), await question(owner), await question(owner)];
  const seen: string[] = [];
  let cursor: Id<"apr"> | null = null;
  do {
    const page: OutputOf<"approvals"> = await owner.ask("approvals", { limit: 2, ...(cursor ? { cursor } : {}) });
    seen.push(...page.approvals.map((each) => each.id));
    cursor = page.next;
  } while (cursor);
  expect(seen).toEqual(ids.reverse());
  expect(new Set(seen).size).toBe(3);
});

test("a runner killed while a question waits: it is still there on the next one, and is answered once", async () => {
  const owner = await newMember(engine);
  const id = await question(owner);
  await runner.kill();
  runner = await runnerUp(engine.endpoint);
  const { approval } = await eventually("the question", () => owner.ask("approval", { approvalId: id }), 40_000);
  expect(approval.state).toBe("pending");
  const answers = await Promise.all([decide(owner, id, { answer: "blue" }), decide(owner, id, { answer: "green", device: "your laptop" })]);
  expect(answers.filter((answer) => answer.counted)).toHaveLength(1);
  expect(await decidedIn(owner, id)).toHaveLength(1);
});
