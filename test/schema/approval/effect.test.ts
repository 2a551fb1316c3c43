import { expect, test } from "vitest";
import { effectsOfCommand } from "../../../schema/approval/command-effect.ts";
import { describeEffect, effectsOfSubject, findDeclined, titleWith, withDeclined } from "../../../schema/approval/effect.ts";
import {
  growCommandLayers,
  judgePermission,
  judgeServiceCall,
  type PermissionRules,
  permissionRequest,
} from "../../../schema/approval/permission.ts";
import { emptyPolicy, readPolicy } from "../../../schema/policy/policy-file.ts";
import { newTask, nextTask, type TaskFacts } from "../../../schema/task/task.ts";
import { newId } from "../../../schema/wire/id.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

const approval = newId("apr");
const agent = { id: newId("agt"), type: "repo" };
const no = (effect: string, note?: string) => ({ effect, approval, at: 1, ...(note ? { note } : {}) });
function rules(declined: PermissionRules["declined"]): PermissionRules {
  const file = readPolicy(emptyPolicy);
  if (!file.ok) throw new Error("the policy can't be read");
  const layers = growCommandLayers({ default: "ask", rules: [] });
  return { agent, directory: "/workspace/agents/a/work", layers, file: file.value, capabilities: ["files:*"], grants: [], declined };
}
const bash = (command: string) =>
  permissionRequest.parse({ id: "per_1", sessionID: "ses_1", permission: "bash", patterns: [command], metadata: { command } });

test("a push is known by where it leads, however it is written; where that can't be told it may lead to main and to tags", () => {
  const expected: [string, string[]][] = [
    ["git push origin main --tags", ["push:main", "push:tags"]],
    ["git push -q origin HEAD:main", ["push:main"]],
    ["git push origin refs/heads/x:refs/heads/main", ["push:main"]],
    ["git push --tags", ["push:tags"]],
    ["git push", ["push:main"]],
    ["git push origin v1.0.0", ["push:tags"]],
    ["git push origin tag v1", ["push:tags"]],
    ["git push origin agent/a/x", ["push:agent/a/x"]],
    ["git push origin $BRANCH", ["push:main", "push:tags"]],
    ["git push --all", ["push:main"]],
    ["/usr/bin/git push origin main", ["push:main"]],
    ["sh -c 'git push origin main'", ["push:main"]],
    ["curl https://User:pw@Example.com/a http://b.test/x", ["reach:example.com", "reach:b.test"]],
    ["terraform apply", ["run:terraform apply"]],
  ];
  for (const [part, effects] of expected) expect([part, [...effectsOfCommand(part)].sort()]).toEqual([part, [...effects].sort()]);
});

test("a no to a push holds in the task for every command that would bring it about, and for nothing else", () => {
  const declined = [no("push:main", "not before the menu is right"), no("push:tags")];
  for (const command of [
    "git push origin main",
    "git push -q origin HEAD:main && echo done",
    "cd site; git push",
    "sh -c 'git push origin main'",
    "git tag v2 && git push origin v2",
    "git push origin agent/x:main",
  ]) {
    const found = judgePermission(bash(command), rules(declined));
    expect([command, found.decision]).toEqual([command, "deny"]);
  }
  const found = judgePermission(bash("git push origin main"), rules(declined));
  expect(found.reason).toContain("push to main");
  expect(found.reason).toContain("not before the menu is right");
  expect(judgePermission(bash("git push origin agent/x/y"), rules(declined)).decision).toBe("allow");
  expect(judgePermission(bash("git status"), rules(declined)).decision).toBe("allow");
  expect(judgePermission(bash("git push origin main"), rules([])).decision).toBe("allow");
});

test("a no to publishing holds for each program that publishes, and for nothing that installs or builds", () => {
  const declined = [no("publish:package", "not before the licence is in it")];
  for (const command of [
    "npm publish",
    "npm --silent publish ./dist",
    "pnpm publish -r",
    "yarn publish",
    "npm run release",
    "python3 -m twine upload dist/a",
    "uv publish",
    "cd a && cargo publish",
    "sh -c 'npm publish'",
    "./gradlew publish",
  ]) {
    const found = judgePermission(bash(command), rules(declined));
    expect([command, found.decision]).toEqual([command, "deny"]);
    expect(found.reason).toContain("publish a package");
  }
  for (const command of ["npm install", "npm run build", "cargo build"])
    expect([command, judgePermission(bash(command), rules(declined)).decision]).toEqual([command, "allow"]);
  expect(judgePermission(bash("npm publish"), rules([]))).toMatchObject({ decision: "ask", effects: ["publish:package"] });
});

