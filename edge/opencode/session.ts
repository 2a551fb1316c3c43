import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../../schema/actions.ts";
import { sessionChange, sessionMessage, sessionOut } from "../../schema/opencode/session.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { requireActor } from "../actor/actor-registry.ts";
import { answerEvents, eventPlaceIn, readEventPlace, sentEvent } from "../event/event-stream.ts";
import { emptyBody, jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";

/** OpenCode's sessions of the member's agents, as the member's actor knows them. */
const sessionRoute = { tags: ["OpenCode"], security: [{ session: [] }] };
const sessionReadRoute = { ...sessionRoute, middleware: middlewares(requireSession) };
const sessionChangeRoute = { ...sessionRoute, middleware: middlewares(requireSession, jsonBody, idempotent) };
const sessionParams = z.object({ sessionId: id("ses") });
export const sessionRoutes = newApp()
  .openapi(
    createRoute({
      method: "post",
      path: "/opencode/sessions/{sessionId}/messages",
      summary: "Say something to the session's agent in it: a turn of the agent as every other; the same clientId is taken once",
      ...sessionChangeRoute,
      request: { params: sessionParams, body: jsonRequest(sessionMessage) },
      responses: { 202: jsonAnswer("Kept; the answer comes by events", actions.send.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "send", { ...c.req.valid("json"), session: c.req.valid("param").sessionId }), 202),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/opencode/sessions/{sessionId}",
      summary: "One session; the stack may be stopped",
      ...sessionReadRoute,
      request: { params: sessionParams },
      responses: { 200: jsonAnswer("The session", sessionOut), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "session", c.req.valid("param")), 200),
  )
  .openapi(
    createRoute({
      method: "patch",
      path: "/opencode/sessions/{sessionId}",
      summary: "Give it another title, or archive or resume it",
      ...sessionChangeRoute,
      request: { params: sessionParams, body: jsonRequest(sessionChange) },
      responses: { 200: jsonAnswer("The session after it", sessionOut), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "sessionEdit", { ...c.req.valid("json"), ...c.req.valid("param") }), 200),
  )
  .openapi(
    createRoute({
      method: "delete",
      path: "/opencode/sessions/{sessionId}",
      summary: "Archive it: nothing is destroyed, and `PATCH` resumes it",
      ...sessionChangeRoute,
      request: { params: sessionParams, body: emptyBody },
      responses: { 200: jsonAnswer("The archived session", sessionOut), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "sessionEdit", { ...c.req.valid("param"), archived: true }), 200),
  );

const eventsRoute = createRoute({
  method: "get",
  path: "/opencode/sessions/{sessionId}/events",
  summary: "What was said and done in a session as server-sent events: what runs in it, all after `Last-Event-ID`, then what happens",
  description:
    "`id` is the sequence in the member's one log, so numbers are left out between; `event` is the kind and `data` the stored event. `event: snapshot` and `event: delta` have no id. The stream ends after fifteen minutes: come back with the last id.",
  ...sessionRoute,
  request: { params: sessionParams, ...eventPlaceIn },
  responses: { 200: { description: "Events", content: { "text/event-stream": { schema: sentEvent } } }, ...refusalAnswers },
});
sessionRoutes.openAPIRegistry.registerPath(eventsRoute);
sessionRoutes.get("/opencode/sessions/:sessionId/events", requireSession, async (c) => {
  const sessionId = id("ses").safeParse(c.req.param("sessionId"));
  if (!sessionId.success) throw new AppError("not_found");
  const after = readEventPlace(c.req.header("last-event-id"), c.req.query("after"));
  const actor = await requireActor(c.var.db, c.var.member.id);
  await askOwnActor(c, "session", { sessionId: sessionId.data });
  return answerEvents(c, { claims: { member: c.var.member.id, agent: actor.id, signIn: c.var.signIn }, after, session: sessionId.data });
});
