import { eq, isNull } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { queueTeam } from "../../../actors/kernel/queue.ts";
import { me } from "../../../actors/kernel/self.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { wakeWaiting } from "../../../actors/kernel/work.ts";
import { wakeIfAllowed } from "../../../actors/stack/start.ts";
import { newTaskOf } from "../../../actors/task/task-control.ts";
import { lowerStack } from "../../../actors/turn/lower-stack.ts";
import { findTurn } from "../../../actors/turn/turn-row.ts";
import { agentTable } from "../../../schema/agent/agent.table.ts";
import { growAgentTable } from "../../../schema/agent/grow-agent.table.ts";
import { lapseNotice } from "../../../schema/billing/plan-notice.ts";
import { projectTable } from "../../../schema/project/project.table.ts";
import { box, gitUser, type StackTicketOut } from "../../../schema/stack/stack.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { type ActorOptions, startActor, type TestActor, withoutOutside } from "../../harness/actor-fixture.ts";
import { type AnswerHost, TestEdge, testRunner } from "../../harness/actor-world.ts";
import { eventually } from "../../harness/eventually.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

/** An account that ends while its agent works: its stack stops as if the member had stopped it. */
const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));

/** What the edge says of the account, when it is asked. `asked`: before it answers a look. */
type Account = {
  ceiling: StackTicketOut["ceiling"];
  asked?: () => Promise<unknown>;
  /** A start was refused, and its actor has not heard it yet. */
  refused?: () => unknown;
  starts: number;
};
async function member(account: Account, options: ActorOptions = {}): Promise<TestActor> {
  const plain = new TestEdge(await testRunner(), 4);
  const ticket = async () => ({ ...(await plain.stackTicket()), ceiling: account.ceiling });
  const startTicket = async () => {
    account.starts += 1;
    const { ceiling } = account;
    if (ceiling !== "running") await account.refused?.();
    if (ceiling !== "running") throw new AppError("ceiling", { ceiling });
    return ticket();
  };
  const stackTicket = async () => {
    const answer = await ticket();
    await account.asked?.();
    return answer;
  };
  return startActor(folder, { ...options, edge: { stackTicket, startTicket } });
}
const paid = (): Account => ({ ceiling: "running", starts: 0 });
async function make(actor: TestActor, id: string): Promise<void> {
  const spec = specShape.parse({ id, title: `Task ${id}`, owner: "coding", outputs: [`${id}.md`] });
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
}
const state = async (actor: TestActor, id: string) => (await actor.taskNamed(id)).state;
const stack = async (actor: TestActor) => {
  const { tier, generation, asleep } = await me(actor.db);
  return { tier, generation, asleep };
};
const pay = async (actor: TestActor, account: Account) => {
  account.ceiling = "running";
  await actor.act("provision", { run: newId("req"), steps: [] });
  await actor.stackIsUp();
};
const notices = async (actor: TestActor) => (await actor.events("notice")).map(({ level, text }) => [level, text]);
const stopped = { tier: "stopped", generation: 2, asleep: false };
const told = [["warning", lapseNotice]];
const thisStopped = "Your plan was not active any more, so this was stopped.";

