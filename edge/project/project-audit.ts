import { z } from "zod";
import { type AuditQuery, auditPage, auditQuery } from "../../schema/audit/audit.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import type { RegistryProjectRow } from "../../schema/project/registry-project.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import { listAudit } from "../audit.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import { chainPending } from "../kernel/audit.ts";
import type { Database } from "../kernel/db.ts";
import { findOwnProject, listOwnProjects } from "./own-project.ts";

/** What rows of the audit are a project's: they name it by one of the keys, within a time. */
type ProjectRows = { keys: string[]; from?: number; to?: number };
/**
 * One project of several of its name: what came after the one before was deleted, until it was itself. One
 * that ends when the next begins was not deleted: its actor had lost its storage, and read it back.
 */
async function findLifetime(db: Database, { id, member, name, createdAt, removedAt }: RegistryProjectRow): Promise<ProjectRows> {
  const all = await listOwnProjects(db, member, name);
  const begins = new Set(all.map((each) => each.createdAt));
  const before = all.filter((each) => each.id !== id && each.createdAt < createdAt);
  const deleted = before.filter((each) => each.removedAt !== null && !begins.has(each.removedAt));
  const from = Math.max(0, ...deleted.map((each) => (each.removedAt ?? 0) + 1));
  return {
    keys: [name, id, ...before.filter((each) => !deleted.includes(each)).map((each) => each.id)],
    from,
    ...(removedAt === null ? {} : { to: removedAt + 1 }),
  };
}
/** A page, newest first. Each key is asked for by itself, so that its index gives the order. */
async function listProjectAudit(db: Database, member: Id<"mem">, query: AuditQuery, { keys, from = 0, to = Infinity }: ProjectRows) {
  const within = {
    ...query,
    from: Math.max(query.from ?? 0, from),
    ...(Math.min(query.to ?? to, to) === Infinity ? {} : { to: Math.min(query.to ?? to, to) }),
  };
  const pages = await Promise.all([...new Set(keys)].map((key) => listAudit(db, member, within, key)));
  const all = pages.flatMap(({ rows }) => rows).sort((a, b) => b.at - a.at || b.seq - a.seq);
  const rows = all.slice(0, query.limit);
  const isMore = all.length > rows.length || pages.some(({ next }) => next !== null);
  return { rows, next: isMore ? String(rows.at(-1)?.seq ?? "") : null };
}

export const projectAuditRoutes = newApp().openapi(
  memberDoor({
    method: "get",
    path: "/projects/{project}/audit",
    summary: "Your audit of one project, newest first: itself, its releases, tasks, incidents, secrets, domains and its repository",
    description: "Pages as `GET /audit` has them. One that was deleted still has its audit, by its name or its id.",
    tags: ["Projects"],
    request: { params: z.object({ project: projectRef }), query: auditQuery },
    responses: { 200: jsonAnswer("A page of it", auditPage), ...refusalAnswers },
  }),
  async (c) => {
    const { db, member } = c.var;
    const { project } = c.req.valid("param");
    const query = c.req.valid("query");
    await chainPending(db, member.id, Date.now());
    const known = await listOwnProjects(db, member.id, project);
    const [row] = known;
    if (row?.id === project) return c.json(await listProjectAudit(db, member.id, query, await findLifetime(db, row)), 200);
    const page = await listProjectAudit(db, member.id, query, { keys: [project, ...known.map(({ id }) => id)] });
    if (page.rows.length > 0 || known.length > 0) return c.json(page, 200); // one that was deleted long ago has rows alone
    return c.json(await listProjectAudit(db, member.id, query, { keys: [await findOwnProject(c, project), project] }), 200);
  },
);
