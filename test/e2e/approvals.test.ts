import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { type ApprovalView, approvalsOut, policiesOut } from "../../schema/approval/approval-api.ts";
import { eventually } from "../harness/eventually.ts";
import { gitIn } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";

/**
 * Approvals with nothing but HTTP, the demo model asking for commands outside its policy. The tests follow
 * one another.
 */
const product = inject("product");
const here = product.instance;
let eve: Person;
let actor: string;
let member: string;
let events: Events;

beforeAll(async () => {
  eve = await person(product, `eve-${Date.now()}@example.com`);
  const made = await provision(eve);
  ({ id: actor, member } = made.actor);
  made.events.close();
  events = await eve.events(actor, 0, { steady: true });
});
/** What a test left open must not keep the next one waiting. */
afterEach(async () => {
  await eve.call("POST", `/actors/${actor}/stop`, { scope: "turn" });
});
afterAll(() => events?.close());

const run = (command: string) => ({ tool: "bash", args: { command, description: "as it was told" } });
const ask = (...commands: string[]) => send(eve, actor, script(...commands.map(run), { text: "went on" }));
const asked = (turnId: string, nth = 0) =>
  events.until("an approval", () => askedIn(turnId).length > nth, 30_000).then(() => askedIn(turnId)[nth]!.body);
const askedIn = (turnId: string) => events.of("approval.asked").filter((event) => event.body.turn === turnId);
const decided = (approval: ApprovalView, ms?: number) => events.wait("approval.decided", (event) => event.body.id === approval.id, ms);
const ended = async (turnId: string, ms = 60_000) => {
  const over = ["done", "failed", "stopped", "interrupted"];
  const { body } = await events.wait("turn.state", (event) => event.body.turnId === turnId && over.includes(event.body.state), ms);
  const all = events.of("tool.call").filter((event) => event.body.turnId === turnId && event.body.call.state !== "running");
  const calls = all.map((event) => event.body.call);
  return {
    state: body.state,
    reason: body.reason,
    calls,
    call: (target: string) => calls.find((each) => (each.command ?? each.target).includes(target)),
  };
};
const decide = (approval: { id: string }, body: object, headers?: Record<string, string>, asker = eve) =>
  asker.call("POST", `/approvals/${approval.id}/decision`, { device: "your phone", ...body }, headers);
const waiting = async () => approvalsOut.parse((await eve.call("GET", "/approvals?state=pending")).body);
const refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

