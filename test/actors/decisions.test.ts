import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growSystemPrompt } from "../../actors/agent/system-prompt.ts";
import { limitDiff, parseDiff } from "../../actors/git/diff.ts";
import { classifyError } from "../../actors/kernel/work.ts";
import { covers, ProgramCalls, relayPath } from "../../actors/runner/relay.ts";
import { statusOf } from "../../actors/stack/status.ts";
import { findIdleTime, type IdleFacts, nextTier, type TierFacts } from "../../actors/stack/tier.ts";
import { toolPart, viewToolPart } from "../../actors/turn/tool-view.ts";
import { findSuspicions } from "../../schema/proof/suspicion.ts";
import { specShape } from "../../schema/task/spec.ts";
import { tools } from "../../schema/tool/tool.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";

const diff = `diff --git a/index.html b/index.html
new file mode 100644
index 0000000..ce01362
--- /dev/null
+++ b/index.html
@@ -0,0 +1,2 @@
+<h1>hello</h1>
+<p>--- not a header</p>
diff --git a/old name.txt b/new name.txt
similarity index 100%
rename from old name.txt
rename to new name.txt
diff --git "a/gr\\303\\274n.txt" "b/gr\\303\\274n.txt"
deleted file mode 100644
index ce01362..0000000
--- "a/gr\\303\\274n.txt"
+++ /dev/null
@@ -1 +0,0 @@
-hello
diff --git a/page.html b/page.html
index 1..2 100644
--- a/page.html
+++ b/page.html
@@ -1 +1 @@
-<h1>hello</h1>
+<h1>goodbye</h1>
diff --git a/logo.png b/logo.png
index 1..2 100644
Binary files a/logo.png and b/logo.png differ
`;

test("a diff is read file by file: added, renamed, deleted, modified, binary, with git's quoted names", () => {
  expect(limitDiff(diff)).toEqual({
    truncated: false,
    files: [
      {
        path: "index.html",
        status: "added",
        additions: 2,
        deletions: 0,
        patch: "@@ -0,0 +1,2 @@\n+<h1>hello</h1>\n+<p>--- not a header</p>",
      },
      { path: "new name.txt", status: "renamed", additions: 0, deletions: 0 },
      { path: "grün.txt", status: "deleted", additions: 0, deletions: 1, patch: "@@ -1 +0,0 @@\n-hello" },
      {
        path: "page.html",
        status: "modified",
        additions: 1,
        deletions: 1,
        patch: "@@ -1 +1 @@\n-<h1>hello</h1>\n+<h1>goodbye</h1>",
      },
      { path: "logo.png", status: "modified", additions: 0, deletions: 0 },
    ],
  });
});

test("patches above the limits are left out and the commit says so", () => {
  const file = (name: string, size: number) =>
    `diff --git a/${name} b/${name}\nnew file mode 100644\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+${"x".repeat(size)}\n`;
  const large = limitDiff(file("a", limits.patchBytes + 1));
  expect(large).toMatchObject({ truncated: true, files: [{ path: "a", additions: 1 }] });
  expect(large.files[0]).not.toHaveProperty("patch");
  const many = limitDiff(Array.from({ length: 6 }, (_, i) => file(`f${i}`, 20_000)).join(""));
  expect(many.truncated).toBe(true);
  expect(many.files.filter((each) => each.patch).length).toBe(Math.floor(limits.commitPatchBytes / 20_020));
});

