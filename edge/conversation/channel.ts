import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../../schema/actions.ts";
import { eventPage, sendIn } from "../../schema/agent/grow-agent.ts";
import { channelEventsIn } from "../../schema/agent/team.ts";
import { id } from "../../schema/wire/id.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { eventPageQuery } from "../event/history.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";

/** One channel for each agent, all in the member's one log. */
const channelRoute = { tags: ["Channels"], security: [{ session: [] }] };
const channelReadRoute = { ...channelRoute, middleware: middlewares(requireSession) };
const channelChangeRoute = { ...channelRoute, middleware: middlewares(requireSession, jsonBody, idempotent) };
const channelParams = z.object({ channelId: id("chn") });

export const channelRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/channels",
      summary: "Channels with their agents' presence and newest event",
      ...channelReadRoute,
      responses: { 200: jsonAnswer("Channels", actions.channels.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "channels", {}), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/channels/{channelId}/events",
      summary: "Events of one channel before a sequence number, oldest first; the newest without one",
      ...channelReadRoute,
      request: { params: channelParams, query: eventPageQuery },
      responses: { 200: jsonAnswer("A page of events", eventPage), ...refusalAnswers },
    }),
    async (c) => {
      const input = channelEventsIn.parse({ channel: c.req.valid("param").channelId, ...c.req.valid("query") });
      return c.json(await askOwnActor(c, "channelEvents", input), 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/channels/{channelId}/messages",
      summary: "Say something to the agent of a channel; the same clientId is taken once",
      ...channelChangeRoute,
      request: { params: channelParams, body: jsonRequest(sendIn.omit({ channel: true })) },
      responses: { 202: jsonAnswer("Kept; the answer comes by events", actions.send.out), ...refusalAnswers },
    }),
    async (c) => {
      return c.json(await askOwnActor(c, "send", { ...c.req.valid("json"), channel: c.req.valid("param").channelId }), 202);
    },
  );
