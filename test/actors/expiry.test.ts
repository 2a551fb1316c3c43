import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createClient } from "@libsql/client";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureGrow, grow } from "../../actors/agent.ts";
import { askMember, expireWork, findApproval, waitingFor } from "../../actors/approval.ts";
import { record } from "../../actors/event.ts";
import type { Self } from "../../actors/self.ts";
import { tables } from "../../actors/tables.ts";
import { arm } from "../../actors/work.ts";
import { event } from "../../schema/event.table.ts";
import { growAgent } from "../../schema/grow-agent.table.ts";
import { newId } from "../../schema/id.ts";
import { turn } from "../../schema/turn.table.ts";
import { work } from "../../schema/work.table.ts";
import { root } from "../local/process.ts";

/** The actor's own tables in SQLite, without an engine: what only time would bring about. */
const folder = mkdtempSync(path.join(tmpdir(), "growqr-expiry-"));
const client = createClient({ url: `file:${path.join(folder, "actor.sqlite")}` });
const db = drizzle({ client, schema: tables });
/** The alarms that the engine would hold: those that fire once, and those that repeat, by name. */
const alarms = { once: [] as number[], every: new Map<string, number>() };
const self = {
  key: [newId("mem")],
  db,
  conns: new Map(),
  schedule: { at: async (at: number) => alarms.once.push(at) },
  cron: {
    every: async ({ name, interval }: { name: string; interval: number }) => alarms.every.set(name, interval),
    delete: async (name: string) => alarms.every.delete(name),
  },
  vars: {
    tail: Promise.resolve(),
    dog: Promise.resolve(),
    changing: 0,
    armedAt: 0,
    lanes: new Map(),
    lastSeq: 0,
    kick: () => undefined,
    greeting: new Set(),
    world: { log: () => undefined },
  },
} as unknown as Self;

beforeAll(async () => {
  await migrate(db, { migrationsFolder: path.join(root, "schema/migrations/actor") });
  const who = {
    member: self.key[0]!,
    agent: newId("agt"),
    stack: newId("stk"),
    channel: newId("chn"),
    name: "Grow Agent",
    memberName: "Ada",
  };
  const state = {
    tier: "running",
    observed: "running",
    generation: 1,
    ready: true,
    failed: false,
    memoryReady: true,
    lastActivity: 1,
  } as const;
  await self.db.insert(growAgent).values({ ...who, ...state });
  await ensureGrow(self.db, who, Date.now());
});
afterAll(() => {
  client.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(kind: "command" | "question", expiresAt: number): Promise<string> {
  const of = await record(self, async (writer) =>
    askMember(writer, {
      key: newId("evt"),
      agent: await grow(writer.db),
      subject: kind === "command" ? { kind, command: "terraform apply" } : { kind, question: "Blue?", options: [] },
      ...{ title: "Asked", why: "to see", reach: "nothing", scopes: ["once"], goesOn: true, expiresAt, requestId: newId("req", 1) },
      ...(kind === "command" ? { opencode: { session: "ses_1", request: newId("evt"), kind: "permission" } } : {}),
    }),
  );
  return of.id;
}
const expire = (approvalId: string) => expireWork.run(self, { payload: { approvalId }, requestId: newId("req") } as never);
const told = async (id: string) =>
  (
    await self.db
      .select()
      .from(event)
      .where(eq(event.ref, `decided:${id}`))
  ).map((row) => row.body);

test("an approval nobody answered is denied when its time is over, says so once, and OpenCode is told", async () => {
  const id = await ask("command", Date.now() - 1);
  expect(await waitingFor(self.db)).toBe(1);
  await expire(id);
  await expire(id);
  expect((await findApproval(self.db, id))?.body).toMatchObject({
    state: "expired",
    decided: { reason: expect.stringContaining("denied") },
  });
  expect(await told(id)).toMatchObject([{ id, state: "expired" }]);
  expect((await self.db.select().from(work).where(eq(work.key, "approval:ses_1"))).length).toBe(1);
  expect(await waitingFor(self.db)).toBe(0);
});

test("before its time nothing happens, and its row is due exactly then", async () => {
  const at = Date.now() + 60_000;
  const id = await ask("command", at);
  await expire(id);
  expect((await findApproval(self.db, id))?.state).toBe("pending");
  expect(
    (
      await self.db
        .select()
        .from(work)
        .where(eq(work.key, `expire:${id}`))
    )[0]?.dueAt,
  ).toBe(at);
});

test("a question nobody answered comes back to its agent as a no", async () => {
  const id = await ask("question", Date.now() - 1);
  await expire(id);
  const prompts = (await self.db.select().from(turn)).map((row) => row.prompt);
  expect(prompts.filter((prompt) => prompt.includes(id) && prompt.includes("counts as no"))).toHaveLength(1);
});

test("what is due in hours has an alarm that repeats, so that a crash as it fires does not use it up; nothing left, none is", async () => {
  const later = async (ms: number) => {
    await ask("question", Date.now() + ms);
    await self.db.delete(work).where(eq(work.kind, "outbox")); // Git has it
  };
  await self.db.delete(work);
  await later(5 * 3_600_000);
  await arm(self);
  const interval = alarms.every.get("later") ?? 0;
  expect([interval > 3_500_000, interval <= 3_600_000]).toEqual([true, true]);
  await later(600_000);
  await arm(self);
  expect(alarms.every.get("later")).toBeLessThanOrEqual(600_000);
  await self.db.delete(work);
  await arm(self);
  expect([...alarms.every]).toEqual([]);
  await later(600_000);
  await arm(self);
  expect(alarms.every.has("later")).toBe(true);
});
