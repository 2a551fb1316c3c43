import { isMap, isSeq, type YAMLSeq } from "yaml";
import { z } from "zod";
import { type CommandPolicy, commandRule } from "../command/command-rule.ts";
import { typeName } from "../task/spec.ts";
import { type Issue, issuesOf, type Parsed, parseShape, readDocument, yamlIssue } from "../wire/yaml.ts";

/**
 * `policies/commands.yaml` in memory: what the member decided
 * once and for all. Editing or deleting a rule there revokes it.
 */
export const policyPath = "policies/commands.yaml";
const ruleId = z.string().regex(/^[A-Za-z0-9_-]{1,60}$/, "letters, digits, _ and -, at most 60");
export const memberRule = z.strictObject({
  id: ruleId,
  ...commandRule.shape,
  /**
   * What is decided: a command line, or an operation that is not one
   * (a tool, a service, an address), whose text must be the same.
   */
  kind: z.enum(["command", "operation"]).default("command"),
  match: z.string().trim().min(1).max(500),
  /** Agent types or ids it is for; absent: all. */
  agents: z
    .array(z.union([typeName, z.string().regex(/^agt_[0-9A-Z]{26}$/)]))
    .min(1)
    .max(20)
    .optional(),
  /** The approval it came from. */
  approval: z.string().max(60).optional(),
  added: z.iso.date().optional(),
});
export type MemberRule = z.infer<typeof memberRule>;
export const policyFile = z.strictObject({ version: z.literal(1), rules: z.array(memberRule).max(500) });
export type PolicyFile = z.infer<typeof policyFile>;

export const emptyPolicy = `# What agents may do without asking, and what they may never do. Written when you answer "always";
# delete or change a rule here and it holds from the next commit. A deny always wins.
version: 1
rules: []
`;

const policyBounds = { bytes: 256 * 1024, depth: 8, tokens: 60_000 } as const;

/**
 * Reads the file; errors by path. A file with one wrong rule
 * is refused whole, so that nothing is half in force.
 */
export function readPolicy(text: string): Parsed<PolicyFile> {
  const document = readDocument(text, policyBounds);
  if (!document.ok) return document;
  const read = parseShape(document.value.toJS(), policyFile);
  const issues = read.ok ? ruleIssues(read.value) : [];
  return issues.length === 0 ? read : { ok: false, issues };
}
function ruleIssues(file: PolicyFile): Issue[] {
  return file.rules.flatMap((rule, index) => {
    const twice =
      file.rules.findIndex((other) => other.id === rule.id) === index
        ? []
        : [{ path: `rules.${index}.id`, message: "is used by another rule" }];
    const match = rule.kind === "operation" ? { success: true as const } : commandRule.shape.match.safeParse(rule.match);
    return match.success ? twice : [...twice, ...issuesOf(match.error, `rules.${index}.match`)];
  });
}

/**
 * The file with one rule more; everything else, comments
 * included, stays as it is. The same id again changes nothing.
 */
export function withRule(text: string, rule: MemberRule): Parsed<string> {
  const checked = parseShape(rule, memberRule);
  if (!checked.ok) return checked;
  return changeRules(text, (rules, file) => {
    if (!file.rules.some((other) => other.id === rule.id)) rules.add(ruleRecord(checked.value));
  });
}
/** The file without that rule; one that is not there changes nothing. */
export function withoutRule(text: string, id: string): Parsed<string> {
  return changeRules(text, (rules, file) => {
    const index = file.rules.findIndex((rule) => rule.id === id);
    if (index >= 0) rules.delete(index);
  });
}
function changeRules(text: string, change: (rules: YAMLSeq, file: PolicyFile) => void): Parsed<string> {
  const file = readPolicy(text);
  if (!file.ok) return file;
  const document = readDocument(text, policyBounds);
  if (!document.ok) return document;
  const rules = isMap(document.value.contents) ? document.value.contents.get("rules") : undefined;
  if (!isSeq(rules)) return yamlIssue("rules", "must be a list");
  change(rules, file.value);
  rules.flow = rules.items.length === 0;
  const after = document.value.toString({ lineWidth: 0 });
  const check = readPolicy(after);
  return check.ok ? { ok: true, value: after } : check;
}
function ruleRecord(rule: MemberRule): Record<string, unknown> {
  const { kind, ...rest } = rule;
  return Object.fromEntries(Object.entries(kind === "command" ? rest : { ...rest, kind }).filter(([, value]) => value !== undefined));
}

const forAgent = (rule: MemberRule, agent: { id: string; type: string }) =>
  rule.agents === undefined || rule.agents.includes(agent.type) || rule.agents.includes(agent.id);
/** Why the member is asked by a rule of their own; what the product asks by itself has other words. */
export const memberAskReason = "one of your rules says to ask you each time";
/** The member's layer for `judgeCommand`, for one agent. */
export function memberLayer(file: PolicyFile, agent: { id: string; type: string }): CommandPolicy {
  const rules = file.rules.filter((rule) => rule.kind === "command" && forAgent(rule, agent));
  return {
    default: "ask",
    rules: rules.map(({ match, exact, decision, why = decision === "ask" ? memberAskReason : undefined }) => ({
      match,
      decision,
      ...(exact === undefined ? {} : { exact }),
      ...(why === undefined ? {} : { why }),
    })),
  };
}
/** The member's decision on an operation that is not a command, if there is one. A deny wins. */
export function memberDecision(file: PolicyFile, agent: { id: string; type: string }, operation: string): MemberRule | undefined {
  const found = file.rules.filter((rule) => rule.kind === "operation" && rule.match === operation && forAgent(rule, agent));
  return found.find((rule) => rule.decision === "deny") ?? found[0];
}
