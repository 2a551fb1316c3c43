import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { and, eq, getTableColumns, getTableName, gt, lt, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { wakeGrowAgent } from "../../../actors/grow-agent.ts";
import { Seal } from "../../../actors/kernel/seal.ts";
import { Seals } from "../../../actors/kernel/seals.ts";
import { actorDatabase, tables } from "../../../actors/kernel/tables.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { newTaskOf } from "../../../actors/task/task-control.ts";
import { approvalTable } from "../../../schema/approval/approval.table.ts";
import { messageTable } from "../../../schema/conversation/message.table.ts";
import { eventTable } from "../../../schema/event.table.ts";
import { memoryFileTable } from "../../../schema/memory/memory-file.table.ts";
import { isSealedColumn, likeSealed, sealClose, sealOpen } from "../../../schema/seal/sealed-column.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { databaseContext, testDatabase } from "../../harness/actor-database.ts";
import { startActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";
import { limit } from "../../harness/suite/limit.ts";

/** Issue 26.10: of an erased member the engine keeps what nobody can read, since their key is gone. */
const folder = ownFolder();

/** Columns of text that are as they are: ids, words of the product's own, hashes. */
const plain = [
  "action_audit.id",
  ...["id", "channel", "state", "task", "session", "session_id", "boot", "git_user"].map((name) => `agent.${name}`),
  ...["id", "agent", "task", "turn", "session", "state", "scope", "told_in"].map((name) => `approval.${name}`),
  ...["channel", "hash", "status"].map((name) => `changed_file.${name}`),
  ...["hash", "state", "source", "task", "receipt", "told"].map((name) => `commit_status.${name}`),
  ...["agent", "turn"].map((name) => `conversation.${name}`),
  "ended_sign_in.signIn",
  ...["channel", "kind", "turn_id", "session"].map((name) => `event.${name}`),
  ...["member", "agent", "stack", "channel", "tier", "run", "observed", "trouble"].map((name) => `grow_agent.${name}`),
  "head.hash",
  ...["id", "release", "state", "cause", "approval", "plan", "repair"].map((name) => `incident.${name}`),
  "member_agent.hash",
  ...["id", "kind", "agent", "turn_id", "task", "hash"].map((name) => `memory_outbox.${name}`),
  "memory_file.hash",
  ...["id", "turn_id"].map((name) => `message.${name}`),
  ...["id", "agent", "opencode", "task", "made_by"].map((name) => `opencode_session.${name}`),
  ...["id", "state", "turn_id"].map((name) => `plan.${name}`),
  ...["id", "state", "channel"].map((name) => `preview.${name}`),
  ...["id", "turn_id", "app", "repair", "deploys"].map((name) => `project.${name}`),
  ...["id", "project_id", "commit", "state", "stopped"].map((name) => `project_command.${name}`),
  ...["id", "task", "commit"].map((name) => `proof.${name}`),
  ...["id", "kind", "goal", "agent", "turn_id", "state", "hash"].map((name) => `proposal.${name}`),
  ...["id", "state"].map((name) => `quest.${name}`),
  ...["id", "commit", "receipt", "task", "state", "step", "by"].map((name) => `release.${name}`),
  ...["id", "task"].map((name) => `run.${name}`),
  "sealed_rows.name",
  "step.task",
  ...["agent", "member", "parent", "channel"].map((name) => `sub_agent.${name}`),
  ...["id", "plan", "state", "worker"].map((name) => `task.${name}`),
  ...["id", "message_id", "agent", "task", "state", "session", "session_id", "prompt_id"].map((name) => `turn.${name}`),
  ...["id", "kind", "request_id", "error_class"].map((name) => `work.${name}`),
];
test("each column of an actor that may hold a word of a person or an agent is sealed", () => {
  const columns = Object.values(tables).flatMap((table) =>
    Object.values(getTableColumns(table)).map((column) => ({ name: `${getTableName(table)}.${column.name}`, type: column.columnType })),
  );
  const unsealed = columns.filter(({ type }) => type.startsWith("SQLiteText")).map(({ name }) => name);
  expect(unsealed.sort()).toEqual(plain.sort());
});

const texts = [
  "a word",
  "",
  "⟦a word⟧",
  `${sealOpen}${"a".repeat(60)}${sealClose}`,
  '{"sealed":"⟦',
  "é 你好 🙂",
  "\u0000t\u0002",
  "line\nline",
  "x".repeat(1_000_000),
];
test("a text comes back as it was; the same text is the same seal, and another key opens nothing", async () => {
  const { db, file, close } = await startActor(folder);
  for (const [at, text] of texts.entries())
    await db.insert(messageTable).values({ id: newId("msg"), clientId: `c${at}`, turnId: newId("trn"), text, at, seq: at });
  const rows = await db.select().from(messageTable).orderBy(messageTable.at);
  expect(rows.map(({ text }) => text)).toEqual(texts);
  expect((await db.select().from(messageTable).where(eq(messageTable.text, "a word"))).map(({ clientId }) => clientId)).toEqual(["c0"]);
  await db
    .insert(messageTable)
    .values({ ...rows[0]!, id: newId("msg") })
    .onConflictDoNothing();
  expect(await db.select().from(messageTable)).toHaveLength(texts.length);
  await close();
  const other = await actorDatabase(async () => new Seal(new Uint8Array(32).fill(8))).createClient(databaseContext(file));
  const left = await other.select().from(messageTable).orderBy(messageTable.at);
  expect(left.filter(({ text }) => text !== "" && !/^⟦[\w-]{38,}⟧$/.test(text))).toEqual([]);
  await other.close();
});

test("keys, paths and bodies are found by what stays of them: kinds, ids and what stands around", async () => {
  const { db, self, close } = await startActor(folder);
  const values = { agent: newId("agt"), state: "pending", body: {} as never, expiresAt: 0 } as const;
  for (const key of ["deploy:bakery:1", "deploy:bakery-two:1", "reach:trn:a.example.com"])
    await db.insert(approvalTable).values({ id: newId("apr"), key, ...values });
  const keys = async (pattern: string) =>
    (await db.select().from(approvalTable).where(likeSealed(approvalTable.key, pattern))).map(({ key }) => key);
  expect(await keys("deploy:bakery:%")).toEqual(["deploy:bakery:1"]);
  expect(await keys("reach:%")).toEqual(["reach:trn:a.example.com"]);
  for (const path of ["goals/secret.md", "goals/README.md", "my goals/goals/x.md"])
    await db.insert(memoryFileTable).values({ path, title: path, at: 0 });
  const found = await db.select().from(memoryFileTable).where(likeSealed(memoryFileTable.path, "goals/%"));
  expect(found.map(({ path }) => path).sort()).toEqual(["goals/README.md", "goals/secret.md"]);
  await record(self, newId("req"), (writer) =>
    writer.append("notice", { ref: `commit:a:${"0".repeat(40)}`, body: { level: "info", code: "x", text: "y" } }),
  );
  const range = and(gt(eventTable.ref, "commit:a:"), lt(eventTable.ref, "commit:a:~"));
  expect(await db.select({ seq: eventTable.seq }).from(eventTable).where(range)).toHaveLength(1);
  await close();
});

test("no word that was said, asked or named is in a byte of an actor's file", async () => {
  const { db, file, self, close } = await startActor(folder);
  const word = "plantedword";
  await record(self, newId("req"), async (writer) => {
    await writer.append("notice", { ref: `${word}:${word}`, body: { level: "info", code: "x", text: `a ${word} b` } });
    await writer.queue("project", { key: `project:${word}`, lane: `project:${word}`, payload: { name: word } });
  });
  await db.insert(memoryFileTable).values({ path: `notes/${word}/goals.md`, title: word, content: word, at: 0 });
  expect(
    JSON.stringify([await db.select().from(eventTable), await db.select().from(workTable), await db.select().from(memoryFileTable)]).split(
      word,
    ),
  ).toHaveLength(10);
  await close();
  const bytes = [file, `${file}-wal`].map((name) => {
    try {
      return readFileSync(name).toString("latin1");
    } catch {
      return "";
    }
  });
  expect(bytes.filter((text) => text.includes(word))).toEqual([]);
});

test("a start waits for a key while the edge is away; one that the edge refuses, or another key than before, starts nothing", async () => {
  let asked = 0;
  const away = new Seals(async () => {
    asked += 1;
    if (asked < 3) throw new AppError("unavailable", { what: "edge" });
    return { key: new Uint8Array(32).fill(7), name: "", memberName: "" };
  });
  await away.waitFor("mem", AbortSignal.timeout(limit(30_000)));
  expect(asked).toBe(3);
  await away.waitFor("mem", AbortSignal.timeout(limit(30_000)));
  expect(asked).toBe(3); // asked for once
  const gone = new Seals(() => Promise.reject(new AppError("not_found")));
  await expect(gone.waitFor("mem", AbortSignal.timeout(limit(30_000)))).rejects.toMatchObject({ code: "not_found" });
  const { self, file, member, grow, act, close } = await startActor(folder, { search: () => ({ erased: true }) });
  const other = await actorDatabase(async () => new Seal(new Uint8Array(32).fill(8))).createClient(databaseContext(file));
  const input = { member, agent: grow, stack: newId("stk"), channel: newId("chn") };
  const life = new AbortController();
  const before = await other.$count(workTable);
  await wakeGrowAgent({ ...self, db: other }, input, life.signal);
  expect([self.vars.unreadable?.code, await other.$count(workTable)]).toEqual(["conflict", before]);
  await expect(act("snapshot", {})).rejects.toMatchObject({ code: "conflict" });
  expect(await act("erase", {})).toEqual({ erased: true });
  await other.close();
  await close();
});

/** As its rows were before columns were sealed. */
async function unsealRows(file: string): Promise<number> {
  const sealed = await testDatabase.createClient(databaseContext(file));
  const open = new DatabaseSync(file);
  let n = 0;
  for (const table of Object.values(tables))
    for (const column of Object.values(getTableColumns(table)).filter(isSealedColumn)) {
      const rows = await sealed.all<[number, unknown]>(sql`select rowid, ${column} from ${table} where ${column} like ${`%${sealOpen}%`}`);
      const set = open.prepare(`update "${getTableName(table)}" set "${column.name}" = ? where rowid = ?`);
      for (const [row, value] of rows) n += Number(set.run(String(value), row).changes);
    }
  open.exec("delete from sealed_rows");
  open.close();
  await sealed.close();
  return n;
}
test("an actor of before columns were sealed has all of it sealed at its next start, and finds what it has", async () => {
  const before = await startActor(folder);
  const spec = specShape.parse({ id: "bread", title: "Bake plantedbread", owner: "coding", outputs: ["a.md"] });
  await newTaskOf(before.self, { spec }, newId("req"), newId("req"));
  await before.settle();
  const events = await before.db.select().from(eventTable);
  await before.close();
  expect(await unsealRows(before.file)).toBeGreaterThan(20);
  const stored = () => {
    const open = new DatabaseSync(before.file);
    const found = open
      .prepare("select body from event")
      .all()
      .map(({ body }) => String(body));
    open.close();
    return found.filter((body) => body.includes("plantedbread")).length;
  };
  expect(stored()).toBeGreaterThan(0);
  for (const _ of [1, 2]) {
    const again = await startActor(folder, { file: before.file });
    expect(stored()).toBe(0);
    expect((await again.db.select().from(eventTable)).slice(0, events.length)).toEqual(events);
    const ofProject = eq(eventTable.project, "bake-plantedbread");
    expect(await again.db.$count(eventTable, ofProject)).toBe(events.filter(({ project }) => project === "bake-plantedbread").length);
    expect((await again.taskNamed("bread")).spec.title).toBe("Bake plantedbread");
    await again.close();
  }
});
