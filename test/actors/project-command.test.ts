import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { record } from "../../actors/kernel/transaction.ts";
import { actionAuditTable } from "../../schema/audit/action-audit.table.ts";
import { type HostCommandIn, type HostCommandLine, hostCommandIn, mostToldBytes } from "../../schema/project/host-command.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { projectCommandTable } from "../../schema/project/project-command.table.ts";
import { mostCommands } from "../../schema/project/project-command.ts";
import { newId } from "../../schema/wire/id.ts";
import { startActor, type TestActor, withoutOutside } from "../harness/actor-fixture.ts";
import type { HostReply } from "../harness/actor-world.ts";
import { eventually } from "../harness/eventually.ts";
import { ownClock, ownFolder } from "../harness/fixtures.ts";

/** Issue 25.7: a line of a member's own, run in a clean checkout of a project by their actor. */
const folder = ownFolder();
const commit = "c".repeat(40);
const [project, command] = ["bakery", "npm test"];
const said = (line: string, from: "setup" | "command" = "command"): HostCommandLine => ({ type: "output", from, line });
const done: HostCommandLine = { type: "complete", exit_code: 0, ms: 5 };
const begun: HostCommandLine = { type: "begun" };

/** A machine that answers each try with the next of these; the last one again and again. */
class CommandMachine {
  readonly asked: HostCommandIn[] = [];
  readonly answers: (HostCommandLine[] | HostReply)[] = [];
  more: (line: HostCommandLine | null) => void = () => undefined;
  left = 0;
  answer = ({
    method,
    path,
    body,
    signal,
  }: {
    method: string;
    path: string;
    body?: unknown;
    signal?: AbortSignal;
  }): HostReply | undefined => {
    if (method !== "POST" || path !== "/commands") return undefined;
    this.asked.push(hostCommandIn.parse(JSON.parse(String(body))));
    signal?.addEventListener("abort", () => (this.left += 1));
    const next = this.answers.length > 1 ? this.answers.shift()! : (this.answers[0] ?? [begun, done]);
    return Array.isArray(next) ? { status: 200, body: next.map((line) => `${JSON.stringify(line)}\n`).join("") } : next;
  };
  /** One that goes on until it is told more, or is left. */
  open(...lines: HostCommandLine[]): HostReply {
    const body = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const open = (more: (text: string | null) => void) => {
      this.more = (line) => more(line && `${JSON.stringify(line)}\n`);
    };
    return { status: 200, body, open };
  }
}
async function start(machine = new CommandMachine(), file?: string): Promise<{ actor: TestActor; machine: CommandMachine }> {
  const runs = [...withoutOutside, "command"] as const;
  const actor = await startActor(folder, { host: machine.answer, runs, ...(file ? { file } : {}) });
  actor.host.branches.set("main", commit);
  if (!file) await makeProject(actor, project);
  return { actor, machine };
}
async function makeProject(actor: TestActor, name: string) {
  const [id, createdAt] = [newId("prj"), Date.now()];
  await actor.db.insert(projectTable).values({ name, id, repo: `projects/${name}`, createdAt, readyAt: createdAt });
  return id;
}
const begin = async (actor: TestActor, line = command) => (await actor.act("projectCommand", { project, command: line })).command;
const look = async (actor: TestActor, id: string) =>
  (await actor.act("projectCommandSeen", { project, id: id as `cmd_${string}` })).command;
const states = async (actor: TestActor) => (await actor.events("project.command")).map(({ state, attempt }) => `${state} ${attempt ?? 0}`);
const says = (asked: Promise<unknown>) => asked.then(String, (error: Error) => error.message);
const running = (actor: TestActor, id: string) => eventually("it runs", async () => (await look(actor, id)).state === "running");

