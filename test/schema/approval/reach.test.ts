import { describe, expect, test } from "vitest";
import type { Approval } from "../../../schema/approval/approval.ts";
import type { PermissionRules } from "../../../schema/approval/permission.ts";
import { judgeReach, listReachable, type ReachAnswer } from "../../../schema/approval/reach.ts";
import type { MemberRule } from "../../../schema/policy/policy-file.ts";
import { egressHost } from "../../../schema/stack/egress-refusal.ts";
import { newId } from "../../../schema/wire/id.ts";

const agent = { id: newId("agt"), type: "coding" };
const task = newId("tsk");
const [asking, telling] = [newId("trn"), newId("trn")];
const rule = (match: string, more: Partial<MemberRule> = {}): MemberRule => ({
  ...{ id: `r-${match.length}`, kind: "operation", match, decision: "allow" },
  ...more,
});
const rules = (more: Partial<PermissionRules> = {}, ...file: MemberRule[]): PermissionRules => ({
  ...{ agent, task, directory: "/w", layers: [], capabilities: [], grants: [], declined: [] },
  file: { version: 1, rules: file },
  ...more,
});
const answer = (effects: string[], scope: "once" | "task" | "agent" | "always", more: Partial<Approval> = {}): ReachAnswer => ({
  approval: { id: newId("apr"), agent: agent.id, task, effects, decided: { at: 1, scope }, ...more } as Approval,
  turns: [asking, telling],
});
const refused = { name: "a.example.org", port: 443, program: "curl" };

describe("what the way out has refused", () => {
  test("is asked, with what wanted to go where, and can be allowed for good", () => {
    expect(judgeReach(refused, rules())).toMatchObject({
      decision: "ask",
      title: "Reach a.example.org",
      subject: { kind: "operation", operation: "network:a.example.org", detail: "curl → a.example.org:443" },
      effects: ["reach:a.example.org"],
      always: { kind: "operation", match: "network:a.example.org" },
    });
  });
  test("is no question where the type has that name, a rule speaks of it, or it was declined in the task", () => {
    const decision = (given: PermissionRules) => judgeReach(refused, given).decision;
    expect(decision(rules({ capabilities: ["network:a.example.org"] }))).toBe("allow");
    expect(decision(rules({ capabilities: ["network:*", "network:a.example*"] }))).toBe("ask"); // names are opened one by one
    expect(decision(rules({}, rule("network:a.example.org")))).toBe("allow");
    expect(decision(rules({}, rule("network:a.example.org", { decision: "deny" })))).toBe("deny");
    expect(decision(rules({ declined: [{ effect: "reach:a.example.org", approval: newId("apr"), at: 1 }] }))).toBe("deny");
  });
});

describe("the names that an agent may reach", () => {
  test("are its type's, the rules' for it, and those of answers as far as each goes", () => {
    const other = { agent: newId("agt") };
    const answers = [
      answer(["reach:once.example.org"], "once"),
      answer(["reach:task.example.org", "run:x"], "task", other),
      answer(["reach:agent.example.org"], "agent"),
      answer(["reach:theirs.example.org"], "agent", other),
      answer(["push:main"], "agent"),
    ];
    const given = rules({ capabilities: ["network:type.example.org", "network:*", "git:push"] }, rule("network:rule.example.org"));
    const names = ["agent.example.org", "rule.example.org", "task.example.org", "type.example.org"];
    expect(listReachable(given, answers, undefined)).toEqual(names);
    for (const turn of [asking, telling])
      expect(listReachable(given, answers, turn)).toEqual([...names.slice(0, 1), "once.example.org", ...names.slice(1)]);
    expect(listReachable(given, answers, newId("trn"))).toEqual(names);
    expect(listReachable({ ...given, task: newId("tsk") }, answers, undefined)).not.toContain("task.example.org");
  });
  test("are closed by a rule against them, by a no in the task, and when the rule of an answer is taken back", () => {
    const always = answer(["reach:a.example.org"], "always");
    const kept = rule("curl https://a.example.org", { kind: "command", approval: always.approval.id });
    expect(listReachable(rules({}, kept), [always], undefined)).toEqual(["a.example.org"]);
    expect(listReachable(rules(), [always], undefined)).toEqual([]);
    const against = rule("network:a.example.org", { decision: "deny" });
    expect(listReachable(rules({ capabilities: ["network:a.example.org"] }, against, kept), [always], undefined)).toEqual([]);
    const declined = [{ effect: "reach:a.example.org", approval: newId("apr"), at: 1 }];
    expect(listReachable(rules({ declined }, kept), [always], undefined)).toEqual([]);
  });
  test("are names of the internet: no addresses, wildcards or inner names", () => {
    for (const name of ["a.example.org", "xn--bcher-kva.example", "1.example.org"]) expect(egressHost.safeParse(name).success).toBe(true);
    const wrong = [
      "10.0.0.1",
      "1.1",
      "*.example.org",
      ".example.org",
      "localhost",
      "a..b",
      "-a.example",
      "A.example",
      `${"a".repeat(64)}.org`,
      "[::1]",
    ];
    for (const name of wrong) expect([name, egressHost.safeParse(name).success]).toEqual([name, false]);
    expect(listReachable(rules({}, rule("network:10.0.0.1"), rule("network:localhost")), [], undefined)).toEqual([]);
  });
});
