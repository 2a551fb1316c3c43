import { eq, sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findInChannel, listChannels, markRead } from "../../../actors/conversation/channel.ts";
import { listChanges, viewCommit } from "../../../actors/git/changes.ts";
import { appendCommit } from "../../../actors/git/commit.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { agentTable } from "../../../schema/agent/agent.table.ts";
import { mostUnread } from "../../../schema/agent/team.ts";
import { approvalTable } from "../../../schema/approval/approval.table.ts";
import type { Approval } from "../../../schema/approval/approval.ts";
import { messageTable } from "../../../schema/conversation/message.table.ts";
import { branchHeadTable } from "../../../schema/git/branch-head.table.ts";
import type { Spec } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { newTask } from "../../../schema/task/task.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** What the actor counts of its log, so that no page counts what it happens to have loaded. */
const folder = ownFolder();
const coder = newId("agt");
const channel = newId("chn");
let actor: TestActor;
beforeEach(async () => {
  actor = await startActor(folder);
  const row = { id: coder, type: "coding", title: "Coding", channel, state: "idle", createdAt: 2, usedAt: 2 } as const;
  await actor.db.insert(agentTable).values(row);
});
afterEach(() => actor.close());
const coderChannel = async () => (await listChannels(actor.db)).channels.find((each) => each.agent === coder)!;
const grow = async () => (await listChannels(actor.db)).channels[0]!;
function says(text: string, turnId: Id<"trn"> = newId("trn")): Promise<number> {
  return record(actor.self, newId("req"), (writer) =>
    writer.append("message.text", { turnId, channel, body: { turnId, partId: text, text } }),
  );
}
const writes = (n: number, where?: Id<"chn">) =>
  record(actor.self, newId("req"), async (writer) => {
    for (let at = 0; at < n; at++) {
      const turnId = newId("trn");
      const body = { turnId, partId: "p", text: `Line ${at}` };
      await writer.append("message.text", { turnId, ...(where ? { channel: where } : {}), body });
    }
  });
