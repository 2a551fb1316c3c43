import { and, desc, eq, or } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { z } from "zod";
import type { projectRef } from "../../schema/project/project-ref.ts";
import { type RegistryProjectRow, registryProjectTable } from "../../schema/project/registry-project.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import type { EdgeApp } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";

/**
 * A project that a call names, as the registry knows it. A row may be late, so that one without a row is
 * asked for from the member's actor; what a row says of its owner holds, and no actor is woken for it.
 */
type ProjectRef = z.infer<typeof projectRef>;
type AskedByMember = Context<EdgeApp & SessionVariables>;

/** The member's rows that a reference names, those that are there first, the newest first. */
export async function listOwnProjects(db: Database, member: Id<"mem">, project: ProjectRef): Promise<RegistryProjectRow[]> {
  const named = or(eq(registryProjectTable.name, project), eq(registryProjectTable.id, project as Id<"prj">));
  const rows = await db
    .select()
    .from(registryProjectTable)
    .where(and(eq(registryProjectTable.member, member), named))
    .orderBy(desc(registryProjectTable.createdAt));
  return rows.sort((a, b) => Number(a.removedAt !== null) - Number(b.removedAt !== null));
}
/** Whether an id is known to be of no project of this member: of another's, or of one that was deleted. */
async function isKnownAsNone(db: Database, member: Id<"mem">, project: string): Promise<boolean> {
  const asked = id("prj").safeParse(project);
  if (!asked.success) return false; // a name is looked for among the caller's own
  const row = await db.select().from(registryProjectTable).where(eq(registryProjectTable.id, asked.data)).get();
  return row !== undefined && (row.member !== member || row.removedAt !== null);
}

/** Before whatever asks the actor for a project: what is known to be none of the member's is not found. */
export const refuseForeignProject = createMiddleware<EdgeApp & SessionVariables>(async (c, next) => {
  const project = c.req.param("project");
  if (project !== undefined && (await isKnownAsNone(c.var.db, c.var.member.id, project)))
    throw new AppError("not_found", { what: "project" });
  await next();
});

/** The name of the member's own project. */
export async function findOwnProject(c: AskedByMember, project: ProjectRef): Promise<string> {
  const [row] = await listOwnProjects(c.var.db, c.var.member.id, project);
  if (row?.removedAt === null) return row.name;
  return (await askOwnActor(c, "project", { project })).project.name;
}

/** As `findOwnProject`, and of one that was deleted: who lost the connection reads what it told last. */
export async function findFollowedProject(c: AskedByMember, project: ProjectRef): Promise<string> {
  const [row] = await listOwnProjects(c.var.db, c.var.member.id, project);
  if (row === undefined || row.removedAt === null) return findOwnProject(c, project);
  const [newest] = await listOwnProjects(c.var.db, c.var.member.id, row.name);
  if (newest?.id !== row.id) throw new AppError("not_found", { what: "project" }); // its name is another's now
  return row.name;
}
/** As `findOwnProject`; refused while it is being taken away: what came to it then would be left over. */
export async function findLastingProject(c: AskedByMember, project: ProjectRef): Promise<string> {
  const { name, state } = (await askOwnActor(c, "project", { project })).project;
  if (state === "removing") throw new AppError("conflict", { what: "project" }, { message: `${name} is just being taken away.` });
  return name;
}
