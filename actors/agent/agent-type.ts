import { readdirSync, readFileSync } from "node:fs";
import { eq } from "drizzle-orm";
import { type AgentType, readTypeLibrary, toolsOfType } from "../../schema/agent/agent-type.ts";
import type { AgentTypeView } from "../../schema/agent/agent-type-api.ts";
import { memberAgentTable } from "../../schema/agent/member-agent.table.ts";
import { type AgentOwner, agentPath } from "../../schema/agent/member-agent.ts";
import { growCommands } from "../../schema/approval/permission.ts";
import { describeService, operationsOf } from "../../schema/service.ts";
import { gitUser } from "../../schema/stack/stack.ts";
import { platformTools } from "../../schema/tool/tool-call.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Db } from "../kernel/tables.ts";

const typeFolder = new URL("../../schema/agents/", import.meta.url);
export type AgentTypeMap = ReadonlyMap<string, AgentType>;

/** The platform's own types, from their files. */
export function readPlatformTypes(): AgentTypeMap {
  const names = readdirSync(typeFolder).filter((name) => name.endsWith(".yaml"));
  return readTypeLibrary(names.map((name) => ({ path: `schema/agents/${name}`, text: readFileSync(new URL(name, typeFolder), "utf8") })));
}
/** The platform's types and the member's own, each in its last good version. Removed ones are among them. */
export async function readAgentTypes(db: Db, platform: AgentTypeMap): Promise<AgentTypeMap> {
  return mergeTypes(platform, await db.select().from(memberAgentTable));
}
/** The types to which new work may be given. */
export async function readOfferedTypes(db: Db, platform: AgentTypeMap): Promise<AgentTypeMap> {
  return mergeTypes(platform, await db.select().from(memberAgentTable).where(eq(memberAgentTable.removed, false)));
}
function mergeTypes(platform: AgentTypeMap, rows: readonly (typeof memberAgentTable.$inferSelect)[]): AgentTypeMap {
  const memberTypes = rows.flatMap(({ id, type }) => (type ? [[id, type] as const] : []));
  return new Map([...memberTypes, ...platform]); // the platform's name wins over one that a member took before it
}
export function requireAgentType(types: AgentTypeMap, name: string): AgentType {
  const type = types.get(name);
  if (!type) throw new AppError("not_found", { what: "agent type", name });
  return type;
}

/** Action `agentTypes`: the platform's first, then the member's own, with what is wrong with their files. */
export async function listAgentTypes(db: Db, platform: AgentTypeMap): Promise<{ types: AgentTypeView[] }> {
  const rows = await db.select().from(memberAgentTable);
  rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  const memberRows = rows.filter((row) => !row.removed && !platform.has(row.id));
  return {
    types: [
      ...[...platform.values()].map((type) => ({ ...typeView(type), own: false, path: null, usable: true, issues: [] })),
      ...memberRows.map(({ id, type, issues }) => ({
        ...(type ? typeView(type) : { ...emptyTypeView, id, title: id }),
        ...{ own: true, path: agentPath(id), usable: type !== null, issues: issues.slice(0, 30) },
      })),
    ],
  };
}
const emptyTypeView = { purpose: "", model: "standard" as const, tools: [], capabilities: [], budget: {}, service: null };
const typeView = (type: AgentType) => ({
  id: type.id,
  title: type.title,
  purpose: type.purpose,
  model: type.model,
  tools: [...type.tools.box, ...toolsOfType(type)],
  capabilities: [...type.capabilities],
  budget: type.budget,
  service: type.service
    ? { ...type.service, operations: operationsOf(type.service).map(({ name }) => name), secret: type.service.secret?.name ?? null }
    : null,
});

/** What the Grow Agent holds: no agent of the member's gets more. */
export const growCapabilities: readonly string[] = [
  "files:*",
  "shell:*",
  "git:*",
  "network:*",
  "memory:*",
  "member:ask",
  "tasks:*",
  "goals:*",
  "quests:*",
  "service:*",
  "secret:*",
  "deploy:*",
  "monitor:*",
];
export const growTools: readonly string[] = platformTools;
export const agentOwner = (local: readonly string[]): AgentOwner => ({
  capabilities: growCapabilities,
  platform: growTools,
  budget: { cost_usd: 5, minutes: 240 },
  commands: growCommands,
  model: "deep",
  local,
});

/**
 * The system prompt of a sub-agent. Pure: the same agent has the same prompt, so its server need not start
 * again for another task.
 */
export function composeSubAgentPrompt(
  type: AgentType,
  agent: { id: string; title: string; memberName: string; directory: string },
): string {
  const name = agent.memberName.replace(/\s+/g, " ").trim();
  return `You are ${agent.title}, a sub-agent of type ${type.id}. You work for ${name}, on one task at a time that the platform gives you.

${type.prompt.trim()}

${type.service ? `${describeService(type.service)}\n\n` : ""}Your working directory is ${agent.directory}; it is yours alone. There is no internet but what is allowed. Git knows your credentials: you are ${gitUser(agent.id)}. You may push only below agent/${agent.id}/${type.capabilities.some((capability) => capability === "git:merge") ? " and, while a task of yours merges, to main" : ""}.
`;
}