const commit = (name: string, diff: string) => ({
  ...{ repo: "projects/bakery", branch: "main", diff },
  commit: { sha: name.repeat(40), parents: [], commit: { message: `Commit ${name}`, author: { name: "Coding", email: "c@x" } } },
});
const added = (path: string) =>
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,1 @@\n+one\n`;

test("what an agent said stays counted however much is said in another channel afterwards", async () => {
  await says("Done.");
  await writes(400);
  expect(await coderChannel()).toMatchObject({ lastSeq: 1, unread: 1, read: 0 });
});

test("a channel read on one device is read on all: the others are told, and it never goes back", async () => {
  const sent = actor.connectDevice();
  await says("one");
  const last = await says("two");
  sent.length = 0;
  expect(await coderChannel()).toMatchObject({ unread: 2 });
  expect(await markRead(actor.self, { channel, seq: last })).toEqual({ channel, read: last });
  expect(sent).toEqual([["read", { channel, read: last }]]);
  expect(await markRead(actor.self, { channel, seq: 1 })).toEqual({ channel, read: last });
  expect(sent).toHaveLength(1);
  await says("three");
  expect(await coderChannel()).toMatchObject({ unread: 1, read: last });
});

describe("the thread of a task", () => {
  const task = newId("tsk");
  const spec = { id: "form", title: "Booking form", owner: "coding", outputs: ["form.html"] } as Spec;
  beforeEach(async () => {
    const row = { id: task, specId: "form", project: "bakery", spec, specHash: "0", facts: { ...newTask }, state: "created" } as const;
    await actor.db.insert(taskTable).values({ ...row, worker: coder, rev: 0, createdAt: 2, updatedAt: 2 });
  });
  /** A turn of an agent: an attempt at the task, or what the member asked for, in its thread or not. */
  async function turnOf(how: "attempt" | "thread" | "channel", at: number): Promise<Id<"trn">> {
    const [turnId, messageId] = [newId("trn"), newId("msg")];
    await actor.db.insert(turnTable).values({
      id: turnId,
      messageId: how === "attempt" ? "" : messageId,
      agent: coder,
      task: how === "channel" && at < 5 ? null : task, // as its agent had it by then
      state: "done",
      createdAt: at,
    });
    if (how !== "attempt")
      await record(actor.self, newId("req"), async (writer) => {
        const about = how === "thread" ? { taskId: task } : {};
        const seq = await writer.append("message.sent", {
          turnId,
          channel,
          body: { messageId, clientId: messageId, text: "?", turnId, ...about },
        });
        await writer.db.insert(messageTable).values({ id: messageId, clientId: messageId, turnId, text: "?", at, seq });
      });
    return turnId;
  }
  const threads = async () => (await listChannels(actor.db)).threads;

  test("has counted what was said in it, however much is said elsewhere afterwards", async () => {
    expect(await threads()).toEqual([]);
    await says("To somebody who had no task yet.", await turnOf("channel", 3));
    await says("Begun.", await turnOf("attempt", 5));
    const answered = await turnOf("thread", 6);
    await says("It is.", answered);
    await says("Really.", answered);
    await says("In the channel.", await turnOf("channel", 7));
    await writes(400);
    await actor.db.run(sql`update event set body = '{"text": "cut o' where kind = 'message.sent' and seq = 1`);
    expect(await threads()).toEqual([{ task, read: 0, unread: 3 }]);
    const question = { id: newId("apr"), key: "k", agent: coder, task, state: "pending", expiresAt: 9, body: {} } as const;
    await actor.db.insert(approvalTable).values(question as never);
    await record(actor.self, newId("req"), (writer) =>
      writer.append("notice", { ref: `asked:${question.id}`, channel, body: { level: "info", code: "x", text: "?" } }),
    );
    expect(await threads()).toMatchObject([{ unread: 4 }]);
    await actor.db.update(approvalTable).set({ state: "denied" }).where(eq(approvalTable.id, question.id));
    expect(await threads()).toMatchObject([{ unread: 3 }]);
  });

  test("is read on all devices once it is read on one, or its agent's channel is", async () => {
    const sent = actor.connectDevice();
    const last = await says("Begun.", await turnOf("attempt", 5));
    sent.length = 0;
    expect(await markRead(actor.self, { task, seq: last + 5 })).toEqual({ task, read: last });
    expect(await markRead(actor.self, { task, seq: 0 })).toEqual({ task, read: last });
    expect(sent).toEqual([["read", { task, read: last }]]);
    expect(await threads()).toEqual([]);
    const next = await says("Done.", await turnOf("attempt", 8));
    expect(await threads()).toEqual([{ task, read: last, unread: 1 }]);
    await markRead(actor.self, { channel, seq: next });
    expect(await threads()).toEqual([]);
    await expect(markRead(actor.self, { task: newId("tsk"), seq: 1 })).rejects.toThrow(/./);
  });
});

test("words are found in all of a channel, each message once, newest first, and in no other", async () => {
  const turnId = newId("trn");
  const old = await says("The Café opens at six");
  await writes(4_500, channel);
  await says("café one", turnId);
  const newer = await says("café two", turnId);
  await writes(1);
  const first = await findInChannel(actor.db, { channel, text: "CAFE" });
  expect(first).toEqual({ found: [newer], next: expect.any(Number) }); // as far as one call looks
  expect(await findInChannel(actor.db, { channel, text: "CAFE", before: first.next! })).toEqual({ found: [old], next: null });
  expect(await findInChannel(actor.db, { channel: (await grow()).id, text: "café" })).toEqual({ found: [], next: null });
  await actor.db.run(sql`update event set body = '{"text": "cut o' where seq = ${newer}`);
  expect((await findInChannel(actor.db, { channel, text: "café" })).found).toEqual([newer - 1]);
  await expect(findInChannel(actor.db, { channel: newId("chn"), text: "x" })).rejects.toThrow(/./);
});

test("nobody can have read what is not there, nor a channel of somebody else", async () => {
  const last = await says("one");
  expect(await markRead(actor.self, { channel, seq: 1_000_000 })).toEqual({ channel, read: last });
  await expect(markRead(actor.self, { channel: newId("chn"), seq: 1 })).rejects.toThrow(/./);
});

test("the checks of one commit count once, and those of the next again", async () => {
  const checked = (commit: string, name: string) =>
    record(actor.self, newId("req"), (writer) =>
      writer.append("task.check", { channel, body: { taskId, commit: commit.repeat(40), name, state: "passed" } }),
    );
  const taskId = newId("tsk");
  for (const name of ["tests.0", "outputs.0"]) await checked("a", name);
  expect(await coderChannel()).toMatchObject({ unread: 1 });
  await checked("b", "tests.0");
  expect(await coderChannel()).toMatchObject({ unread: 2 });
});

test("a turn of many blocks counts once, a question only while it waits, and no count is endless", async () => {
  const turnId = newId("trn");
  for (const text of ["a", "b", "c"]) await says(text, turnId);
  const about = { id: newId("apr"), member: newId("mem"), agent: coder };
  const question: Approval = {
    ...{ ...about, title: "Install?", why: "It is needed.", reach: "this task", scopes: ["once"] },
    ...{ subject: { kind: "command", command: "npm i" }, goesOn: false, state: "pending", createdAt: 1, expiresAt: 9e12 },
  };
  await actor.db.insert(approvalTable).values({ id: question.id, key: "k", agent: coder, state: "pending", expiresAt: 9, body: question });
  await record(actor.self, newId("req"), (writer) => {
    const { task: _task, ...body } = question;
    return writer.append("approval.asked", { channel, body });
  });
  expect(await coderChannel()).toMatchObject({ unread: 2 });
  await actor.db.update(approvalTable).set({ state: "denied" }).where(eq(approvalTable.id, question.id));
  expect(await coderChannel()).toMatchObject({ unread: 1 });
  await writes(mostUnread + 50, channel);
  expect(await coderChannel()).toMatchObject({ unread: mostUnread });
});

test("the Grow Agent's own channel is not all new to somebody who has never opened it", async () => {
  await writes(3);
  expect(await grow()).toMatchObject({ unread: 0, lastSeq: 3 });
  await markRead(actor.self, { channel: (await grow()).id, seq: 2 });
  expect(await grow()).toMatchObject({ unread: 1 });
});

test("what an agent committed in its turn counts in its own channel, wherever it is told", async () => {
  const turnId = newId("trn");
  await actor.db.insert(turnTable).values({ id: turnId, messageId: "", agent: coder, state: "running", createdAt: 1 });
  await record(actor.self, newId("req"), (writer) => appendCommit(writer, commit("a", added("index.html")) as never, turnId));
  expect([(await grow()).files, (await coderChannel()).files]).toEqual([0, 1]);
  expect(await listChanges(actor.db, { channel, limit: 100 })).toMatchObject({
    total: 1,
    files: [{ path: "index.html" }],
    commits: [{ title: "Commit a" }],
  });
});

test("changed files are counted over all commits, each file once as its newest commit left it", async () => {
  const turnId = newId("trn");
  await record(actor.self, newId("req"), (writer) =>
    appendCommit(writer, commit("a", added("index.html") + added("menu.html")) as never, turnId),
  );
  await record(actor.self, newId("req"), (writer) => appendCommit(writer, commit("b", added("index.html")) as never, turnId));
  await record(actor.self, newId("req"), (writer) =>
    appendCommit(writer, commit("a", added("index.html") + added("menu.html")) as never, turnId),
  ); // told before
  await writes(400);
  const all = await listChanges(actor.db, { limit: 100 });
  expect(all.total).toBe(2);
  expect(all.files.map(({ path, hash }) => [path, hash[0]])).toEqual([
    ["index.html", "b"],
    ["menu.html", "a"],
  ]);
  expect(all.commits.map(({ title, additions }) => [title, additions])).toEqual([
    ["Commit b", 1],
    ["Commit a", 2],
  ]);
  expect(await listChanges(actor.db, { repo: "projects/bakery", limit: 1 })).toMatchObject({ total: 2, files: [{}], commits: [{}, {}] });
  expect(await listChanges(actor.db, { repo: "projects/baker", limit: 1 })).toMatchObject({ total: 0, commits: [] });
  await actor.db.insert(branchHeadTable).values({ repo: "projects/bakery", branch: "main", hash: "b".repeat(40) });
  expect(await viewCommit(actor.db, "a".repeat(40))).toMatchObject({ commit: { title: "Commit a", files: [{ path: "index.html" }, {}] } });
  await expect(viewCommit(actor.db, "c".repeat(40))).rejects.toThrow(/./);
  expect(await listChanges(actor.db, { channel, limit: 100 })).toMatchObject({ total: 0, files: [], commits: [] });
  expect([(await grow()).files, (await coderChannel()).files]).toEqual([2, 0]);
});
