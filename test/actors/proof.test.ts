import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Hosts } from "../../actors/runner/host.ts";
import { newTaskOf } from "../../actors/task/task-control.ts";
import type { RunLine } from "../../schema/proof/proof.ts";
import { specShape } from "../../schema/task/spec.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { retryDelay } from "../../schema/work.ts";
import { startActor, type TestActor, withoutOutside } from "../harness/actor-fixture.ts";
import { TestEdge, testRunner } from "../harness/actor-world.ts";
import { newMachineIdentity } from "../harness/machine-identity.ts";

/**
 * A proof while the member's machine is away. The queue, the proof and the way to the machine are the
 * product's own; what answers there is a server of the test.
 */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-away-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.parse("2026-03-02T08:00:00Z"));
});
afterEach(() => {
  vi.useRealTimers();
});

const hash = "1".padStart(40, "0");
const hst = newId("hst");

/** The member's machine, a server of its own: away until it is told to answer, then with these lines. */
async function startMachine() {
  const { certPem, keyPem } = await newMachineIdentity(hst);
  let lines: RunLine[] = [];
  const server = createServer({ cert: certPem, key: keyPem }, (_request, answer) => {
    answer.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  });
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const close = () => new Promise((done) => server.close(done));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  await close();
  const hosts = new Hosts({ id: newId("rnr"), edge: "", keyPem, certPem, caPem: certPem });
  return {
    hosts,
    address: { id: hst, address: "127.0.0.1", port },
    answers: (answered: RunLine[]) => {
      lines = answered;
      return listen(port);
    },
    close: () => {
      server.closeAllConnections();
      return close();
    },
  };
}
async function completed(actor: TestActor): Promise<Id<"tsk">> {
  const made = specShape.parse({ id: "page", title: "A page", owner: "coding", outputs: ["page.md"] });
  const { task: view } = await newTaskOf(actor.self, { spec: made }, newId("req"), newId("req"));
  await actor.settle();
  const row = await actor.taskNamed("page");
  await actor.hear(row.worker!, { kind: "reported", task: view.id, state: "done", text: "done", commit: hash });
  await actor.runTurn(row.worker!, { to: "done", commit: hash });
  return view.id;
}
/** An actor that wakes with a proof to make, on that machine. */
async function startProving() {
  const before = await startActor(folder);
  const id = await completed(before);
  await before.close();
  const machine = await startMachine();
  const edge = new TestEdge(await testRunner(), 4, machine.address);
  const world = { edge, hosts: machine.hosts };
  const actor = await startActor(folder, { file: before.file, runs: [...withoutOutside, "verify"], world });
  return { actor, id, machine };
}

test("a proof waits as long as the machine is away, the task says so once, and goes on when it is back: only what it finds counts", async () => {
  const { actor, id, machine } = await startProving();
  const rowOf = async () => (await actor.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!;
  const reasons = async () => (await actor.events("task.state")).filter(({ from }) => from === "complete").map(({ facts }) => facts.reason);
  let tries = 0;
  while (retryDelay("unreachable", tries) !== undefined || tries < 60) {
    await actor.settle();
    tries += 1;
    const [proof] = await actor.queued("verify:%");
    expect(proof).toMatchObject({ attempts: tries, errorClass: "unreachable" });
    vi.setSystemTime(proof!.dueAt);
  }
  expect(await rowOf()).toMatchObject({ state: "complete", facts: { attempts: {}, repairs: 0 } });
  expect(await reasons()).toEqual(["the checks wait for your machine, and go on by themselves"]);

  const [{ id: run } = { id: "" }] = await actor.queued("verify:%");
  const about = {
    id: run as `wrk_${string}` as never,
    repo: "projects/page",
    branch: "b",
    commit: hash,
    image: { name: "i", sha256: "0".repeat(64) },
  };
  const failures = [{ check: "outputs.0", why: "output_missing" as const, reason: "page.md is not in the commit." }];
  const result = { ...about, passed: false, failures, checks: [], outputs: [], startedAt: 1, endedAt: 2 };
  await machine.answers([
    { type: "step", step: "room", ms: 1 },
    { type: "result", result },
  ]);
  await actor.settle();
  await machine.close();
  expect(await actor.queued("verify:%")).toEqual([]);
  expect(await reasons()).toEqual([
    expect.stringMatching(/wait for your machine/),
    "your machine answers again: the checks run",
    expect.stringMatching(/page\.md is not in the commit.*repair 1/),
  ]);
  expect(await rowOf()).toMatchObject({ state: "in_progress", facts: { repairs: 1, attempts: {} } });
});

test("a proof that the machine answers it can't make does not wait for the machine: it ends after some tries, and says so", async () => {
  const { actor, id, machine } = await startProving();
  await machine.answers([
    { type: "step", step: "room", ms: 1 },
    { type: "error", code: "upstream", message: "the clone does not fit" },
  ]);
  let [proof] = await actor.queued("verify:%");
  for (let tries = 0; proof && tries < 40; tries++) {
    vi.setSystemTime(Math.max(Date.now(), proof.dueAt));
    await actor.settle();
    [proof] = await actor.queued("verify:%");
  }
  await machine.close();
  const reasons = (await actor.events("task.state")).filter(({ from }) => from === "complete").map(({ facts }) => facts.reason);
  expect([proof, reasons.join("\n")]).toEqual([undefined, expect.not.stringContaining("your machine")]);
  const [row] = await actor.db.select().from(taskTable).where(eq(taskTable.id, id));
  expect(row).toMatchObject({ state: "failed", facts: { reason: expect.stringContaining("the clone does not fit") } });
});
