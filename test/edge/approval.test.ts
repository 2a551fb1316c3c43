import { beforeAll, describe, expect, test } from "vitest";
import { type ApprovalView, approvalOut, approvalsOut } from "../../schema/approval/approval-api.ts";
import { newId } from "../../schema/wire/id.ts";
import { agentToken, ask, newMember, refusal, type TestMember } from "./client.ts";

/** Approvals by REST: the questions of an agent whose stack nobody reaches. */
let owner: TestMember;
let stranger: TestMember;
beforeAll(async () => {
  [owner, stranger] = [await newMember(), await newMember()];
});
const list = async (member: TestMember, query = "?state=pending") =>
  approvalsOut.parse((await ask("GET", `/approvals${query}`, { token: await member.token() })).json);
const decide = async ({ id }: { id: string }, body: object, headers: Record<string, string> = {}, member = owner) =>
  ask("POST", `/approvals/${id}/decision`, { token: await member.token(), body: { device: "your phone", ...body }, headers });

let questions = 0;
/** What the owner's agent asks. */
async function question(): Promise<ApprovalView> {
  const words = `Blue or green? (${++questions})`;
  const call = { name: "ask", arguments: { question: words, why: "the page needs a colour", options: ["blue", "green"] } };
  const headers = { accept: "application/json, text/event-stream" };
  const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params: call };
  const answer = await ask("POST", "/mcp", { token: await agentToken(owner), body, headers });
  const asked = (await list(owner)).approvals.find(({ subject }) => subject.kind === "question" && subject.question === words);
  if (!asked) throw new Error(answer.text);
  return asked;
}

describe("a question of an agent", () => {
  test("is shown to its member as it was asked, and answered with one of its options alone", async () => {
    const asked = await question();
    expect(asked).toMatchObject({ state: "pending", agent: owner.actor.id, subject: { kind: "question", options: ["blue", "green"] } });
    const wrong = await decide(asked, { decision: "allow", answer: "red" });
    expect([wrong.status, refusal(wrong).code]).toEqual([400, "invalid"]);
    for (const body of [{ decision: "maybe" }, { decision: "allow", device: "" }, {}])
      expect((await decide(asked, body)).status, JSON.stringify(body)).toBe(400);
    const right = await decide(asked, { decision: "allow", answer: "green" });
    expect([right.status, approvalOut.parse(right.json).approval]).toMatchObject([200, { state: "allowed", decided: { answer: "green" } }]);
  });

  test("is answered once; a second answer learns from where the first came, whatever it says", async () => {
    const asked = await question();
    expect((await decide(asked, { decision: "allow", answer: "blue" })).status).toBe(200);
    const { approval } = approvalOut.parse((await ask("GET", `/approvals/${asked.id}`, { token: await owner.token() })).json);
    expect(approval).toMatchObject({ state: "allowed", decided: { device: "your phone" } });
    for (const body of [
      { decision: "deny", device: "your laptop" },
      { decision: "allow", scope: "task" },
    ]) {
      const second = await decide(asked, body);
      expect([second.status, refusal(second)]).toMatchObject([
        409,
        { code: "already_answered", message: "Already answered on your phone: allowed." },
      ]);
    }
  });

  test("has the same answer for the same decision with its key; that key is another one for another question", async () => {
    const [asked, besides] = [await question(), await question()];
    const key = { "idempotency-key": newId("req") };
    const answers = [await decide(asked, { decision: "deny" }, key), await decide(asked, { decision: "deny" }, key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[1]?.json).toEqual(answers[0]?.json);
    expect(await decide(besides, { decision: "deny" }, key)).toMatchObject({ status: 200, json: { approval: { id: besides.id } } });
  });

  test("is not there for another member, whatever is asked of it", async () => {
    const asked = await question();
    const read = await ask("GET", `/approvals/${asked.id}`, { token: await stranger.token() });
    const answered = await decide(asked, { decision: "allow", answer: "blue" }, {}, stranger);
    expect([read.status, answered.status]).toEqual([404, 404]);
    expect((await list(stranger, "")).approvals).toEqual([]);
    expect((await list(owner)).approvals.map(({ id }) => id)).toContain(asked.id);
    expect((await ask("GET", "/approvals/apr_nonsense", { token: await owner.token() })).status).toBe(404);
  });

  test("stands in pages, the newest first, and one leads to the next", async () => {
    for (let n = 0; n < 3; n++) await question();
    const first = await list(owner, "?limit=2");
    expect(first.approvals).toHaveLength(2);
    const second = await list(owner, `?limit=2&cursor=${first.next}`);
    expect(second.approvals[0]!.id < first.approvals[1]!.id).toBe(true);
  });
});
