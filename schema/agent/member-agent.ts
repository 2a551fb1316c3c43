import { type CommandPolicy, commandPattern } from "../command/command-rule.ts";
import { isDearer, type ModelAlias } from "../model.ts";
import { editOwner } from "../project/edit.ts";
import { findAddressIssue } from "../service.ts";
import type { Budget } from "../task/spec.ts";
import type { Issue, Parsed } from "../wire/yaml.ts";
import { type AgentType, agentTypeIds, readAgentType } from "./agent-type.ts";
import { findExcessCapabilities } from "./capability.ts";

/** Kinds of agents that a member defines, in `agents/<id>/agent.yaml` of memory. */

/** What their owner, the Grow Agent, has: no agent of the member's gets more. */
export type AgentOwner = {
  capabilities: readonly string[];
  platform: readonly string[];
  budget: Budget;
  commands: CommandPolicy;
  /** The dearest it may hand out. */
  model: ModelAlias;
  /** Origins of services that may be called although they are not on the internet. */
  local: readonly string[];
};
export const memberAgentLimits = { most: 50, bytes: 64 * 1024 } as const;

/**
 * Reads a member's own type from its place in memory, or says
 * by path what it may not be. `taken` are the platform's ids.
 */
export function readMemberAgent(path: string, text: string, owner: AgentOwner, taken: readonly string[] = agentTypeIds): Parsed<AgentType> {
  const read = readAgentType(text);
  if (!read.ok) return read;
  const issues = [...nameIssues(path, read.value, taken), ...more(read.value, owner)];
  return issues.length === 0 ? read : { ok: false, issues };
}
function nameIssues(path: string, { id }: AgentType, taken: readonly string[]): Issue[] {
  const issues: Issue[] = [];
  if (path !== agentPath(id)) issues.push({ path: "id", message: `must be the name of its folder: ${agentPath(id)}` });
  if (taken.includes(id) || id === editOwner) issues.push({ path: "id", message: "is the name of another type" });
  return issues;
}
/** Where it asks for more than its owner has. */
function more(type: AgentType, owner: AgentOwner): Issue[] {
  const issues: Issue[] = findExcessCapabilities(type.capabilities, owner.capabilities).map(({ index, capability }) => ({
    path: `capabilities.${index}`,
    message: `${capability} is more than your Grow Agent has`,
  }));
  for (const [index, tool] of type.tools.platform.entries())
    if (!owner.platform.includes(tool)) issues.push({ path: `tools.platform.${index}`, message: `your Grow Agent can't ${tool}` });
  if (isDearer(type.model, owner.model))
    issues.push({ path: "model", message: `${type.model} is dearer than your Grow Agent may hand out: ${owner.model}` });
  for (const name of ["cost_usd", "minutes", "tokens"] as const) {
    const [asked, most] = [type.budget[name], owner.budget[name]];
    if (most !== undefined && (asked === undefined || asked > most))
      issues.push({ path: `budget.${name}`, message: `must be given, at most ${most}` });
  }
  const why = type.service && findAddressIssue(type.service.url, owner.local);
  if (why) issues.push({ path: "service.url", message: why });
  return [...issues, ...moreCommands(type, owner.commands)];
}
function moreCommands({ commands }: AgentType, owner: CommandPolicy): Issue[] {
  if (owner.default === "allow") return [];
  const issues: Issue[] =
    commands.default === "allow" ? [{ path: "commands.default", message: "can't be allow: your Grow Agent asks" }] : [];
  for (const [index, match] of commands.allow.entries())
    if (!covered(match, owner)) issues.push({ path: `commands.allow.${index}`, message: `your Grow Agent asks before “${match}”` });
  return issues;
}
/** Whether everything the match catches is allowed to the owner: one of its own rules begins it. */
function covered(match: string, owner: CommandPolicy): boolean {
  const words = commandPattern(match) ?? [];
  return owner.rules.some((rule) => {
    const pattern = commandPattern(rule.match) ?? [];
    const begins = pattern.length > 0 && pattern.length <= words.length && pattern.every((word, at) => word === "*" || word === words[at]);
    return rule.decision === "allow" && begins && (!rule.exact || pattern.length === words.length);
  });
}

export function agentPath(id: string): string {
  return `agents/${id}/agent.yaml`;
}
/** The id of the member's type that lives at this path of memory, or undefined. */
export function agentIdAt(path: string): string | undefined {
  return /^agents\/([a-z][a-z0-9-]{1,39})\/agent\.yaml$/.exec(path)?.[1];
}
