import { readdirSync, readFileSync } from "node:fs";
import { type AgentType, library, platformTools } from "../schema/agent-type.ts";
import { AppError } from "../schema/error.ts";
import { gitUser } from "../schema/stack.ts";

const folder = new URL("../schema/agents/", import.meta.url);

/** The platform's own types, from their files. */
export function platformTypes(): ReadonlyMap<string, AgentType> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return library(names.map((name) => ({ path: `schema/agents/${name}`, text: readFileSync(new URL(name, folder), "utf8") })));
}
export function typeOf(types: ReadonlyMap<string, AgentType>, name: string): AgentType {
  const type = types.get(name);
  if (!type) throw new AppError("not_found", { what: "agent type", name });
  return type;
}

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
  "deploy:*",
  "monitor:*",
];
export const growTools: readonly string[] = platformTools;

/** The system prompt of a sub-agent. Pure: the same agent has the same prompt, so its server need not start again for another task. */
export function subPrompt(type: AgentType, of: { id: string; title: string; memberName: string; directory: string }): string {
  const name = of.memberName.replace(/\s+/g, " ").trim();
  return `You are ${of.title}, a sub-agent of type ${type.id}. You work for ${name}, on one task at a time that the platform gives you.

${type.prompt.trim()}

Your working directory is ${of.directory}; it is yours alone. There is no internet but what is allowed. Git knows your credentials: you are ${gitUser(of.id)}. You may push only below agent/${of.id}/${type.capabilities.some((one) => one === "git:merge") ? " and, while a task of yours merges, to main" : ""}.
`;
}