test("a no to an address or an operation holds for it by any tool, and for no other", () => {
  const web = (url: string) =>
    permissionRequest.parse({ id: "p", sessionID: "s", permission: "webfetch", patterns: [url], metadata: { url } });
  const declined = [no("reach:example.com"), no("use:service:tracker/DELETE /items/{id} at https://t.example")];
  expect(judgePermission(bash("curl https://example.com/x"), rules(declined)).decision).toBe("deny");
  expect(judgePermission(web("https://example.com/y"), rules(declined)).decision).toBe("deny");
  expect(judgePermission(web("https://other.example/y"), rules(declined)).decision).toBe("ask");
  const service = { name: "tracker", kind: "http", url: "https://t.example", operations: ["list"] } as const;
  const call = (name: string) =>
    judgeServiceCall({ service: { ...service, operations: [...service.operations] }, name, shown: "x", why: "y" }, rules(declined))
      .decision;
  expect([call("DELETE /items/{id}"), call("POST /items")]).toEqual(["deny", "ask"]);
});

test("a question names the effects of what is asked in it", () => {
  const found = judgePermission(bash("git status && npm publish2 && curl https://example.com"), rules([]));
  expect(found).toMatchObject({ decision: "ask", effects: ["run:npm publish2", "reach:example.com"] });
  expect(effectsOfSubject({ kind: "diff", path: "/etc/x", diff: "+" })).toEqual(["change:/etc/x"]);
  expect(effectsOfSubject({ kind: "question", question: "?", options: [] })).toEqual([]);
});

test("a task keeps a no through pause, another agent and repair, says it in its title and each step, and forgets it when the member retries", () => {
  const worker = newId("agt");
  const step = (facts: TaskFacts, command: Parameters<typeof nextTask>[1]): TaskFacts => {
    const next = nextTask(facts, command, 5);
    if (!next.ok) throw new Error(next.reason);
    return next.task;
  };
  let facts = step(step(newTask, { kind: "assign", worker }), { kind: "start", worker, run: 1 });
  facts = step(facts, { kind: "decline", approval, effects: ["push:main", "push:tags"], note: "only the branch" });
  facts = step(facts, { kind: "decline", approval, effects: ["push:tags"], note: "really" });
  expect(facts.declined).toEqual([
    { effect: "push:main", approval, at: 5, note: "only the branch" },
    { effect: "push:tags", approval, at: 5, note: "really" },
  ]);
  facts = step(step(facts, { kind: "pause", reason: "x" }), { kind: "reassign", reason: "x" });
  expect(facts.declined).toHaveLength(2);
  expect(titleWith("Merge as version 1.0.0", facts.declined)).toBe("Merge as version 1.0.0 (declined: push to main, push version tags)");
  expect(withDeclined("Go on.", facts.declined)).toMatch(/^Go on\.\n\n[\s\S]*push to main[\s\S]*only the branch[\s\S]*really$/);
  expect(withDeclined("Go on.", [])).toBe("Go on.");
  const failed = step(facts, { kind: "cancel", reason: "x" });
  expect(nextTask(failed, { kind: "decline", approval, effects: ["push:main"] }, 6)).toMatchObject({ ok: false, code: "illegal" });
  expect(step({ ...facts, state: "failed" }, { kind: "retry" }).declined).toBeUndefined();
});

test("words are looked at in time in proportion to their length, up to the limit and beyond", () => {
  for (const [begin, piece] of [
    ["", "git "],
    ["curl ", "https://a@"],
    ["git push ", "a:"],
  ] as const)
    for (const size of [4_500, 250_000])
      expectLinear(`${size} of ${begin}${piece}`, size, (length) => begin + fillText(piece)(length), effectsOfCommand);
  expect(findDeclined(["run:x"], [])).toBeUndefined();
  expect(describeEffect("use:service:x")).toBe("use service:x");
});
