import { z } from "zod";
import { projectRef } from "../../schema/project/project-ref.ts";
import { AppError } from "../../schema/wire/error.ts";
import { requireActor } from "../actor/actor-registry.ts";
import { memberDoor, mountPlain } from "../door.ts";
import { answerEvents, eventPlaceIn, readEventPlace, sentEvent } from "../event/event-stream.ts";
import { newApp, refusalAnswers } from "../http.ts";
import { findFollowedProject } from "./own-project.ts";

const projectEventsRoute = memberDoor({
  method: "get",
  path: "/projects/{project}/events",
  summary: "What happens in a project as server-sent events: all after `Last-Event-ID`, then what comes",
  description:
    "Its own events (`project.*`), its releases, what serves, incidents, its tasks with their checks and receipts, and commits of its repository. `id` is the sequence in the member's one log, so numbers are left out between; `event` is the kind and `data` the stored event. `event: snapshot` comes first and has no id. What a project that was deleted told last is still there, by its name or its id. The stream ends after fifteen minutes: come back with the last id.",
  tags: ["Projects"],
  request: { params: z.object({ project: projectRef }), ...eventPlaceIn },
  responses: { 200: { description: "Events", content: { "text/event-stream": { schema: sentEvent } } }, ...refusalAnswers },
});
export const projectEventRoutes = newApp();
mountPlain(projectEventRoutes, projectEventsRoute, async (c) => {
  const asked = projectRef.safeParse(c.req.param("project"));
  if (!asked.success) throw new AppError("not_found");
  const after = readEventPlace(c.req.header("last-event-id"), c.req.query("after"));
  const actor = await requireActor(c.var.db, c.var.member.id);
  const project = await findFollowedProject(c, asked.data);
  return answerEvents(c, { claims: { member: c.var.member.id, agent: actor.id, signIn: c.var.signIn }, after, project });
});
