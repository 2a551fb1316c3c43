import { z } from "zod";
import type { EventKind } from "../event.ts";
import { projectName } from "../task/spec.ts";

/**
 * What of a member's log is told in the stream of one project, and where the body of each kind says whose it
 * is: by the project's name, its repository, or one of its tasks.
 */
export const projectEventKinds = {
  project: ["release.state", "release.handoff", "app.state", "incident.state"],
  name: ["project.created", "project.step", "project.state", "project.command", "project.output", "project.removed"],
  repo: ["commit", "commit.status"],
  taskId: ["task.state", "task.held", "task.check", "receipt"],
  from: ["task.handoff"],
} as const satisfies Record<string, readonly EventKind[]>;
type ProjectField = keyof typeof projectEventKinds;
/** The field of its body by which an event of a kind is a project's; undefined where it tells of none. */
export const findProjectField = (kind: string): ProjectField | undefined =>
  (Object.keys(projectEventKinds) as ProjectField[]).find((field) => (projectEventKinds[field] as readonly string[]).includes(kind));

/** First in the stream of a project, on each connection. */
export const projectSnapshot = z.object({ project: projectName, lastSeq: z.number().int().nonnegative() });
