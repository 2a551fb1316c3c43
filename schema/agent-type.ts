import { z } from "zod";
import { capability, excess, knownNoun } from "./capability.ts";
import { commandSetNames, commandSets, denials } from "./command-set.ts";
import { type CommandPolicy, commandRule, decisions } from "./policy.ts";
import { type Budget, budget, typeName } from "./spec.ts";
import { type Issue, type Parsed, readYaml } from "./yaml.ts";

/** What kind of worker an agent is, as data: `schema/agents/<id>.yaml`, and a member's own in `agents/<id>/agent.yaml` in memory. */
export const modelAliases = ["fast", "standard", "deep"] as const;
/** The tools inside OpenCode that a type may use. */
export const boxTools = ["read", "list", "glob", "grep", "edit", "write", "patch", "bash", "webfetch", "todowrite"] as const;
/** The platform's tools; `tool.ts` and `tool-agents.ts` say what each takes. */
export const platformTools = [
  "remember",
  "recall",
  "open_project",
  "plan",
  "delegate",
  "ask",
  "start_quest",
  "report_progress",
  "set_goal",
] as const;

const operation = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$/, "letters, digits, _ . and -, at most 60");
/** A service an agent may call through the platform: an MCP server or an HTTP API, with the operations it is allowed and no others. */
export const service = z.strictObject({
  name: typeName,
  kind: z.enum(["mcp", "http"]),
  url: z.url({ protocol: /^https?$/ }).max(500),
  operations: z.array(operation).min(1).max(50),
});
export type Service = z.infer<typeof service>;

const match = commandRule.shape.match;
/** What it may run: named sets and its own, the rest by `default`. */
export const typeCommands = z.strictObject({
  default: z.enum(decisions).default("ask"),
  sets: z.array(z.enum(commandSetNames)).default([]),
  allow: z.array(match).max(100).default([]),
  ask: z.array(match).max(100).default([]),
  deny: z.array(match).max(100).default([]),
});
export type TypeCommands = z.infer<typeof typeCommands>;
const rules = (matches: readonly string[], decision: CommandPolicy["default"]) => matches.map((match) => ({ match, decision }));
export function policyOf(of: TypeCommands): CommandPolicy {
  const allowed = [...new Set([...of.sets.flatMap((name) => [...commandSets[name]]), ...of.allow])];
  return { default: of.default, rules: [...rules(allowed, "allow"), ...rules(of.ask, "ask"), ...rules(of.deny, "deny")] };
}

export const agentType = z.strictObject({
  id: typeName,
  title: z.string().trim().min(1).max(60),
  purpose: z.string().trim().min(1).max(300).describe("For the member and for the Grow Agent when it decides who works"),
  prompt: z.string().trim().min(1).max(16_000),
  model: z.enum(modelAliases).default("standard"),
  tools: z.strictObject({
    box: z.array(z.enum(boxTools)).default(["read", "list", "glob", "grep"]),
    platform: z.array(z.enum(platformTools)).default(["report_progress", "ask"]),
  }),
  capabilities: z.array(capability.refine(knownNoun, "names something that does not exist")).max(60),
  commands: typeCommands.prefault({}),
  budget,
  service: service.optional(),
});
export type AgentType = z.infer<typeof agentType>;
export const agentTypeIds = [
  "coding",
  "repo",
  "quest",
  "testing",
  "deployment",
  "monitoring",
  "migration",
  "product-flow",
  "onboarding-payment",
  "backend-crud",
  "frontend-planning",
  "reviewer",
] as const;

