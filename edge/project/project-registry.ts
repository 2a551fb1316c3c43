import { and, eq, isNull, lt, ne, sql } from "drizzle-orm";
import { z } from "zod";
import { memberTable } from "../../schema/account/member.table.ts";
import { registryProjectTable } from "../../schema/project/registry-project.table.ts";
import { registeredOut, registryProjectIn } from "../../schema/project/registry-project.ts";
import { projectName } from "../../schema/task/spec.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import { runnerDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";

/** Whose each project is, as actors have said it (schema/project/registry-project.table.ts). */
export const projectRegistryRoutes = newApp().openapi(
  runnerDoor({
    method: "put",
    path: "/stacks/{member}/projects/{project}",
    summary: "A project of the member was made, or deleted: whose it is is kept. The same again, or in another order, changes nothing",
    tags: ["Stacks"],
    request: { params: z.object({ member: id("mem"), project: projectName }), body: jsonRequest(registryProjectIn) },
    responses: { 200: jsonAnswer("It is kept", registeredOut), ...refusalAnswers },
  }),
  async (c) => {
    const { db } = c.var;
    const { member, project: name } = c.req.valid("param");
    const { removedAt = null, ...said } = c.req.valid("json");
    if (!(await db.select({ id: memberTable.id }).from(memberTable).where(eq(memberTable.id, member)).get()))
      throw new AppError("not_found");
    const { id: key, member: owner, name: named, createdAt, removedAt: gone } = registryProjectTable;
    const rows = await db
      .insert(registryProjectTable)
      .values({ member, name, ...said, removedAt })
      .onConflictDoUpdate({ target: key, set: { removedAt: sql`coalesce(${gone}, ${removedAt})` }, setWhere: eq(owner, member) })
      .returning({ id: key });
    if (rows.length === 0) throw new AppError("conflict", { what: "project" }, { message: "This id is another project's." });
    // One of before whose actor has lost its storage, and so can't say itself that it is no more.
    const earlier = and(eq(owner, member), eq(named, name), ne(key, said.id), isNull(gone), lt(createdAt, said.createdAt));
    await db.update(registryProjectTable).set({ removedAt: said.createdAt }).where(earlier);
    return c.json({ registered: true as const }, 200);
  },
);
