import { z } from "zod";
import { sessionChange, sessionIn, sessionMessage } from "../../schema/opencode/session.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { requireActor } from "../actor/actor-registry.ts";
import { askedRoutes, asksActor } from "../actor/asked-route.ts";
import { memberDoor, mountPlain } from "../door.ts";
import { answerEvents, eventPlaceIn, readEventPlace, sentEvent } from "../event/event-stream.ts";
import { refusalAnswers } from "../http.ts";

/** OpenCode's sessions of the member's agents, as the member's actor knows them. */
export const sessionRoutes = askedRoutes("OpenCode", {
  "POST /opencode/sessions/{sessionId}/messages": asksActor(
    "send",
    "Say something to the session's agent in it: a turn of the agent as every other; the same clientId is taken once",
    "Kept; the answer comes by events",
    { status: 202, named: { sessionId: "session" }, takes: sessionMessage },
  ),
  "GET /opencode/sessions/{sessionId}": asksActor("session", "One session; the stack may be stopped", "The session"),
  "PATCH /opencode/sessions/{sessionId}": asksActor(
    "sessionEdit",
    "Give it another title, or archive or resume it",
    "The session after it",
    {
      takes: sessionChange,
    },
  ),
  "DELETE /opencode/sessions/{sessionId}": asksActor(
    "sessionEdit",
    "Archive it: nothing is destroyed, and `PATCH` resumes it",
    "The archived session",
    { takes: null, says: { archived: true } },
  ),
});
const eventsRoute = memberDoor({
  method: "get",
  path: "/opencode/sessions/{sessionId}/events",
  summary: "What was said and done in a session as server-sent events: what runs in it, all after `Last-Event-ID`, then what happens",
  description:
    "`id` is the sequence in the member's one log, so numbers are left out between; `event` is the kind and `data` the stored event. `event: snapshot` and `event: delta` have no id. The stream ends after fifteen minutes: come back with the last id.",
  tags: ["OpenCode"],
  request: { params: z.object(sessionIn.shape), ...eventPlaceIn },
  responses: { 200: { description: "Events", content: { "text/event-stream": { schema: sentEvent } } }, ...refusalAnswers },
});
mountPlain(sessionRoutes, eventsRoute, async (c) => {
  const sessionId = id("ses").safeParse(c.req.param("sessionId"));
  if (!sessionId.success) throw new AppError("not_found");
  const after = readEventPlace(c.req.header("last-event-id"), c.req.query("after"));
  const actor = await requireActor(c.var.db, c.var.member.id);
  await askOwnActor(c, "session", { sessionId: sessionId.data });
  return answerEvents(c, { claims: { member: c.var.member.id, agent: actor.id, signIn: c.var.signIn }, after, session: sessionId.data });
});
