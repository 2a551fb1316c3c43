import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandDecisions } from "../../../schema/command/command-rule.ts";
import {
  emptyPolicy,
  type MemberRule,
  memberDecision,
  memberLayer,
  readPolicy,
  withoutRule,
  withRule,
} from "../../../schema/policy/policy-file.ts";

describe("the policy file in memory", () => {
  const rule = (id: string, over: Partial<MemberRule> = {}): MemberRule => ({
    id,
    kind: "command",
    match: "npm publish",
    exact: true,
    decision: "allow",
    ...over,
  });
  const must = <T>(read: { ok: true; value: T } | { ok: false; issues: unknown }): T => {
    if (!read.ok) throw new Error(JSON.stringify(read.issues));
    return read.value;
  };
  const rules = fc.uniqueArray(
    fc.record<MemberRule>(
      {
        id: fc.stringMatching(/^[a-z]{1,8}$/),
        kind: fc.constantFrom("command", "operation"),
        match: fc.constantFrom("npm publish", "git push 'a b'", "tool deploy"),
        decision: fc.constantFrom(...commandDecisions),
        exact: fc.boolean(),
        why: fc.string({ unit: "grapheme", maxLength: 30 }),
        agents: fc.constant(["coding"]),
      },
      { requiredKeys: ["id", "kind", "match", "decision"] },
    ),
    { selector: (rule) => rule.id, maxLength: 6 },
  );
  test("gets a rule, gives it back and loses it again, the member's own comments kept", () => {
    const mine = `# mine\nversion: 1\nrules:\n  # keep this\n  - id: mine\n    match: make\n    decision: allow\n`;
    const more = must(withRule(mine, rule("r1", { agents: ["coding"] })));
    expect(more).toContain("# keep this");
    expect(must(readPolicy(more)).rules.map(({ id }) => id)).toEqual(["mine", "r1"]);
    expect(must(withRule(more, rule("r1", { match: "other" })))).toBe(more);
    expect(must(withoutRule(more, "r1"))).toBe(mine);
    expect(must(withoutRule(mine, "none"))).toBe(mine);
  });
  test("after any appends and revocations holds exactly the rules that are left", () => {
    fc.assert(
      fc.property(rules, fc.array(fc.nat(5), { maxLength: 4 }), (list, gone) => {
        const full = list.reduce((text, rule) => must(withRule(text, rule)), emptyPolicy);
        expect(must(readPolicy(full)).rules).toEqual(list);
        const out = new Set(gone.map((at) => list[at]?.id ?? "none"));
        const left = [...out].reduce((text, id) => must(withoutRule(text, id)), full);
        expect(must(readPolicy(left)).rules).toEqual(list.filter(({ id }) => !out.has(id)));
      }),
      { numRuns: 30 },
    );
  });
  test("with a mistake is refused whole, by path", () => {
    const bad = "version: 1\nrules:\n  - {id: a, match: 'x; y', decision: allow}\n  - {id: a, match: x, decision: maybe}\n";
    expect(readPolicy(bad)).toMatchObject({ ok: false, issues: [{ path: "rules.1.decision" }] });
    expect(readPolicy(bad.replace("maybe", "ask"))).toMatchObject({
      ok: false,
      issues: [{ path: "rules.0.match" }, { path: "rules.1.id" }],
    });
    expect(withRule("version: 2\nrules: []\n", rule("a")).ok).toBe(false);
  });
  test("speaks only for the agents it names", () => {
    const file = must(
      readPolicy(
        must(
          withRule(
            must(withRule(emptyPolicy, rule("a", { agents: ["coding"] }))),
            rule("b", { kind: "operation", match: "service mail/send" }),
          ),
        ),
      ),
    );
    const agent = (type: string) => ({ id: "agt_1", type });
    expect(memberLayer(file, agent("coding")).rules).toHaveLength(1);
    expect(memberLayer(file, agent("testing")).rules).toHaveLength(0);
    expect(memberDecision(file, agent("testing"), "service mail/send")?.decision).toBe("allow");
    expect(memberDecision(file, agent("testing"), "service mail/read")).toBeUndefined();
  });
});