describe("an agent that is told of its account's end", () => {
  test("ends its turn in order, keeps its task, says so once however often it is told, and goes on after the payment", async () => {
    const account = paid();
    const actor = await member(account);
    await make(actor, "one");
    const worker = (await actor.taskNamed("one")).worker!;
    const turn = (await actor.beginTurn(worker))!;
    const { turnId: message } = await actor.act("send", { clientId: newId("req"), text: "And then?" });
    const [agent] = await actor.db.select({ channel: agentTable.channel }).from(agentTable).where(eq(agentTable.id, worker));
    const { turnId: aside } = await actor.act("send", { clientId: newId("req"), text: "In blue.", channel: agent!.channel });
    account.ceiling = "stopped";
    expect(await actor.act("lapse", {})).toEqual({ stopped: true });
    await actor.settle();
    const row = await findTurn(actor.db, turn);
    expect([row?.state, row?.reason, await state(actor, "one"), actor.host.stack.tier]).toEqual([
      "stopped",
      `${thisStopped} Its task goes on once it is active.`,
      "paused",
      "stopped",
    ]);
    const sendAgain = `${thisStopped} Send it again once it is active.`;
    expect(await findTurn(actor.db, message)).toMatchObject({ state: "failed", reason: sendAgain });
    expect(await findTurn(actor.db, aside)).toMatchObject({ state: "stopped", reason: sendAgain });
    expect([await stack(actor), await notices(actor)]).toEqual([stopped, told]);
    account.ceiling = "archived";
    const seq = actor.self.vars.lastSeq;
    expect(await actor.act("lapse", {})).toEqual({ stopped: true });
    await actor.settle();
    expect([await stack(actor), actor.self.vars.lastSeq]).toEqual([stopped, seq]);

    await record(actor.self, newId("req"), (writer) => queueTeam(writer)); // nothing begins by itself meanwhile
    await actor.settle();
    expect(await state(actor, "one")).toBe("paused");
    await pay(actor, account);
    expect([(await stack(actor)).tier, await state(actor, "one")]).toEqual(["running", "in_progress"]);
    expect(await actor.beginTurn(worker)).toEqual(expect.any(String));
  });
  test("whose stack sleeps is not woken by what is due, and one that its member has stopped is left as it is", async () => {
    const account = { ...paid(), ceiling: "stopped" as const };
    const actor = await member(account);
    await actor.stopStack();
    const seq = actor.self.vars.lastSeq;
    expect([await actor.act("lapse", {}), actor.self.vars.lastSeq]).toEqual([{ stopped: true }, seq]);
    const sleeper = await member(account);
    await record(sleeper.self, newId("req"), (writer) => lowerStack(writer, "idle"));
    expect(await stack(sleeper)).toMatchObject({ asleep: true });
    await sleeper.act("lapse", {});
    await sleeper.act("wake", {});
    expect([await stack(sleeper), await notices(sleeper)]).toEqual([{ ...stopped, generation: 3 }, told]);
  });
  test("of a payment that came first goes on, also where that comes while it asks", async () => {
    const account = paid();
    const actor = await member(account);
    await make(actor, "one");
    expect(await actor.act("lapse", {})).toEqual({ stopped: false });
    account.ceiling = "stopped";
    account.asked = async () => {
      delete account.asked;
      account.ceiling = "running";
      await actor.act("provision", { run: newId("req"), steps: [] });
    };
    expect(await actor.act("lapse", {})).toEqual({ stopped: false });
    expect([(await stack(actor)).tier, await state(actor, "one"), await notices(actor)]).toEqual(["running", "in_progress", []]);
  });
});

describe("before it is told", () => {
  test("no task is given out, and those that wait go on after the payment", async () => {
    const account: Account = { ...paid(), ceiling: "stopped" };
    const actor = await member(account);
    await make(actor, "one");
    expect([await state(actor, "one"), await stack(actor), await notices(actor)]).toEqual(["created", stopped, told]);
    await pay(actor, account);
    expect(await state(actor, "one")).toBe("in_progress");
  });
  test("a task whose stack would have to be started is kept, asked for once", async () => {
    const account = paid();
    const actor = await member(account, { runs: [...withoutOutside, "turn"], host: boxOf().answer });
    account.ceiling = "stopped";
    await actor.db.update(growAgentTable).set({ ready: false });
    const { stack } = actor.self.vars;
    const held = await new TestEdge(await testRunner(), 4).stackTicket(); // from before
    vi.spyOn(stack, "ticket").mockImplementation(async (_request, fresh) => ({ ...held, ceiling: fresh ? account.ceiling : "running" }));
    await make(actor, "one");
    vi.setSystemTime(Date.now() + 700_000);
    await actor.settle();
    const states = (await actor.db.select({ state: turnTable.state }).from(turnTable)).map((row) => row.state);
    expect([states, await state(actor, "one"), account.starts, await notices(actor)]).toEqual([["stopped"], "paused", 1, told]);
    await pay(actor, account);
    expect(await state(actor, "one")).toBe("in_progress");
  });
  test("a turn that the model's gateway refuses ends as by that stop: it is not tried again, and its task is kept", async () => {
    const account = paid();
    const { answer, prompts } = boxOf();
    const actor = await member(account, { runs: [...withoutOutside, "turn"], host: answer });
    prompts.begin = () => {
      account.ceiling = "stopped";
    };
    vi.useRealTimers();
    const spec = specShape.parse({ id: "one", title: "Task one", owner: "coding", outputs: ["one.md"] });
    await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
    await eventually("its turn waits for the project, which is there", async () => {
      await actor.db.update(projectTable).set({ readyAt: Date.now() }).where(isNull(projectTable.readyAt));
      for (const key of actor.self.vars.waiting.keys()) wakeWaiting(actor.self, key);
      return prompts.n > 0 || undefined;
    });
    await eventually("its stack is stopped", async () => (await me(actor.db)).observed === "stopped" || undefined);
    await eventually("its turn is over", async () => (await actor.queued("turn:%")).length === 0 || undefined);
    const turns = await actor.db.select({ state: turnTable.state, reason: turnTable.reason }).from(turnTable);
    const stoppedTurn = { state: "stopped", reason: `${thisStopped} Its task goes on once it is active.` };
    expect([turns, prompts.n, await state(actor, "one"), await notices(actor)]).toEqual([[stoppedTurn], 1, "paused", told]);
    expect((await actor.taskNamed("one")).facts.attempts).toEqual({});
    await actor.close();
  });
});

