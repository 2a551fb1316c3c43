import { eq } from "drizzle-orm";
import { z } from "zod";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { toolsOfType } from "../../schema/agent/agent-type.ts";
import { type PeerOut, peerOut, type SubAgentInput, type SubAgentKind, subAgentKey } from "../../schema/agent/grow-agent.ts";
import { type SubInput, subInput } from "../../schema/agent/sub-agent.ts";
import { box } from "../../schema/stack/stack.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { AppError, errorCode } from "../../schema/wire/error.ts";
import { Git } from "../git/git.ts";
import { member, type Self } from "../kernel/self.ts";
import { requireGrowAgent } from "./agent.ts";
import { readAgentTypes, requireAgentType } from "./agent-type.ts";

const peerFailure = z.object({ group: z.string(), code: z.string(), message: z.string().optional() });
/**
 * A refusal by another of our actors keeps its code. Every other error means that the actor was not reached.
 */
export function toPeerError(error: unknown): AppError {
  const known = peerFailure.safeParse(error);
  const code = errorCode.safeParse(known.success ? known.data.code : undefined);
  if (known.success && known.data.group === "user" && code.success)
    return new AppError(code.data, { what: "peer" }, { cause: error, ...(known.data.message ? { message: known.data.message } : {}) });
  return new AppError("unavailable", { what: "peer" }, { cause: error });
}

/** Tells a sub-agent something through its actor, which is made when it does not exist yet. */
export async function callSubAgent(self: Self, to: AgentRow, call: { key: string; input: unknown; requestId: string }): Promise<PeerOut> {
  const parent = (await requireGrowAgent(self.db)).id;
  const ticket = await self.vars.world.peers.sign({ member: member(self), from: parent, to: to.id });
  const type = requireAgentType(await readAgentTypes(self.db, self.vars.world.types), to.type);
  const kind: SubAgentKind = {
    type: to.type,
    workspace: box.agentDirectory(to.id),
    tools: [...type.tools.box, ...toolsOfType(type)],
    capabilities: type.capabilities,
  };
  const { seal } = await self.vars.world.seals.of(member(self)); // the engine keeps with what an actor is made
  const createWithInput: SubAgentInput = {
    member: member(self),
    parent,
    agent: to.id,
    channel: to.channel,
    kind: seal(JSON.stringify(kind)),
  };
  const input = await withPushedCommit(self, to, subInput.parse(call.input), call.requestId);
  try {
    const handle = self.client().subAgent.getOrCreate(subAgentKey(member(self), to.id), { params: { ticket }, createWithInput });
    return peerOut.parse(await handle.action({ name: "tell", args: [{ requestId: call.requestId, key: call.key, input }] }));
  } catch (error) {
    throw toPeerError(error);
  }
}
/** Adds the head of the task's branch to the end of a turn: what the agent has pushed, not what it says. */
async function withPushedCommit(self: Self, to: AgentRow, input: SubInput, requestId: string): Promise<SubInput> {
  if (input.kind !== "turn_ended" || input.end !== "done" || !to.task) return input;
  const [row] = await self.db
    .select({ project: taskTable.project, branch: taskTable.branch })
    .from(taskTable)
    .where(eq(taskTable.id, to.task));
  if (!row?.branch) return input;
  const commit = await new Git(self.vars.stack, requestId).head(`${box.projectOwner}/${row.project}`, row.branch);
  return commit ? { ...input, commit } : input;
}
