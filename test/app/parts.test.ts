import { describe, expect, test } from "vitest";
import { buildFeedItems, keepUnchangedTurns } from "../../edge/app/conversation/feed-item.ts";
import { nestFiles } from "../../edge/app/git/file-tree.ts";
import { parsePatch, shortenPatch } from "../../edge/app/git/patch.ts";
import { EventLog } from "../../edge/app/live/event-log.ts";
import { countChecks, describeCommandRun, describeFailedWork } from "../../edge/app/plan/plan-words.ts";
import { describeCallNow } from "../../edge/app/turn/call-words.ts";
import { formatBytes, formatDuration, formatRoughly } from "../../edge/app/ui/format.ts";
import { hideIds } from "../../edge/app/ui/plain-words.ts";
import { storedEvent } from "../../schema/event.ts";
import { newId } from "../../schema/wire/id.ts";
import { SampleActor } from "./sample-actor.ts";

describe("a patch", () => {
  const patch =
    "@@ -14,3 +14,3 @@ breads\n   - name: Rye\n-    price: 4.80\n+    price: 5.20\n@@ -40 +40,2 @@\n old\n+new\n\\ No newline at end of file\n";

  test("has each side's own line numbers and marks the jump between hunks", () => {
    expect(parsePatch(patch).map((line) => (line.kind === "gap" ? "gap" : `${line.kind}${line.number}`))).toEqual([
      "n14",
      "d15",
      "a15",
      "gap",
      "n40",
      "a41",
    ]);
  });

  test("is shown small from just before its first change", () => {
    const lines = parsePatch(`@@ -1,4 +1,5 @@\n a\n b\n c\n+d\n e\n`);
    expect(shortenPatch(lines, 2).map((line) => line.text)).toEqual(["c", "d"]);
  });
});

describe("the list", () => {
  const newest = newId("trn", 3);
  const log = (() => {
    const actor = new SampleActor(Date.parse("2026-11-19T23:59:50"));
    const turnId = newest;
    actor.append("message.sent", { messageId: newId("msg", 2), clientId: "client-1", text: "Hi", turnId });
    actor.append("turn.state", { turnId, state: "running" }, 60_000);
    const queued = newId("trn", 4);
    actor.append("message.sent", { messageId: newId("msg", 5), clientId: "client-2", text: "And", turnId: queued });
    actor.append("turn.state", { turnId: queued, state: "queued" });
    const log = new EventLog();
    log.begin(
      actor.events.map((event) => storedEvent.parse(event)),
      actor.events.length,
    );
    return log;
  })();
  const types = (read: number, until = 4) => buildFeedItems(log.view(), [], { read, until }).map((item) => item.type);

  test("has a rule at each new day and one before the first unread answer", () => {
    expect(types(1)).toEqual(["day", "row", "day", "new", "row", "row", "end"]);
    expect(types(4)).not.toContain("new");
    expect(types(1, 1)).not.toContain("new"); // it came while the person was looking
  });

  test("says of a message that its turn waits", () => {
    const rows = buildFeedItems(log.view(), [], { read: 9, until: 9 }).flatMap((item) => (item.type === "row" ? [item.fate] : []));
    expect(rows).toEqual(["running", undefined, "queued"]);
  });

  test("an answer that streams changes one item of it; a message that comes makes the list anew", () => {
    const unread = { read: 9, until: 9 };
    const before = log.view();
    const items = buildFeedItems(before, [], unread);
    log.delta({ turnId: newest, partId: "live", index: 0, text: "It" });
    const after = log.view();
    const changed = keepUnchangedTurns(items, before.rows, after.rows);
    expect(changed).toEqual(buildFeedItems(after, [], unread));
    expect(items.filter((item, at) => changed?.[at] !== item)).toHaveLength(1);
    expect(keepUnchangedTurns(items, before.rows, [...after.rows, ...after.rows.slice(0, 1)])).toBeUndefined();
    const over = after.rows.map((row) => (row.type === "turn" ? { ...row, turn: { ...row.turn, state: "done" as const } } : row));
    expect(keepUnchangedTurns(items, before.rows, over)).toBeUndefined(); // what a message's turn came to stands at the message
  });
});

test("a flat list of paths becomes a tree, folders first", () => {
  const tree = nestFiles([
    { path: "b.md", type: "file" },
    { path: "goals/2026/a.md", type: "file" },
    { path: "empty", type: "directory" },
  ]);
  expect(tree.map(({ name, children }) => [name, children?.length])).toEqual([
    ["empty", 0],
    ["goals", 1],
    ["b.md", undefined],
  ]);
  expect(tree[1]?.children?.[0]?.children?.[0]?.path).toBe("goals/2026/a.md");
});

