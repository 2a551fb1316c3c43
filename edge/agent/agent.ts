import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../../schema/actions.ts";
import { subStatus } from "../../schema/agent/sub-agent.ts";
import { agentActs, agentDetail } from "../../schema/agent/team.ts";
import { id } from "../../schema/wire/id.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { askSubAgentStatus } from "../actor/rivet.ts";
import { emptyBody, jsonAnswer, jsonBody, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";

/** The member's agents: the Grow Agent and those that work for it. */
const agentRoute = { tags: ["Agents"], security: [{ session: [] }] };
const agentReadRoute = { ...agentRoute, middleware: middlewares(requireSession) };
const agentChangeRoute = { ...agentRoute, middleware: middlewares(requireSession, jsonBody, idempotent) };
const agentParams = z.object({ agentId: id("agt") });
/**
 * `status` is what the sub-agent's own actor says; null for
 * the Grow Agent, and when it can't be asked just now.
 */
const detail = agentDetail.extend({ status: subStatus.nullable() }).meta({ id: "AgentDetail" });

export const agentRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/agents",
      summary: "All agents, the Grow Agent first",
      ...agentReadRoute,
      responses: { 200: jsonAnswer("Agents", actions.agents.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "agents", {}), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/agent-types",
      summary: "The kinds of agents work can be given to: the platform's, and the member's own from agents/<id>/agent.yaml in memory",
      ...agentReadRoute,
      responses: {
        200: jsonAnswer("Types, with what is wrong with a file by path", actions.agentTypes.out.meta({ id: "AgentTypes" })),
        ...refusalAnswers,
      },
    }),
    async (c) => c.json(await askOwnActor(c, "agentTypes", {}), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/agents/{agentId}",
      summary: "One agent: what it is for, what it may do, what it is at and what it has done",
      ...agentReadRoute,
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
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/agents/{agentId}/{act}",
      summary: "Pause, resume or cancel what the agent works on",
      ...agentChangeRoute,
      request: { params: agentParams.extend({ act: z.enum(agentActs) }), body: emptyBody },
      responses: { 200: jsonAnswer("Its task after it", actions.agentAct.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "agentAct", c.req.valid("param")), 200),
  );
