import { z } from "zod";
import { type CommandPolicy, commandDecisions, commandRule } from "../command/command-rule.ts";
import { commandSetNames, commandSets, deniedCommands } from "../command/command-set.ts";
import { modelAlias } from "../model.ts";
import { capabilitiesOf, type Service, serviceIssues, serviceShape } from "../service.ts";
import { budgetShape, typeName } from "../task/spec.ts";
import { platformTools } from "../tool/tool-call.ts";
import { type Issue, type Parsed, readYaml } from "../wire/yaml.ts";
import { capabilityShape, findExcessCapabilities, isKnownCapability } from "./capability.ts";

/**
 * What kind of worker an agent is, as data: `schema/agents/<id>.yaml`,
 * and a member's own in `agents/<id>/agent.yaml` in memory.
 */
/** The tools inside OpenCode that a type may use. */
export const boxTools = ["read", "list", "glob", "grep", "edit", "write", "patch", "bash", "webfetch", "todowrite"] as const;
const match = commandRule.shape.match;
/** What it may run: named sets and its own, the rest by `default`. */
export const typeCommands = z.strictObject({
  default: z.enum(commandDecisions).default("ask"),
  sets: z.array(z.enum(commandSetNames)).default([]),
  allow: z.array(match).max(100).default([]),
  ask: z.array(match).max(100).default([]),
  deny: z.array(match).max(100).default([]),
});
export type TypeCommands = z.infer<typeof typeCommands>;
const rules = (matches: readonly string[], decision: CommandPolicy["default"]) => matches.map((match) => ({ match, decision }));
export function typeCommandPolicy(commands: TypeCommands): CommandPolicy {
  const allowed = [...new Set([...commands.sets.flatMap((name) => [...commandSets[name]]), ...commands.allow])];
  return { default: commands.default, rules: [...rules(allowed, "allow"), ...rules(commands.ask, "ask"), ...rules(commands.deny, "deny")] };
}

export const agentType = z.strictObject({
  id: typeName,
  title: z.string().trim().min(1).max(60),
  purpose: z.string().trim().min(1).max(300).describe("For the member and for the Grow Agent when it decides who works"),
  prompt: z.string().trim().min(1).max(16_000),
  model: modelAlias.default("standard"),
  tools: z.strictObject({
    box: z.array(z.enum(boxTools)).default(["read", "list", "glob", "grep"]),
    platform: z.array(z.enum(platformTools)).default(["report_progress", "ask"]),
  }),
  capabilities: z.array(capabilityShape.refine(isKnownCapability, "names something that does not exist")).max(60),
  commands: typeCommands.prefault({}),
  budget: budgetShape,
  service: serviceShape.optional(),
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
function agentIssues(type: AgentType): Issue[] {
  const issues: Issue[] = [];
  if (type.tools.box.includes("bash") && !type.capabilities.some((capability) => capability.startsWith("shell:")))
    issues.push({ path: "tools.box", message: "bash needs a capability shell:…" });
  const writes = type.tools.box.some((tool) => tool === "edit" || tool === "write" || tool === "patch");
  if (writes && !type.capabilities.some((capability) => capability === "files:write" || capability === "files:*"))
    issues.push({ path: "tools.box", message: "edit, write and patch need the capability files:write" });
  return type.service ? [...issues, ...ofService(type.service, type.capabilities)] : issues;
}
function ofService(service: Service, held: readonly string[]): Issue[] {
  const missing = capabilitiesOf(service).filter(({ capability }) => findExcessCapabilities([capability], held).length > 0);
  return [
    ...serviceIssues(service).map((issue) => ({ ...issue, path: `service.${issue.path}` })),
    ...missing.map(({ path, capability }) => ({ path: `service.${path}`, message: `needs the capability ${capability}` })),
  ];
}
/** Whether its tasks bring branches together on `main`, and end there. */
export const mergesWork = (type: AgentType | undefined): boolean => type?.capabilities.includes("git:merge") === true;
/** The platform's tools it is offered: those it names, and the one for its service. */
export function toolsOfType(type: AgentType): string[] {
  return type.service ? [...type.tools.platform, "call_service"] : type.tools.platform;
}

/**
 * The layers `judgeCommand` takes for an agent: its type, what nobody may, its owner's denials, the member's
 * file.
 */
export function commandLayers(type: AgentType, owner: CommandPolicy, member: CommandPolicy): CommandPolicy[] {
  return [
    typeCommandPolicy(type.commands),
    { default: "ask", rules: [...deniedCommands] },
    { default: "ask", rules: owner.rules.filter((rule) => rule.decision === "deny") },
    member,
  ];
}

/**
 * The platform's types from their files. Throws at start when one is wrong: the product is then not whole.
 */
export function readTypeLibrary(files: readonly { path: string; text: string }[]): ReadonlyMap<string, AgentType> {
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
