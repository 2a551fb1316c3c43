import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changes, commitOf } from "../../actors/changes.ts";
import { channels, readChannel } from "../../actors/channel.ts";
import { appendCommit } from "../../actors/commit.ts";
import { record } from "../../actors/event.ts";
import { agent } from "../../schema/agent.table.ts";
import { approval } from "../../schema/approval.table.ts";
import type { Approval } from "../../schema/approval.ts";
import { head } from "../../schema/head.table.ts";
import { type Id, newId } from "../../schema/id.ts";
import { mostUnread } from "../../schema/team.ts";
import { turn } from "../../schema/turn.table.ts";
import { type Alone, alone } from "./alone.ts";
import { ownFolder } from "./own.ts";

/** What the actor counts of its log, so that no page counts what it happens to have loaded. */
const folder = ownFolder();
const coder = newId("agt");
const channel = newId("chn");
let of: Alone;
beforeEach(async () => {
  of = await alone(folder);
  const row = { id: coder, type: "coding", title: "Coding", channel, state: "idle", createdAt: 2, usedAt: 2 } as const;
  await of.db.insert(agent).values(row);
});
afterEach(() => of.close());
const own = async () => (await channels(of.db)).channels.find((one) => one.agent === coder)!;
const grow = async () => (await channels(of.db)).channels[0]!;
function says(text: string, turnId: Id<"trn"> = newId("trn")): Promise<number> {
  return record(of.self, (writer) => writer.append("message.text", { turnId, channel, body: { turnId, partId: text, text } }));
}
const writes = (n: number, where?: string) =>
  record(of.self, async (writer) => {
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
  expect(await own()).toMatchObject({ lastSeq: 1, unread: 1, read: 0 });
});

test("a channel read on one device is read on all: the others are told, and it never goes back", async () => {
  const sent: unknown[] = [];
  const connection = { id: "one", state: { stays: true }, send: (name: string, body: unknown) => sent.push([name, body]) };
  Object.assign(of.self.vars, { greeting: new Set() });
  of.self.conns.set("one", connection as never);
  await says("one");
  const last = await says("two");
  sent.length = 0;
  expect(await own()).toMatchObject({ unread: 2 });
  expect(await readChannel(of.self, { channel, seq: last })).toEqual({ channel, read: last });
  expect(sent).toEqual([["read", { channel, read: last }]]);
  expect(await readChannel(of.self, { channel, seq: 1 })).toEqual({ channel, read: last });
  expect(sent).toHaveLength(1);
  await says("three");
  expect(await own()).toMatchObject({ unread: 1, read: last });
});

test("nobody can have read what is not there, nor a channel of somebody else", async () => {
  const last = await says("one");
  expect(await readChannel(of.self, { channel, seq: 1_000_000 })).toEqual({ channel, read: last });
  await expect(readChannel(of.self, { channel: newId("chn"), seq: 1 })).rejects.toThrow(/./);
});

test("the checks of one commit count once, and those of the next again", async () => {
  const checked = (commit: string, name: string) =>
    record(of.self, (writer) =>
      writer.append("task.check", { channel, body: { taskId, commit: commit.repeat(40), name, state: "passed" } }),
    );
  const taskId = newId("tsk");
  for (const name of ["tests.0", "outputs.0"]) await checked("a", name);
  expect(await own()).toMatchObject({ unread: 1 });
  await checked("b", "tests.0");
  expect(await own()).toMatchObject({ unread: 2 });
});

test("a turn of many blocks counts once, a question only while it waits, and no count is endless", async () => {
  const turnId = newId("trn");
  for (const text of ["a", "b", "c"]) await says(text, turnId);
  const question = {
    ...{
      id: newId("apr"),
      member: newId("mem"),
      agent: coder,
      task: null,
      title: "Install?",
      why: "It is needed.",
      reach: "this task",
      scopes: ["once"],
    },
    ...{ subject: { kind: "command", command: "npm i" }, goesOn: false, state: "pending", createdAt: 1, expiresAt: 9e12 },
  } as unknown as Approval;
  await of.db.insert(approval).values({ id: question.id, key: "k", agent: coder, state: "pending", expiresAt: 9, body: question } as never);
  await record(of.self, (writer) => {
    const { task: _task, ...body } = question;
    return writer.append("approval.asked", { channel, body });
  });
  expect(await own()).toMatchObject({ unread: 2 });
  await of.db.update(approval).set({ state: "denied" }).where(eq(approval.id, question.id));
  expect(await own()).toMatchObject({ unread: 1 });
  await writes(mostUnread + 50, channel);
  expect(await own()).toMatchObject({ unread: mostUnread });
});

test("the Grow Agent's own channel is not all new to somebody who has never opened it", async () => {
  await writes(3);
  expect(await grow()).toMatchObject({ unread: 0, lastSeq: 3 });
  await readChannel(of.self, { channel: (await grow()).id, seq: 2 });
  expect(await grow()).toMatchObject({ unread: 1 });
});

test("what an agent committed in its turn counts in its own channel, wherever it is told", async () => {
  const turnId = newId("trn");
  await of.db.insert(turn).values({ id: turnId, messageId: "", agent: coder, state: "running", createdAt: 1 });
  await record(of.self, (writer) => appendCommit(writer, commit("a", added("index.html")) as never, turnId));
  expect([(await grow()).files, (await own()).files]).toEqual([0, 1]);
  expect(await changes(of.db, { channel, limit: 100 })).toMatchObject({
    total: 1,
    files: [{ path: "index.html" }],
    commits: [{ title: "Commit a" }],
  });
});

test("changed files are counted over all commits, each file once as its newest commit left it", async () => {
  const turnId = newId("trn");
  await record(of.self, (writer) => appendCommit(writer, commit("a", added("index.html") + added("menu.html")) as never, turnId));
  await record(of.self, (writer) => appendCommit(writer, commit("b", added("index.html")) as never, turnId));
  await record(of.self, (writer) => appendCommit(writer, commit("a", added("index.html") + added("menu.html")) as never, turnId)); // told before
  await writes(400);
  const all = await changes(of.db, { limit: 100 });
  expect(all.total).toBe(2);
  expect(all.files.map(({ path, hash }) => [path, hash[0]])).toEqual([
    ["index.html", "b"],
    ["menu.html", "a"],
  ]);
  expect(all.commits.map(({ title, additions }) => [title, additions])).toEqual([
    ["Commit b", 1],
    ["Commit a", 2],
  ]);
  expect(await changes(of.db, { repo: "projects/bakery", limit: 1 })).toMatchObject({ total: 2, files: [{}], commits: [{}, {}] });
  expect(await changes(of.db, { repo: "projects/baker", limit: 1 })).toMatchObject({ total: 0, commits: [] });
  await of.db.insert(head).values({ repo: "projects/bakery", branch: "main", hash: "b".repeat(40) });
  expect(await commitOf(of.db, "a".repeat(40))).toMatchObject({ commit: { title: "Commit a", files: [{ path: "index.html" }, {}] } });
  await expect(commitOf(of.db, "c".repeat(40))).rejects.toThrow(/./);
  expect(await changes(of.db, { channel, limit: 100 })).toMatchObject({ total: 0, files: [], commits: [] });
  expect([(await grow()).files, (await own()).files]).toEqual([2, 0]);
});
