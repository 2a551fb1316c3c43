import { and, count, desc, eq, inArray, isNotNull, isNull, ne, sql } from "drizzle-orm";
import { z } from "zod";
import { environmentName } from "../../schema/environment/environment.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import { projectSecretTable } from "../../schema/project/project-secret.table.ts";
import {
  mostProjectSecrets,
  projectSecretIn,
  projectSecretsOut,
  projectSecretValues,
  projectSecretView,
} from "../../schema/project/project-secret.ts";
import { projectName } from "../../schema/task/spec.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { memberDoor, runnerDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import { openSealed, sealValue } from "../kernel/envelope.ts";
import { findLastingProject, findOwnProject, refuseForeignProject } from "./own-project.ts";

/** Values of a project's variables. None is told again, but to the runner that hands them to its releases. */
const projectParams = z.object({ project: projectRef });
const secretParams = projectParams.extend({ name: environmentName });
export const projectSecretRecord = (project: string, name: string) => `project-secret/${project}/${name}`;
const ofProject = (member: Id<"mem">, project: string) =>
  and(eq(projectSecretTable.member, member), eq(projectSecretTable.project, project));
const keptOf = (member: Id<"mem">, project: string) => and(ofProject(member, project), isNull(projectSecretTable.removedAt));
/** Of so many names whose values were forgotten it is known which version was the last. */
const mostForgotten = 200;
async function forgetNames(db: Database, member: Id<"mem">, project: string): Promise<void> {
  const gone = and(ofProject(member, project), isNotNull(projectSecretTable.removedAt));
  const older = db
    .select({ name: projectSecretTable.name })
    .from(projectSecretTable)
    .where(gone)
    .orderBy(desc(projectSecretTable.removedAt))
    .limit(Number.MAX_SAFE_INTEGER) // an offset needs a limit, and Drizzle leaves out a negative one
    .offset(mostForgotten);
  await db.delete(projectSecretTable).where(and(gone, inArray(projectSecretTable.name, older)));
}

export const projectSecretRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/projects/{project}/secrets",
      summary: "Names of the variables that a project's releases are given; never a value",
      tags: ["Projects"],
      before: [refuseForeignProject],
      request: { params: projectParams },
      responses: { 200: jsonAnswer("Secrets", projectSecretsOut.meta({ id: "ProjectSecrets" })), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const project = await findOwnProject(c, c.req.valid("param").project);
      const rows = await db.select().from(projectSecretTable).where(keptOf(member.id, project)).orderBy(projectSecretTable.name);
      return c.json({ secrets: rows.map(({ name, version, updatedAt }) => ({ name, version, updatedAt })) }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "put",
      path: "/projects/{project}/secrets/{name}",
      summary: "Keep the value of a variable for the project's next release; the same name again replaces it",
      tags: ["Projects"],
      before: [refuseForeignProject],
      key: false,
      scope: "admin",
      request: { params: secretParams, body: jsonRequest(projectSecretIn) },
      responses: { 200: jsonAnswer("Kept", projectSecretView.meta({ id: "ProjectSecret" })), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member } = c.var;
      const { name, project: asked } = c.req.valid("param");
      const { value } = c.req.valid("json");
      const project = await findLastingProject(c, asked);
      const others = await db
        .select({ n: count() })
        .from(projectSecretTable)
        .where(and(keptOf(member.id, project), ne(projectSecretTable.name, name)))
        .get();
      if ((others?.n ?? 0) >= mostProjectSecrets)
        throw new AppError("conflict", {}, { message: `${project} has ${mostProjectSecrets} secrets already.` });
      const sealed = await sealValue(config, member.id, projectSecretRecord(project, name), value);
      const updatedAt = Date.now();
      const [row] = await db
        .insert(projectSecretTable)
        .values({ member: member.id, project, name, sealed, version: 1, updatedAt })
        .onConflictDoUpdate({
          target: [projectSecretTable.member, projectSecretTable.project, projectSecretTable.name],
          set: { sealed, updatedAt, version: sql`${projectSecretTable.version} + 1`, removedAt: null },
        })
        .returning({ version: projectSecretTable.version });
      await askOwnActor(c, "followSecrets", {}); // from then on no commit may hold it
      return c.json({ name, version: row!.version, updatedAt }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/projects/{project}/secrets/{name}",
      summary: "Forget the value of a variable; releases that have it keep it until the next",
      tags: ["Projects"],
      before: [refuseForeignProject],
      scope: "admin",
      request: { params: secretParams },
      responses: { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member } = c.var;
      const { name, project: asked } = c.req.valid("param");
      const project = await findOwnProject(c, asked);
      const sealed = await sealValue(config, member.id, projectSecretRecord(project, name), ""); // nothing of it is kept
      const done = await db
        .update(projectSecretTable)
        .set({ sealed, removedAt: Date.now() })
        .where(and(keptOf(member.id, project), eq(projectSecretTable.name, name)));
      await forgetNames(db, member.id, project);
      await askOwnActor(c, "followSecrets", {}); // what it was is ordinary text again. Also the second time: the first may have failed here
      if (done.rowsAffected === 0) throw new AppError("not_found");
      return c.json({ removed: true }, 200);
    },
  )
  .openapi(
    runnerDoor({
      method: "post",
      path: "/stacks/{member}/projects/{project}/secrets",
      summary: "The values of a project's variables, for a release that is about to be started",
      tags: ["Stacks"],
      request: { params: z.object({ member: id("mem"), project: projectName }) },
      responses: { 200: jsonAnswer("By the names of variables", projectSecretValues), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config } = c.var;
      const { member, project } = c.req.valid("param");
      const rows = await db.select().from(projectSecretTable).where(keptOf(member, project));
      const open = async ({ name, sealed }: (typeof rows)[number]) =>
        [name, await openSealed(config, member, projectSecretRecord(project, name), sealed)] as const;
      const versions = Object.fromEntries(rows.map(({ name, version }) => [name, version]));
      return c.json({ values: Object.fromEntries(await Promise.all(rows.map(open))), versions }, 200);
    },
  );
