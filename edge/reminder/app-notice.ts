import { z } from "zod";
import { appNoticeIn, appNotices, projectPath } from "../../schema/reminder/app-notice.ts";
import { reminderOut } from "../../schema/reminder/reminder.ts";
import { id } from "../../schema/wire/id.ts";
import { runnerDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { tellMember } from "./reminder-delivery.ts";

/** Word of what serves of a project, in the ways in which its member is reminded. */
export const appNoticeRoutes = newApp().openapi(
  runnerDoor({
    method: "post",
    path: "/stacks/{member}/notices",
    summary: "Tell a member, in the ways they chose, what has become of an app. The same one again tries only what was not delivered",
    tags: ["Stacks"],
    request: { params: z.object({ member: id("mem") }), body: jsonRequest(appNoticeIn) },
    responses: { 200: jsonAnswer("What became of each way; with `again`, ask again later", reminderOut), ...refusalAnswers },
  }),
  async (c) => {
    const { release, number, at, kind, project } = c.req.valid("json");
    const path = projectPath(project);
    const told = { title: appNotices[kind], agent: project, path, notice: true as const };
    const data = { release, kind, project, title: told.title, url: `${c.var.config.PUBLIC_URL}${path}` };
    const message = { id: `${release}_${number}`, type: "app.notice" as const, at, tag: release, told, data };
    return c.json(await tellMember({ env: c.env, ...c.var }, c.req.valid("param").member, message, { approval: release, number }), 200);
  },
);
