import { z } from "zod";
import { subStatus } from "../../schema/agent/sub-agent.ts";
import { agentDetail } from "../../schema/agent/team.ts";
import { id } from "../../schema/wire/id.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { askedRoutes, asksActor } from "../actor/asked-route.ts";
import { askSubAgentStatus } from "../actor/rivet.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, refusalAnswers } from "../http.ts";

/** The member's agents: the Grow Agent and those that work for it. */
const agentParams = z.object({ agentId: id("agt") });
/**
 * `status` is what the sub-agent's own actor says; null for
 * the Grow Agent, and when it can't be asked just now.
 */
const detail = agentDetail.extend({ status: subStatus.nullable() }).meta({ id: "AgentDetail" });

export const agentRoutes = askedRoutes("Agents", {
  "GET /agents": asksActor("agents", "All agents, the Grow Agent first", "Agents"),
  "GET /agent-types": asksActor(
    "agentTypes",
    "The kinds of agents work can be given to: the platform's, and the member's own from agents/<id>/agent.yaml in memory",
    "Types, with what is wrong with a file by path",
    { answerName: "AgentTypes" },
  ),
  "POST /agents/{agentId}/{act}": asksActor("agentAct", "Pause, resume or cancel what the agent works on", "Its task after it"),
}).openapi(
  memberDoor({
    method: "get",
    path: "/agents/{agentId}",
    summary: "One agent: what it is for, what it may do, what it is at and what it has done",
    tags: ["Agents"],
    request: { params: agentParams },
    responses: { 200: jsonAnswer("The agent", detail), ...refusalAnswers },
  }),
  async (c) => {
    const { config, member, requestId } = c.var;
    const found = await askOwnActor(c, "agent", c.req.valid("param"));
    const grow = found.agent.type === "grow";
    const status = grow ? null : await askSubAgentStatus({ config, member: member.id, requestId }, found.agent.id).catch(() => null); // more, when it is there
    return c.json({ ...found, status }, 200);
  },
);