describe("a command", () => {
  test("is run on main's head, told line by line and with its end, and is there to be looked at", async () => {
    const { actor, machine } = await start();
    machine.answers.push([
      { type: "waits", detail: "Building the image" },
      begun,
      said("added 3 packages", "setup"),
      said("1 failed"),
      { type: "complete", exit_code: 3, ms: 812, cut: true, tail: "1 failed" },
    ]);
    const taken = await begin(actor);
    expect(taken).toMatchObject({ project, command, seconds: 120, state: "queued" });
    await actor.settle();
    const output = [
      { from: "setup", line: "added 3 packages" },
      { from: "command", line: "1 failed" },
    ];
    const ended = { ...taken, state: "complete", commit, exitCode: 3, ms: 812, attempt: 1, cut: true };
    expect(await look(actor, taken.id)).toMatchObject({ ...ended, output, tail: "1 failed" });
    expect((await actor.act("projectCommands", { project })).commands).toEqual([
      expect.not.objectContaining({ output: expect.anything() }),
    ]);
    expect(machine.asked).toEqual([{ id: taken.id, repo: "projects/bakery", commit, command, seconds: 120 }]);
    expect((await actor.events("project.command")).map(({ state, reason }) => [state, reason])).toEqual([
      ["queued", undefined],
      ["queued", "Building the image. It goes on by itself."],
      ["running", undefined],
      ["complete", undefined],
    ]);
    expect((await actor.events("project.output")).flatMap(({ lines }) => lines)).toEqual(output);
    await actor.close();
  });

  test("is one run for each key, with one row of the audit, and its line is cut where it is told", async () => {
    const { actor, machine } = await start();
    const line = `echo ${"x".repeat(1_000)}`;
    const ask = () => actor.act("projectCommand", { project, command: line }, "key-of-it-00");
    const [first, second] = [await ask(), await ask()];
    expect(second.command.id).toBe(first.command.id);
    await actor.settle();
    expect((await ask()).command).toMatchObject({ id: first.command.id, state: "complete", exitCode: 0 });
    expect(machine.asked).toHaveLength(1);
    expect((await actor.events("project.command"))[0]?.command).toBe(line.slice(0, 300));
    const audited = (await actor.db.select().from(actionAuditTable)).map(({ entry }) => entry);
    expect(audited).toMatchObject([{ action: "projectCommand", project, result: "ok" }]);
    expect(JSON.stringify(audited)).not.toContain("xxx");
    await actor.close();
  });

  test("is refused while another of this member waits or runs, in whichever project, and in none that is not there", async () => {
    const { actor, machine } = await start();
    await makeProject(actor, "shop");
    machine.answers.push(machine.open(begun));
    const first = await begin(actor);
    const refused = await says(actor.act("projectCommand", { project: "shop", command }));
    expect(refused).toContain(`in bakery since`);
    expect(refused).toContain(first.id);
    await running(actor, first.id);
    expect(await says(begin(actor))).toContain("Another line of yours runs in bakery");
    expect(await says(actor.act("projectCommand", { project: "other", command }))).not.toContain("Another");
    expect(await says(actor.act("projectCommandSeen", { project: "shop", id: first.id }))).not.toContain("bakery");
    machine.more(done);
    await actor.settle();
    expect((await begin(actor)).state).toBe("queued");
    await actor.close();
  });

  test("fails in words where nothing is on main, where its host refuses it, and where the account lets nothing run", async () => {
    const { actor, machine } = await start();
    const failed = async () => {
      const { id } = await begin(actor);
      await actor.settle();
      return look(actor, id);
    };
    machine.answers.push([begun, { type: "error", code: "conflict", message: "node_modules is in the repository." }]);
    expect(await failed()).toMatchObject({ state: "failed", reason: "node_modules is in the repository." });
    actor.host.branches.delete("main");
    expect(await failed()).toMatchObject({ state: "failed", reason: "Nothing is on main of bakery yet." });
    const ticket = await actor.self.vars.stack.ticket("req");
    actor.self.vars.stack.ticket = async () => ({ ...ticket, ceiling: "stopped" });
    expect(await failed()).toMatchObject({ state: "failed", reason: expect.stringContaining("Your account") });
    await actor.close();
  });
});

describe("a command that is broken off", () => {
  ownClock(Date.parse("2026-11-22T08:00:00Z"));
  test("is begun anew, and what was told before is not among its output", async () => {
    const { actor, machine } = await start();
    machine.answers.push([begun, said("half")], [begun, said("whole"), done]);
    const { id } = await begin(actor);
    await actor.settle(Date.now() + 20_000);
    expect(await look(actor, id)).toMatchObject({ state: "complete", attempt: 2, output: [{ from: "command", line: "whole" }] });
    expect(await states(actor)).toEqual(["queued 0", "running 1", "queued 1", "running 2", "complete 2"]);
    await actor.close();
  });

  test("goes on in another process of its actor, and after three tries it has failed", async () => {
    const { actor, machine } = await start();
    machine.answers.push(machine.open(begun, said("one")));
    const { id } = await begin(actor);
    await running(actor, id);
    await actor.close();
    expect(machine.left).toBe(1);
    machine.answers.splice(0, 1, [begun]);
    const later = await start(machine, actor.file);
    await later.actor.settle(Date.now() + 20_000);
    expect(await look(later.actor, id)).toMatchObject({
      state: "failed",
      attempt: 3,
      reason: expect.stringContaining("broken off three times"),
    });
    await later.actor.settle(Date.now() + 20_000);
    expect(machine.asked).toHaveLength(3);
    await later.actor.close();
  });

  test("waits while its host is at another one, or away, and says why", async () => {
    const { actor, machine } = await start();
    const busy = { status: 409, body: {} };
    machine.answers.push(busy, { status: 503, body: {} }, busy, busy, [begun, done]);
    const { id } = await begin(actor);
    await actor.settle(Date.now() + 60_000);
    expect(await look(actor, id)).toMatchObject({ state: "complete", attempt: 1 });
    const reasons = (await actor.events("project.command")).flatMap(({ reason }) => reason ?? []);
    expect(reasons).toEqual(["Your machine is at another line of yours. It is tried again."]);
    await actor.close();
  });
});