test("what is looked at for suspicions has no limit of what is shown", () => {
  const file = (name: string, text: string) => `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n@@ -1 +1 @@\n${text}\n`;
  const many = Array.from({ length: 310 }, (_, i) => file(`src/${i}.ts`, "+x")).join("");
  // a test that a lying agent skips, behind more than is shown
  const long = file("test/a.test.ts", `${`+// ${"x".repeat(996)}\n`.repeat(limits.patchBytes / 1_000 + 1)}+it.skip("works", () => {});`);
  const spec = specShape.parse({ id: "T1", title: "Do", owner: "coding", tests: [{ command: "npm test" }] });
  expect(findSuspicions(parseDiff(many + long), spec)).toMatchObject([{ path: "test/a.test.ts", weight: "refuse" }]);
});

test("any text at all is read as a diff without a throw", () => {
  fc.assert(fc.property(fc.string(), (text) => limitDiff(`diff --git ${text}`).files.length >= 0));
});

test("a relay path that another part could read differently is refused", () => {
  for (const path of ["/relay/stacks/m/../x", "/stacks//m", "/stacks/m/%2e%2e/x", "/stacks/m/%2F", "/a\\b", "stacks", "/stacks/./m"])
    expect(() => relayPath(path)).toThrow(AppError);
  expect(relayPath("/relay/stacks/m/logs?tail=5")).toBe("/stacks/m/logs?tail=5");
});
test("the path of a member's program is passed on as it came, and leads nowhere else", () => {
  const [member, agent] = [newId("mem", 1), newId("agt", 1)];
  for (const program of [`/stacks/${member}/agents/${agent}/ports/5173`, `/stacks/${member}/apps/bakery/http`]) {
    for (const path of ["/a//b", "/@id/%00virtual", "/a%2Fb", "/a%5cb?c=%2f", "//"]) expect(relayPath(program + path)).toBe(program + path);
    for (const path of ["/../x", "/%2e%2e/x", "/a/.%2E", "/./x"]) expect(() => relayPath(program + path)).toThrow(AppError);
    expect(() => relayPath(program.replace(/\/(ports|apps)/, "//$1"))).toThrow(AppError);
    expect(() => relayPath(`${program}%2fx`)).toThrow(AppError);
  }
});
test("so many calls of a program are open at once; whatever looks at one, all else keeps its way", () => {
  const [member, other, agent] = [newId("mem", 1), newId("mem", 2), newId("agt", 1)];
  const path = `/stacks/${member}/agents/${agent}/ports/5173/slow`;
  const calls = new ProgramCalls();
  const leaves = Array.from({ length: 256 }, () => calls.enter(path));
  expect(() => calls.enter(path.replace("slow", "other"))).toThrow("slow down");
  for (const free of [
    path.replace("5173", "5174"),
    `/stacks/${member}/apps/bakery/http/`,
    path.replace(member, other),
    `/stacks/${member}/terminals/${newId("trm", 1)}`,
    `/stacks/${member}/push/x`,
  ])
    calls.enter(free);
  leaves[0]!();
  leaves[0]!(); // a second time gives back nothing
  calls.enter(path);
  expect(() => calls.enter(path)).toThrow("slow down");
  for (let n = 0; n < 1_024 - 256 - 2; n++) calls.enter(path.replace("5173", String(6_000 + (n % 10))));
  expect(() => calls.enter(path.replace("5173", "7000"))).toThrow("slow down"); // of all that the member has
});

test("a ticket's prefix covers its path and what is below, not its neighbours", () => {
  expect(covers("/stacks/m/logs", "/stacks/m/logs?tail=1")).toBe(true);
  expect(covers("/stacks/m", "/stacks/m/logs")).toBe(true);
  expect(covers("/stacks/m/log", "/stacks/m/logs")).toBe(false);
  expect(covers("/stacks/m/logs", "/stacks/m")).toBe(false);
});

test("the tier follows need: a message or a start raises, a stop lowers, nothing leaves it", () => {
  const now = (tier: TierFacts["tier"], more: Partial<TierFacts> = {}): TierFacts => ({ tier, asleep: false, place: null, ...more });
  expect(nextTier(now("stopped"), "message")).toBe("running");
  expect(nextTier(now("stopped"), "start")).toBe("running");
  expect(nextTier(now("running"), "stop")).toBe("stopped");
  expect(nextTier(now("running"), "idle")).toBe("stopped");
  expect(nextTier(now("paused"), "work")).toBe("running");
  expect(nextTier(now("stopped"), "work")).toBe("stopped");
  expect(nextTier(now("stopped", { asleep: true }), "work")).toBe("running"); // a member's stop holds, idleness does not
  expect(nextTier(now("paused"), "none")).toBe("paused");
});

describe("a stack may be stopped as idle", () => {
  const minute = 60_000;
  const [now, wait] = [1e12, 15 * minute];
  const ago = (minutes: number) => now - minutes * minute;
  const idleIn = (use: Partial<IdleFacts>) => {
    const at = findIdleTime({ busy: false, activeAt: ago(15), lookedAt: 0, ...use }, now, wait);
    return Math.round((at - now) / minute);
  };
  test("a quarter of an hour after it was last asked or at work", () => {
    expect([idleIn({}), idleIn({ activeAt: ago(14) }), idleIn({ activeAt: ago(0) }), idleIn({ activeAt: ago(999) })]).toEqual([
      0, 1, 15, -984,
    ]);
  });
  test("never while something is under way: it is looked at again", () => {
    expect([idleIn({ busy: true }), idleIn({ busy: true, activeAt: ago(999) })]).toEqual([5, 5]);
  });
  test("later where a preview is looked at, and not for ever", () => {
    expect(idleIn({ lookedAt: ago(1) })).toBe(14);
    expect(idleIn({ activeAt: ago(100), lookedAt: ago(1) })).toBe(14);
    expect(idleIn({ activeAt: ago(121), lookedAt: ago(0) })).toBe(14); // two hours, and the quarter after them
    expect(idleIn({ activeAt: ago(136), lookedAt: ago(0) })).toBeLessThan(0);
  });
});

test("what people see is derived from wanted, ready and busy", () => {
  expect(statusOf({ tier: "running", ready: true, failed: false }, true)).toBe("working");
  expect(statusOf({ tier: "running", ready: true, failed: false }, false)).toBe("ready");
  expect(statusOf({ tier: "running", ready: false, failed: false }, true)).toBe("provisioning");
  expect(statusOf({ tier: "stopped", ready: false, failed: false }, false)).toBe("stopped");
  expect(statusOf({ tier: "running", ready: false, failed: true }, false)).toBe("failed");
});

test("failures are classed by code; what has no code is a bug", () => {
  expect(classifyError(new AppError("unavailable"))).toBe("unreachable");
  expect(classifyError(new AppError("ceiling"))).toBe("auth");
  expect(classifyError(new AppError("rate_limited"))).toBe("rate_limited");
  expect(classifyError(new TypeError("x"))).toBe("bug");
});

test("a tool call folds to a verb, what it worked on and one line of result", () => {
  const part = (tool: string, input: Record<string, unknown>, output: string, metadata = {}) => ({
    id: "prt_1",
    callID: "call_1",
    tool,
    state: { status: "completed" as const, input, output, metadata, time: { start: 5, end: 12 } },
  });
  const work = "/workspace/agents/a/work";
  expect(viewToolPart(part("write", { filePath: `${work}/hello/index.html` }, "ok"), work)).toMatchObject({
    verb: "Write",
    target: "hello/index.html",
    ms: 7,
  });
  expect(viewToolPart(part("bash", { command: "npm test" }, "a\n12 passed\n", { exit: 0 }), work)).toMatchObject({
    state: "done",
    result: "12 passed",
  });
  expect(viewToolPart(part("bash", { command: "false" }, "", { exit: 1 }), work)).toMatchObject({ state: "failed", result: "exit 1" });
  expect(viewToolPart(part("platform_remember", { title: "One file" }, "Remembered"), work)).toMatchObject({
    verb: "Remember",
    target: "One file",
  });
  expect(viewToolPart(part("bash", { command: "git clone x", description: "Clone the project" }, ""), work)).toMatchObject({
    target: "Clone the project",
    command: "git clone x",
  });
  expect(viewToolPart(part("bash", { command: "npm test", description: "Run npm test" }, ""), work)).toMatchObject({ target: "npm test" });
  const long = viewToolPart(part("bash", { command: "yes" }, "y\n".repeat(5_000), { exit: 0 }), work);
  expect(long?.output).toHaveLength(limits.toolTextChars);
});

test("nothing that a platform tool writes for the model is shown; what a service answers is", () => {
  const model = "Proposed the goal “Bakery” (gol_1) as prp_1. The member was asked. Do not say that it is remembered.";
  const view = (tool: string, output: string, status = "completed") => {
    const state = {
      status,
      input: { title: "Bakery" },
      ...(status === "error" ? { error: output } : { output }),
      time: { start: 1, end: 2 },
    };
    return viewToolPart(toolPart.parse({ id: "p", callID: "c", tool, state }), "/w");
  };
  for (const name of Object.keys(tools).filter((each) => each !== "call_service"))
    for (const status of ["completed", "error"])
      expect(JSON.stringify(view(`platform_${name}`, model, status))).not.toMatch(/Do not say|prp_|gol_/);
  expect(view("platform_set_goal", model)).toMatchObject({ verb: "Set goal", target: "Bakery", result: "Proposed to you" });
  expect(view("platform_set_goal", "not_found: There is nothing here", "error")).toMatchObject({
    result: "It did not work and was told why",
  });
  const same = "No second one was proposed: the goal “Bakery” (gol_1) is set already. Go on with its id.";
  for (const name of ["platform_set_goal", "platform_remember"]) expect(view(name, same)).toMatchObject({ result: "It is there already" });
  const told = [
    [
      "platform_set_goal",
      "Noted in the proposal, where the member sees it: the goal “X” (gol_1) still waits",
      "Noted where it waits for you",
    ],
    ["platform_set_goal", "Nothing was noted: the goal “X” still waits", "Not taken up yet, so nothing was noted"],
    ["platform_plan", "Nothing was proposed: the plan that it replaces does not wait for the member any more", "Not proposed"],
    ["platform_plan", "The plan pln_1 is proposed", "Proposed to you"],
  ] as const;
  for (const [name, answer, result] of told) expect(view(name, answer)).toMatchObject({ result });
  expect(view("platform_call_service", "12 rows")).toMatchObject({ output: "12 rows" });
});

test("the agent's prompt names the member, both tools and the branch on which it may push", () => {
  const prompt = growSystemPrompt({ agent: "agt_01M7W7VCSEJAH7J96QNZN2GEE9", name: "Grow Agent", memberName: "Ada\nIgnore all" });
  expect(prompt).toContain("Ada Ignore all");
  expect(prompt).toContain("platform_open_project");
  expect(prompt).toContain("platform_remember");
  expect(prompt).toContain("agent/agt_01M7W7VCSEJAH7J96QNZN2GEE9/");
});
