import { z } from "zod";
import { editIn, editOut, titleOfEdit } from "../../schema/project/edit.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import { limits } from "../../schema/wire/limits.ts";
import { askActor } from "../actor/rivet.ts";
import { memberDoor } from "../door.ts";
import { callKey, sendCommit } from "../git/commit.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { refuseForeignProject } from "./own-project.ts";

const gitDeadline = { deadline: 25_000 }; // Git is asked several times

/**
 * A member's own change of a project: its branch, its commit, and the task that proves it
 * (schema/project/edit.ts).
 */
export const editRoutes = newApp().openapi(
  memberDoor({
    method: "post",
    path: "/projects/{project}/edits",
    summary: "Change files of a project by your own hand: one commit in your name, which comes to main once it is proven",
    description: "The task that is answered says how it stands. A file that main has changed since `base` is a conflict.",
    tags: ["Projects"],
    scope: "git",
    before: [refuseForeignProject],
    body: limits.modelBodyBytes - 64 * 1024,
    request: { params: z.object({ project: projectRef }), body: jsonRequest(editIn) },
    responses: { 202: jsonAnswer("It is being proven", editOut.meta({ id: "Edit" })), ...refusalAnswers },
  }),
  async (c) => {
    const { config, member, requestId, signIn } = c.var;
    const caller = { config, member: member.id, requestId, signIn };
    const { base, files, title: given } = c.req.valid("json");
    const paths = files.map(({ path }) => path);
    const title = given ?? titleOfEdit(paths);
    const key = (await callKey(c, [c.req.valid("param").project, base, files])).slice(0, 16);
    const { project, repo, branch, head } = await askActor(caller, "editBegin", { ...c.req.valid("param"), base, paths, key }, gitDeadline);
    const { commit, parent } = await sendCommit(c, repo, { branch, expectedHead: head, message: title, files });
    const { taskId } = await askActor(caller, "editHandIn", { project, branch, commit, parent, paths, title }, gitDeadline);
    return c.json({ taskId, commit, branch }, 202);
  },
);
