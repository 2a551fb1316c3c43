import "reflect-metadata"; // @peculiar/x509 needs it before its own import
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import * as x509 from "@peculiar/x509";
import { eq, ne } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startLanes } from "../../actors/kernel/work.ts";
import { verifyWork } from "../../actors/proof.ts";
import type { Edge } from "../../actors/runner/edge.ts";
import { Hosts } from "../../actors/runner/host.ts";
import { Stack } from "../../actors/stack/stack.ts";
import { newTaskOf } from "../../actors/task/task-control.ts";
import { machineKeyAlgorithm, machineUri } from "../../schema/machine/machine.ts";
import type { RunLine } from "../../schema/proof/proof.ts";
import { specShape } from "../../schema/task/spec.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { workTable } from "../../schema/work.table.ts";
import { retryDelay } from "../../schema/work.ts";
import { type Alone, alone } from "../harness/actor-fixture.ts";

/** A proof while the member's machine is away. The queue, the proof and the way to the machine are the product's own; what answers there is a server of the test. */
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
async function identity() {
  const keys = (await crypto.subtle.generateKey(machineKeyAlgorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ serialNumber: "01", name: "CN=host", notBefore: new Date("2020-01-01"), notAfter: new Date("2090-01-01") },
    ...{ signingAlgorithm: machineKeyAlgorithm, keys },
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "url", value: machineUri(hst) }])],
  });
  const key = (await crypto.subtle.exportKey("pkcs8", keys.privateKey)) as ArrayBuffer;
  return { certPem: certificate.toString("pem"), keyPem: x509.PemConverter.encode(key, "PRIVATE KEY") };
}

/** The member's machine: away until it is told to answer, then with these lines. */
async function machine(of: Alone) {
  const { certPem, keyPem } = await identity();
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
  const host = { id: hst, address: "127.0.0.1", port };
  const edge = { stackTicket: async () => ({ ticket: "t", host, expiresAt: Number.MAX_SAFE_INTEGER, price: { input: 0, output: 0 } }) };
  Object.assign(of.self.vars, { stack: new Stack(edge as unknown as Edge, hosts, of.self.key[0]!), attached: new Set([of.grow]) });
  return {
    answers: (with_: RunLine[]) => {
      lines = with_;
      return listen(port);
    },
    close: () => {
      server.closeAllConnections();
      return close();
    },
  };
}
/** The actor's queue of proofs, awake: tries what is due. */
function awake(of: Alone): () => Promise<void> {
  let tried: Promise<unknown> = Promise.resolve();
  Object.assign(of.self.vars, { life: new AbortController().signal, lanes: new Map(), dog: Promise.resolve(), changing: 0, armedAt: 0 });
  Object.assign(of.self, {
    schedule: { at: async () => "" },
    cron: { every: async () => undefined, delete: async () => true },
    keepAwake: (promise: Promise<unknown>) => {
      tried = promise;
      return promise;
    },
  });
  return async () => {
    await of.db.delete(workTable).where(ne(workTable.kind, "verify"));
    startLanes(of.self, { verify: verifyWork });
    await tried;
  };
}
async function completed(of: Alone): Promise<Id<"tsk">> {
  const made = specShape.parse({ id: "page", title: "A page", owner: "coding", outputs: ["page.md"] });
  const { task: view } = await newTaskOf(of.self, { spec: made }, newId("req"), newId("req"));
  await of.settle();
  const row = await of.taskNamed("page");
  await of.hear(row.worker!, { kind: "reported", task: view.id, state: "done", text: "done", commit: hash });
  await of.turn(row.worker!, { to: "done", commit: hash });
  return view.id;
}

test("a proof waits as long as the machine is away, the task says so once, and goes on when it is back: only what it finds counts", async () => {
  const of = await alone(folder);
  const id = await completed(of);
  const host = await machine(of);
  const attempt = awake(of);
  const rowOf = async () => (await of.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!;
  const reasons = async () => (await of.events("task.state")).filter(({ from }) => from === "complete").map(({ facts }) => facts.reason);
  let tries = 0;
  while (retryDelay("unreachable", tries) !== undefined || tries < 60) {
    await attempt();
    tries += 1;
    const [proof] = await of.queued("verify:%");
    expect(proof).toMatchObject({ attempts: tries, errorClass: "unreachable" });
    vi.setSystemTime(proof!.dueAt);
  }
  expect(await rowOf()).toMatchObject({ state: "complete", facts: { attempts: {}, repairs: 0 } });
  expect(await reasons()).toEqual(["the checks wait for your machine, and go on by themselves"]);

  const [{ id: run } = { id: "" }] = await of.queued("verify:%");
  const about = {
    id: run as `wrk_${string}` as never,
    repo: "projects/page",
    branch: "b",
    commit: hash,
    image: { name: "i", sha256: "0".repeat(64) },
  };
  const failures = [{ check: "outputs.0", why: "output_missing" as const, reason: "page.md is not in the commit." }];
  const result = { ...about, passed: false, failures, checks: [], outputs: [], startedAt: 1, endedAt: 2 };
  await host.answers([
    { type: "step", step: "room", ms: 1 },
    { type: "result", result },
  ]);
  await attempt();
  await host.close();
  expect(await of.queued("verify:%")).toEqual([]);
  expect(await reasons()).toEqual([
    expect.stringMatching(/wait for your machine/),
    "your machine answers again: the checks run",
    expect.stringMatching(/page\.md is not in the commit.*repair 1/),
  ]);
  expect(await rowOf()).toMatchObject({ state: "in_progress", facts: { repairs: 1, attempts: {} } });
});

test("a proof that the machine answers it can't make does not wait for the machine: it ends after some tries, and says so", async () => {
  const of = await alone(folder);
  const id = await completed(of);
  const host = await machine(of);
  const attempt = awake(of);
  await host.answers([
    { type: "step", step: "room", ms: 1 },
    { type: "error", code: "upstream", message: "the clone does not fit" },
  ]);
  let [proof] = await of.queued("verify:%");
  for (let tries = 0; proof && tries < 40; tries++) {
    vi.setSystemTime(Math.max(Date.now(), proof.dueAt));
    await attempt();
    [proof] = await of.queued("verify:%");
  }
  await host.close();
  const reasons = (await of.events("task.state")).filter(({ from }) => from === "complete").map(({ facts }) => facts.reason);
  expect([proof, reasons.join("\n")]).toEqual([undefined, expect.not.stringContaining("your machine")]);
  const [row] = await of.db.select().from(taskTable).where(eq(taskTable.id, id));
  expect(row).toMatchObject({ state: "failed", facts: { reason: expect.stringContaining("the clone does not fit") } });
});
