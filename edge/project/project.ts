import type { Context } from "hono";
import { z } from "zod";
import { previewEntryIn, previewEntryOut } from "../../schema/preview/preview-access.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import { appLogsIn, appMetrics, appMetricsIn } from "../../schema/release/release-host.ts";
import { AppError } from "../../schema/wire/error.ts";
import { askedRoutes, asksActor } from "../actor/asked-route.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, refusalAnswers } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import { heldBySignIn } from "../kernel/sign-in.ts";
import { makeEntry } from "../preview/entry.ts";
import { appOrigin } from "../preview/preview-address.ts";
import { relayToHost } from "../stack/relay-client.ts";
import { findAppAddress } from "./app-address.ts";
import { findOwnProject, refuseForeignProject } from "./own-project.ts";

/** What a member builds, and what serves of it. */
const projectParams = z.object({ project: projectRef });

/** Bytes from the app of the member's own project on its host. */
async function askApp(
  c: Context<EdgeApp & SessionVariables>,
  asked: z.infer<typeof projectRef>,
  path: "logs" | "metrics",
  query: Record<string, unknown>,
): Promise<Response> {
  const { config, db, member, requestId, signIn } = c.var;
  const project = await findOwnProject(c, asked);
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const call = { member: member.id, path: `/apps/${project}/${path}`, query: `?${new URLSearchParams(given)}`, requestId };
  const headers = await heldBySignIn(db, path, signIn); // lines may be followed for days
  return relayToHost(config, db, { ...call, headers, signal: c.req.raw.signal });
}

export const projectRoutes = askedRoutes("Projects", {
  "GET /projects": asksActor("projects", "Your projects, the oldest first", "Projects"),
  "GET /templates": asksActor("projectTemplates", "What a project can begin from", "Templates"),
  "POST /projects": asksActor(
    "projectMake",
    "Begin a project: its repository, and with a template its files, proven in a clean room, and its own address",
    "It is being made",
    {
      description:
        "Each step is an event `project.step`, the last of them `ready`. What is online is seen by you alone until you publish it. A name that is taken is a conflict; the same name with the same template, while it begins, is that project.",
      status: 202,
    },
  ),
  "GET /projects/{project}": asksActor(
    "project",
    "One project, by its name or its id: how it stands, and whether its main can be deployed",
    "The project",
  ),
  "DELETE /projects/{project}": asksActor(
    "projectRemove",
    "Take a project offline, or delete it: its app, data, address, domains and secrets go. Its repository stays, or is archived",
    "It is being taken away; its end is an event",
    { status: 202, scope: "admin" },
  ),
  "GET /projects/{project}/releases": asksActor("releases", "Releases, newest first", "Releases"),
  "POST /projects/{project}/releases": asksActor(
    "deploy",
    "Deploy what is proven on main; refused with the reason where no current receipt speaks for it",
    "Taken; its state is an event",
    { status: 202 },
  ),
  "GET /projects/{project}/releases/{releaseId}/changes": asksActor(
    "releaseChanges",
    "What a release has that the one before had not: commits, and files with how much changed in them",
    "The changes",
    { named: { releaseId: "release" } },
  ),
  "POST /projects/{project}/cancel": asksActor(
    "cancelRelease",
    "Give up a release before it serves; one that is cancelled already stays so",
    "The release",
    { deadline: 25_000 },
  ),
  "POST /projects/{project}/roll-back": asksActor(
    "rollBack",
    "Go back to the release before; where it serves already nothing happens",
    "The release that serves now",
    { deadline: 25_000 },
  ),
  "PUT /projects/{project}/published": asksActor("publish", "Whether everybody can see it at its address, or you alone", "The project", {
    scope: "admin",
  }),
})
  .openapi(
    memberDoor({
      method: "post",
      path: "/projects/{project}/entries",
      summary: "An address that opens what serves once, within a minute, while it is private",
      tags: ["Projects"],
      before: [refuseForeignProject],
      key: false,
      request: { params: projectParams, body: jsonRequest(previewEntryIn) },
      responses: { 201: jsonAnswer("The way in", previewEntryOut), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      const project = await findOwnProject(c, c.req.valid("param").project);
      const row = await findAppAddress(db, member.id, project);
      if (!row) throw new AppError("conflict", { what: "address" }, { message: `Nothing of ${project} was deployed yet.` });
      const place = { key: row.label, origin: appOrigin(config, row.label) };
      return c.json(await makeEntry(db, { member: member.id, signIn: c.var.signIn }, place, c.req.valid("json").path), 201);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/projects/{project}/logs",
      summary:
        "What its releases printed, a line of JSON each, oldest first; with `follow` what comes as well, with `crash` until the last crash",
      tags: ["Projects"],
      before: [refuseForeignProject],
      request: { params: projectParams, query: appLogsIn },
      responses: {
        200: { description: "Lines", content: { "application/x-ndjson": { schema: z.string() } } },
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const answer = await askApp(c, c.req.valid("param").project, "logs", c.req.valid("query"));
      return new Response(answer.body, { status: 200, headers: { "content-type": "application/x-ndjson" } }) as never; // a stream has no type here
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/projects/{project}/metrics",
      summary: "CPU, memory, requests, errors and latency by the minute, for a week at most",
      tags: ["Projects"],
      before: [refuseForeignProject],
      request: { params: projectParams, query: appMetricsIn },
      responses: { 200: jsonAnswer("Minutes", appMetrics), ...refusalAnswers },
    }),
    async (c) => {
      const answer = await askApp(c, c.req.valid("param").project, "metrics", c.req.valid("query"));
      return c.json(appMetrics.parse(await answer.json()), 200);
    },
  );