/** Reads one type's file; errors by path. */
export function readAgentType(text: string): Parsed<AgentType> {
  const read = readYaml(text, agentType);
  const issues = read.ok ? agentIssues(read.value) : [];
  return issues.length === 0 ? read : { ok: false, issues };
}
function agentIssues(of: AgentType): Issue[] {
  const issues: Issue[] = [];
  if (of.tools.box.includes("bash") && !of.capabilities.some((one) => one.startsWith("shell:")))
    issues.push({ path: "tools.box", message: "bash needs a capability shell:…" });
  const writes = of.tools.box.some((tool) => tool === "edit" || tool === "write" || tool === "patch");
  if (writes && !of.capabilities.some((one) => one === "files:write" || one === "files:*"))
    issues.push({ path: "tools.box", message: "edit, write and patch need the capability files:write" });
  for (const [index, name] of (of.service?.operations ?? []).entries())
    if (excess([`service:${of.service?.name}/${name}`], of.capabilities).length > 0)
      issues.push({ path: `service.operations.${index}`, message: `needs the capability service:${of.service?.name}/${name}` });
  return issues;
}

/** What its owner, the Grow Agent, has: no agent of the member's gets more. */
export type Owner = { capabilities: readonly string[]; platform: readonly string[]; budget: Budget; commands: CommandPolicy };

/** Reads a member's own type from its place in memory, or says by path what it may not be. `taken` are the ids that exist. */
export function readMemberAgent(path: string, text: string, owner: Owner, taken: readonly string[] = agentTypeIds): Parsed<AgentType> {
  const read = readAgentType(text);
  if (!read.ok) return read;
  const of = read.value;
  const issues: Issue[] = [];
  if (path !== agentPath(of.id)) issues.push({ path: "id", message: `must be the name of its folder: ${agentPath(of.id)}` });
  if (taken.includes(of.id)) issues.push({ path: "id", message: "is the name of another type" });
  for (const { index, capability } of excess(of.capabilities, owner.capabilities))
    issues.push({ path: `capabilities.${index}`, message: `${capability} is more than your Grow Agent has` });
  for (const [index, tool] of of.tools.platform.entries())
    if (!owner.platform.includes(tool)) issues.push({ path: `tools.platform.${index}`, message: `your Grow Agent can't ${tool}` });
  for (const name of ["cost_usd", "minutes", "tokens"] as const) {
    const [asked, most] = [of.budget[name], owner.budget[name]];
    if (most !== undefined && (asked === undefined || asked > most))
      issues.push({ path: `budget.${name}`, message: `must be given, at most ${most}` });
  }
  if (of.commands.default === "allow" && owner.commands.default !== "allow")
    issues.push({ path: "commands.default", message: "can't be allow: your Grow Agent asks" });
  return issues.length === 0 ? { ok: true, value: of } : { ok: false, issues };
}
export function agentPath(id: string): string {
  return `agents/${id}/agent.yaml`;
}
/** The id of the member's type that lives at this path of memory, or undefined. */
export function agentIdAt(path: string): string | undefined {
  return /^agents\/([a-z][a-z0-9-]{1,39})\/agent\.yaml$/.exec(path)?.[1];
}

/** The layers `judge` takes for an agent: its type, what nobody may, its owner's denials, the member's file. */
export function commandLayers(type: AgentType, owner: CommandPolicy, member: CommandPolicy): CommandPolicy[] {
  return [
    policyOf(type.commands),
    { default: "ask", rules: [...denials] },
    { default: "ask", rules: owner.rules.filter((rule) => rule.decision === "deny") },
    member,
  ];
}

/** The platform's types from their files. Throws at start when one is wrong: the product is then not whole. */
export function library(files: readonly { path: string; text: string }[]): ReadonlyMap<string, AgentType> {
  const types = new Map<string, AgentType>();
  for (const { path, text } of files) {
    const read = readAgentType(text);
    if (!read.ok) throw new Error(`${path}: ${read.issues.map((issue) => `${issue.path} ${issue.message}`).join("; ")}`);
    types.set(read.value.id, read.value);
  }
  const missing = agentTypeIds.filter((id) => !types.has(id));
  if (missing.length > 0) throw new Error(`agent types without a file: ${missing.join(", ")}`);
  return types;
}