test.each([
  [40, "0.04 s"],
  [420, "0.4 s"],
  [14_100, "14.1 s"],
  [222_000, "3 m 42 s"],
  [7_260_000, "2 h 01 m"],
  [47 * 3_600_000, "47 h 00 m"],
  [71.9 * 3_600_000, "3 days"],
])("%i ms reads as %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("lines of the platform and of commands are shown without ids and addresses of the inside", () => {
  const [task, agent] = [newId("tsk", 1), newId("agt", 1)];
  expect(hideIds(`The plan “Rye” (${task}) is done.`)).toBe("The plan “Rye” is done.");
  expect(hideIds(`The task “Rye” (${task}, coding) has failed`)).toBe("The task “Rye” (coding) has failed");
  expect(hideIds(`Proposed “Rye” as ${agent}. The member was asked`)).toBe("Proposed “Rye”. The member was asked");
  expect(hideIds("nothing (to see) here")).toBe("nothing (to see) here");
  expect(hideIds("git clone -q http://gitea:3000/projects/rye.git && cd rye")).toBe("git clone -q rye && cd rye");
  expect(hideIds(`git push origin HEAD:refs/heads/agent/${agent}/rye`)).toBe("git push origin HEAD:rye");
  expect(hideIds(`Push only to: agent/${agent}/rye`)).toBe("Push only to: rye");
});
test("a check reads as what it sees to, and its letter stays where nothing is plainer", () => {
  expect(describeCommandRun("http://localhost:8080/ answers 200, with “<h1>” in it")).toBe("the page opens");
  expect(describeCommandRun("http://127.0.0.1:3000/admin answers 403")).toBe("the page /admin is refused (403)");
  expect(describeCommandRun("node --test")).toBe("its tests pass");
  expect(describeCommandRun("http://localhost:8080/ answers 200, with “<h1>Rye</h1>” in it")).toBe("the page opens and says “Rye”");
  expect(describeCommandRun("index.html, with “Rye” in it")).toBe("index.html contains “Rye”");
  expect(describeCommandRun("index.html, with “{}” in it")).toBe("index.html is there");
  expect(describeCommandRun("make all")).toBe("make all");
});
test("what an agent does now is told without a command: in its words where it gave some, else that it runs one", () => {
  const bash = { tool: "bash", verb: "Run" };
  const command = "cd bakery-website && git add -A";
  expect(describeCallNow({ ...bash, target: command })).toBe("Runs a command");
  expect(describeCallNow({ ...bash, target: "Keep the new pages", command })).toBe("Keep the new pages");
  expect(describeCallNow({ ...bash, target: "the tests", command })).toBe("Run the tests");
  expect(describeCallNow({ tool: "write", verb: "Write", target: "index.html" })).toBe("Write index.html");
  expect(describeCallNow({ tool: "todowrite", verb: "Plan", target: "" })).toBe("Plan");
});
test("why a task failed is told by its checks where they say so, and by its reason elsewhere", () => {
  const commit = "a".repeat(40);
  const facts = (change: object) =>
    ({ state: "failed", run: 1, asked: [], attempts: {}, repairs: 4, reason: "`x`: exit code 1", ...change }) as never;
  const check = (name: string, line: string, state: "passed" | "failed") => ({ name, what: line, state, ms: 5, reason: undefined, at: 1 });
  const checks = [check("outputs.0", "index.html", "passed"), check("tests.0", "cd site && node check.mjs", "failed")];
  const line = { facts: facts({ errorClass: "bug", commit }), commit, checks };
  expect(describeFailedWork(line)).toEqual({ text: "1 of 2 checks passed; not so: a check of its own passes", detail: "`x`: exit code 1" });
  expect(countChecks([check("outputs.0", "menu.html", "failed")])).toBe("0 of 1 checks passed; not so: menu.html is there");
  expect(countChecks([check("tests.0", "node --test", "failed")])).toBe("0 of 1 checks passed; not so: its tests pass");
  for (const other of [
    { ...line, facts: facts({ errorClass: "exhausted", commit }) },
    { ...line, commit: "b".repeat(40) },
    { ...line, checks: checks.slice(0, 1) },
  ])
    expect(describeFailedWork(other)).toBeUndefined();
});
test("an estimate is read in minutes", () => {
  expect([0.2, 24, 60, 95].map(formatRoughly)).toEqual(["1 min", "24 min", "1 h", "1 h 35 min"]);
});

test("a size is told as plans and limits count it: what a plan of 5 GB lets through is 5 GB", () => {
  const sizes = [0, 999, 5_000, 999 * 1_024, 1.5 * 1_024 ** 2, 999.9 * 1_024 ** 2, 5 * 1_024 ** 3];
  expect(sizes.map(formatBytes)).toEqual(["0 bytes", "999 bytes", "5 kB", "999 kB", "1.5 MB", "999.9 MB", "5 GB"]);
});