describe("a command outside the policy", () => {
  test.each([["[ -v 'x[$(touch unasked)]' ]"], ["> unasked"], ["unset 'x[$(touch unasked)]'"]])(
    "in which OpenCode itself sees none is asked all the same: %s",
    async (command) => {
      const { turnId } = await ask(command, "ls");
      const question = await asked(turnId);
      expect(question.subject).toEqual({ kind: "command", command });
      expect((await decide(question, { decision: "deny" })).status).toBe(200);
      const { calls } = await ended(turnId);
      expect(calls.map((call) => call.command ?? call.target)).toEqual([command, "ls"]);
      expect(calls.at(-1)?.output ?? "").not.toContain("unasked");
    },
  );
  test("that is to run in another folder is asked with that folder, and not when the folder is a plain one of its own", async () => {
    const inFolder = (command: string, workdir: string) => ({ tool: "bash", args: { command, workdir, description: "elsewhere" } });
    const { turnId } = await send(
      eve,
      actor,
      script(
        run("git config --get safe.bareRepository"),
        run("mkdir -p plain"),
        inFolder("pwd", "plain"),
        inFolder("echo x >> config", ".git"),
        { text: "went on" },
      ),
    );
    const question = await asked(turnId);
    expect(question.subject).toEqual({ kind: "command", command: "cd -- '.git' || exit 1\necho x >> config" });
    expect((await decide(question, { decision: "deny" })).status).toBe(200);
    const { calls } = await ended(turnId);
    expect([calls.length, calls[0]?.output?.trim(), calls[2]?.output?.trim().endsWith("/work/plain")]).toEqual([4, "explicit", true]);
  });

  test("that is denied is an answer to the agent, with the member's word, and the turn goes on", async () => {
    const { turnId } = await ask("mkfifo again", "echo still here");
    const question = await asked(turnId);
    await decide(question, { decision: "deny", note: "use a file" });
    const { state, call } = await ended(turnId);
    expect(state).toBe("done");
    expect(call("mkfifo")).toMatchObject({ state: "failed", output: expect.stringContaining("use a file") });
    expect(call("echo")).toMatchObject({ state: "done", output: expect.stringContaining("still here") });
  });

  test("allowed once is asked again; allowed for this agent is not, until that is taken back", async () => {
    const first = await ask("mkfifo p1; true");
    await decide(await asked(first.turnId), { decision: "allow", scope: "once" });
    await ended(first.turnId);
    const second = await ask("mkfifo p1; true");
    const again = await asked(second.turnId);
    await decide(again, { decision: "allow", scope: "agent" });
    await ended(second.turnId);
    const third = await ask("mkfifo p1; true");
    expect((await ended(third.turnId)).state).toBe("done");
    expect(askedIn(third.turnId)).toHaveLength(0);
    const { grants } = policiesOut.parse((await eve.call("GET", "/policies")).body);
    expect(grants).toMatchObject([{ approval: again.id, scope: "agent", what: "mkfifo p1; true" }]);
    expect((await eve.call("DELETE", `/policies/${again.id}`)).status).toBe(200);
    const fourth = await ask("mkfifo p1; true");
    await decide(await asked(fourth.turnId), { decision: "deny" });
    await ended(fourth.turnId);
  });

  test("always is a commit to the policy file; taken back there, it is asked again", async () => {
    const policy = () => gitIn(here, member, "growqr/memory", "show", "main:policies/commands.yaml");
    const first = await ask("cksum README.md; echo one");
    const question = await asked(first.turnId);
    expect(question.scopes).toContain("always");
    await decide(question, { decision: "allow", scope: "always" });
    await ended(first.turnId);
    await eventually("the commit", async () => (await policy()).includes("cksum README.md"));
    const log = await gitIn(here, member, "growqr/memory", "log", "-1", "--format=%B", "main", "--", "policies/commands.yaml");
    expect(log).toMatch(/^memory\(policy\): [\s\S]*^Outbox: out_/m);
    const second = await ask("cksum README.md && echo two");
    await ended(second.turnId);
    expect(askedIn(second.turnId)).toHaveLength(0);
    const { rules } = policiesOut.parse((await eve.call("GET", "/policies")).body);
    expect(rules).toMatchObject([{ match: "cksum README.md", exact: true, decision: "allow", approval: question.id }]);
    expect((await eve.call("DELETE", `/policies/${rules[0]?.id}`)).status).toBe(200);
    await eventually("the revoking commit", async () => !(await policy()).includes("cksum"));
    const third = await ask("cksum README.md; echo one");
    await decide(await asked(third.turnId), { decision: "deny" });
    await ended(third.turnId);
    expect((await eve.call("DELETE", `/policies/${rules[0]?.id}`)).status).toBe(404);
  });

  test("of two at once is answered one by one: a no to the first leaves the second waiting", async () => {
    const { turnId } = await send(eve, actor, script({ tools: [run("mkfifo a1"), run("mkfifo a2; echo second")] }, { text: "both" }));
    const [item, two] = [await asked(turnId, 0), await asked(turnId, 1)];
    await decide(item, { decision: "deny" });
    await decided(item);
    expect((await waiting()).approvals.map((each) => each.id)).toEqual([two.id]);
    await decide(two, { decision: "allow" });
    const { state, calls } = await ended(turnId);
    expect([state, calls.map((call) => call.state).sort()]).toEqual(["done", ["done", "failed"]]);
  });

  test("is withdrawn when its turn is stopped, and can't be answered any more", async () => {
    const { turnId } = await ask("mkfifo stopped");
    const question = await asked(turnId);
    await eve.call("POST", `/actors/${actor}/stop`, { scope: "turn" });
    expect((await decided(question)).body.state).toBe("withdrawn");
    expect((await ended(turnId)).state).toBe("stopped");
    const late = await decide(question, { decision: "allow" });
    expect([late.status, refusal.parse(late.body).error.message]).toEqual([409, expect.stringContaining("No longer needed")]);
    const next = await ask("echo after");
    expect((await ended(next.turnId)).state).toBe("done");
  });
});

describe("a name that no box may reach (SPEC 7.7)", () => {
  const { other } = inject("gitServer");
  // The address is made in the program: no word of the command names it.
  const fetchIt = `node -e 'fetch(["https:/", "${other}", "page"].join("/")).then((a) => a.text()).then(console.log)'`;
  const output = async (turnId: string) => (await ended(turnId)).calls[0]?.output ?? "";

  test("is a line in the turn and one question; a yes opens it for that turn and tells the agent, and not longer", async () => {
    const { turnId } = await ask(fetchIt, fetchIt);
    const question = await asked(turnId);
    expect(question).toMatchObject({
      title: `Reach ${other}`,
      subject: { kind: "operation", operation: `network:${other}` },
      agent: actor,
    });
    expect(question.scopes).toEqual(["once", "agent", "always"]);
    const { calls, state } = await ended(turnId);
    expect([state, calls.length]).toEqual(["done", 2]); // it went on meanwhile
    const told = events.of("notice").filter(({ body }) => body.code === "egress_refused" && body.turnId === turnId);
    expect(told.map(({ body }) => body.text)).toEqual([`node was not let to ${other}:443. You are asked about it.`]);
    expect(askedIn(turnId)).toHaveLength(1);
    await decide(question, { decision: "allow" });
    const prompt = await events.wait("agent.prompt", ({ body }) => body.shown === `You let it reach ${other}`);
    await ended(prompt.body.turnId ?? "");
    const later = await ask(fetchIt);
    const again = await asked(later.turnId);
    expect(await output(later.turnId)).not.toContain("hello from outside");
    expect((await decide(again, { decision: "deny" })).status).toBe(200);
  });

  test("is not asked twice where a command names it: the yes to the command opens it", async () => {
    const { turnId } = await ask(`curl -sS https://${other}/page`);
    const question = await asked(turnId);
    expect([question.subject.kind, question.effects]).toEqual(["command", [`reach:${other}`]]);
    await decide(question, { decision: "allow" });
    expect(await output(turnId)).toContain("hello from outside");
    expect(askedIn(turnId)).toHaveLength(1);
  });
});