describe("a start that the account refuses", () => {
  const noMachine = () => Promise.reject(new AppError("not_found", { what: "edge" }));
  const away = () => Promise.reject(new AppError("unavailable", { what: "edge" }));
  /** One whose stack its member has stopped, and starts again in this state of the account. */
  async function startIn(account: Account, more: (actor: TestActor) => Partial<Account>): Promise<TestActor> {
    const actor = await member(account, { runs: [...withoutOutside, "provision"] });
    await actor.stopStack();
    Object.assign(account, { ceiling: "stopped", ...more(actor) });
    await actor.act("start", {});
    return actor;
  }
  test("is not asked for again where the edge says no more: it is away, or the stack has no machine yet", async () => {
    for (const asked of [away, noMachine]) {
      const account = paid();
      const actor = await startIn(account, () => ({ asked }));
      const { turnId } = await actor.act("send", { clientId: newId("req"), text: "And then?" });
      await actor.settle();
      expect([(await stack(actor)).tier, account.starts, await notices(actor)]).toEqual(["stopped", 1, told]);
      expect((await findTurn(actor.db, turnId))?.reason).toContain("Send it again");
    }
  });
  test("is asked for again a second later when the edge says that it is paid for", async () => {
    const account = paid();
    const refused = () => {
      account.ceiling = "running";
    };
    const actor = await startIn(account, () => ({ refused }));
    await actor.settle(Date.now() + 1_500);
    expect([(await stack(actor)).tier, account.starts > 1, await notices(actor)]).toEqual(["running", true, []]);
  });
  test("is asked for again a second later when the payment has asked for a start meanwhile, though nobody says more", async () => {
    for (const asked of [away, noMachine]) {
      const account = paid();
      const actor = await startIn(account, (starting) => ({
        asked,
        refused: async () => {
          account.ceiling = "running";
          await starting.act("provision", { run: newId("req"), steps: [] });
        },
      }));
      await actor.settle(Date.now() + 1_500);
      expect([(await stack(actor)).tier, account.starts > 1]).toEqual(["running", true]);
      expect(await notices(actor)).not.toContainEqual(told[0]);
    }
  });
  test("is not made for what needs no account", async () => {
    const account: Account = { ...paid(), ceiling: "stopped" };
    const actor = await member(account);
    await actor.stopStack();
    await wakeIfAllowed(actor.self, newId("req"));
    expect((await stack(actor)).tier).toBe("stopped");
    account.ceiling = "running";
    await wakeIfAllowed(actor.self, newId("req"));
    expect((await stack(actor)).tier).toBe("running");
  });
});

/** A box whose OpenCode takes each prompt; then the model's gateway refuses it, as after an account's end. */
function boxOf() {
  const prompts = { n: 0, begin: () => undefined as unknown };
  let say: (text: string) => void = () => undefined;
  const event = (type: string, properties: object) => `data: ${JSON.stringify({ payload: { type, properties } })}\n\n`;
  const answer: AnswerHost = ({ method, path, body }) => {
    const agent = /^\/agents\/([^/]+)$/.exec(path)?.[1];
    if (method === "PUT" && agent)
      return { status: 200, body: { agent, running: true, directory: box.agentDirectory(agent), boot: "b", gitUser: gitUser(agent) } };
    if (method === "PUT" && path.endsWith("/reach")) return { status: 200, body: { names: [] } };
    if (path.startsWith("/git/") && method !== "GET") return { status: 204 };
    if (path.includes("/branch_protections/")) return { status: 404, body: {} };
    const hear = (more: (text: string) => void) => {
      say = more;
    };
    if (path.includes("/global/event")) return { status: 200, body: event("server.connected", {}), open: hear };
    if (path.includes("/prompt_async")) {
      prompts.n += 1;
      prompts.begin();
      const { messageID } = JSON.parse(String(body));
      const error = { name: "APIError", data: { message: "This needs a running trial or a paid plan.", statusCode: 402 } };
      const info = { id: `${messageID}z`, sessionID: "ses_one", role: "assistant", time: { completed: 1 }, error };
      setImmediate(() => say(event("message.updated", { info }) + event("session.idle", { sessionID: "ses_one" })));
      return { status: 204 };
    }
    if (path.includes("/session/status")) return { status: 200, body: {} };
    if (path.includes("/permission")) return { status: 200, body: [] };
    if (path.includes("/message")) return { status: 200, body: [] };
    return path.includes("/opencode/session") ? { status: 200, body: { id: "ses_one", time: { created: 1 } } } : undefined;
  };
  return { prompts, answer };
}
