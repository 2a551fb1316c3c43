import { z } from "zod";
import { findProjectPreview, projectPreviewOut } from "../../schema/project/project-preview.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import { AppError } from "../../schema/wire/error.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import { refuseForeignProject } from "./own-project.ts";

export const projectPreviewRoutes = newApp().openapi(
  memberDoor({
    method: "get",
    path: "/projects/{project}/preview",
    summary: "Where what serves of a project is seen, how it is, and whether a browser needs an entry first",
    description: "409 says in words why nothing serves, and the way on. An entry, for `entry: true`: POST /projects/{project}/entries.",
    tags: ["Projects"],
    before: [refuseForeignProject],
    request: { params: z.object({ project: projectRef }) },
    responses: { 200: jsonAnswer("What is seen", projectPreviewOut), ...refusalAnswers },
  }),
  async (c) => {
    const { project, main } = await askOwnActor(c, "project", c.req.valid("param"));
    const seen = findProjectPreview(project, main);
    if ("reason" in seen) throw new AppError("conflict", { what: "preview" }, { message: seen.reason });
    return c.json(seen, 200);
  },
);