describe("a command ends", () => {
  test("when its member cancels it: its host is left, what comes later is not told, and a second time changes nothing", async () => {
    const { actor, machine } = await start();
    machine.answers.push(machine.open(begun, said("one")));
    const { id } = await begin(actor);
    await running(actor, id);
    const cancel = async () => (await actor.act("projectCommandCancel", { project, id })).command;
    const cancelled = await cancel();
    expect(cancelled).toMatchObject({ state: "cancelled", reason: "You cancelled it." });
    machine.more(done);
    await actor.settle();
    expect(machine.left).toBe(1);
    expect(await cancel()).toEqual(cancelled);
    expect((await states(actor)).at(-1)).toBe("cancelled 1");
    const audited = (await actor.db.select().from(actionAuditTable)).map(({ entry }) => entry.action);
    expect(audited).toEqual(["projectCommand", "projectCommandCancel"]);
    expect(await says(actor.act("projectCommandCancel", { project, id: newId("cmd") }))).not.toContain("cancelled");
    await actor.close();
  });

  test("when its stack is stopped; the next one starts the stack and waits for it", async () => {
    const { actor, machine } = await start();
    machine.answers.push(machine.open(begun));
    const { id } = await begin(actor);
    await running(actor, id);
    await actor.stopStack();
    expect(await look(actor, id)).toMatchObject({ state: "cancelled", reason: "Your stack was stopped." });
    machine.more(null);
    machine.answers.splice(0, 1, [begun, done]);
    const next = await begin(actor);
    expect((await actor.events("stack.state")).at(-1)).toMatchObject({ tier: "running" });
    expect(await look(actor, next.id)).toMatchObject({ state: "queued" });
    await actor.close();
  });

  test("when its project is being deleted, and is gone with it", async () => {
    const { actor, machine } = await start();
    machine.answers.push(machine.open(begun));
    const { id } = await begin(actor);
    await running(actor, id);
    await actor.act("projectRemove", { project, confirm: project, repository: "archive" });
    expect(await look(actor, id)).toMatchObject({ state: "cancelled", reason: "Its project is being deleted." });
    expect(await says(begin(actor))).toContain("is just being taken away");
    const { projectId } = await look(actor, id);
    const removed = { projectId, name: project, repository: "archive", state: "done" } as const;
    await record(actor.self, newId("req"), (writer) => writer.append("project.removed", { body: removed }));
    expect(await actor.db.select().from(projectCommandTable)).toEqual([]);
    await actor.close();
  });
});

test("what is told of a command is bounded, whatever its host says, and the oldest are forgotten", async () => {
  const { actor, machine } = await start();
  machine.answers.push([begun, ...Array.from({ length: 9_000 }, (_, at) => said(`line ${at}`)), done]);
  const { id } = await begin(actor);
  await actor.settle();
  const told = (await actor.events("project.output")).flatMap(({ lines }) => lines);
  expect(JSON.stringify(told).length).toBeLessThanOrEqual(mostToldBytes.all + 2);
  expect(told.length).toBeGreaterThan(1_000);
  expect(await look(actor, id)).toMatchObject({ state: "complete", cut: true, output: told });
  const [row] = await actor.db.select().from(projectCommandTable).where(eq(projectCommandTable.id, id));
  for (let at = 0; at < mostCommands; at += 1)
    await actor.db.insert(projectCommandTable).values({ ...row!, id: newId("cmd", at + 1), output: [] });
  machine.answers.splice(0, 1, [begun, done]);
  const next = await begin(actor);
  const { commands } = await actor.act("projectCommands", { project });
  expect([commands.length, commands[0]?.id, commands[1]?.id]).toEqual([mostCommands, next.id, id]);
  expect(await actor.db.select({ id: projectCommandTable.id }).from(projectCommandTable)).toHaveLength(mostCommands);
  await actor.settle();
  const removed = { projectId: row!.projectId, name: project, repository: "archive", state: "done" } as const;
  await record(actor.self, newId("req"), (writer) => writer.append("project.removed", { body: removed }));
  const events = await actor.events("project.output");
  expect([events.length > 1, events.flatMap(({ lines }) => lines)]).toEqual([true, []]); // their places stay
  await actor.close();
});
