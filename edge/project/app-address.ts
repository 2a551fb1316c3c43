import { and, eq, isNull } from "drizzle-orm";
import { z } from "zod";
import { memberTable } from "../../schema/account/member.table.ts";
import { type AppAddressRow, appAddressTable } from "../../schema/release/app-address.table.ts";
import { appAddressIn, appAddressOut, listAppLabels } from "../../schema/release/app-address.ts";
import { projectName } from "../../schema/task/spec.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { TimedCache } from "../../schema/wire/timed-cache.ts";
import { runnerDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { Database } from "../kernel/db.ts";

import { appOrigin } from "../preview/preview-address.ts";

/**
 * What is seen at a host name, where everybody may see it. Another isolate goes on with it for a second after
 * it was changed; the host, which is told of that, refuses whoever comes by what was read before.
 */
export const publicAddresses = new TimedCache<AppAddressRow>({ ms: 1_000, most: 1_000 });
export const findAppAddress = (db: Database, member: Id<"mem">, project: string): Promise<AppAddressRow | undefined> =>
  db
    .select()
    .from(appAddressTable)
    .where(and(eq(appAddressTable.member, member), eq(appAddressTable.project, project)))
    .get();
/** What is seen at a label; undefined where nothing is, or nothing any more. */
export const findAppLabel = (db: Database, label: string): Promise<AppAddressRow | undefined> =>
  db
    .select()
    .from(appAddressTable)
    .where(and(eq(appAddressTable.label, label), isNull(appAddressTable.retiredAt)))
    .get();

/** The project's label, taken where it has none yet. Of two calls at once the keys let one take it. */
export async function takeLabel(db: Database, member: Id<"mem">, project: string, plain: boolean): Promise<AppAddressRow> {
  const known = await findAppAddress(db, member, project);
  if (known) return known;
  for (const label of listAppLabels(project, member, plain)) {
    await db.insert(appAddressTable).values({ label, member, project, createdAt: Date.now() }).onConflictDoNothing();
    const row = await findAppAddress(db, member, project);
    if (row) return row;
  }
  throw new AppError("conflict", { what: "label" }, { message: `No address is free for ${project}.` });
}

export const appAddressRoutes = newApp().openapi(
  runnerDoor({
    method: "put",
    path: "/stacks/{member}/projects/{project}/address",
    summary: "Where the releases of a project are seen, and whether by everybody; a name is taken for it where it has none",
    tags: ["Stacks"],
    request: { params: z.object({ member: id("mem"), project: projectName }), body: jsonRequest(appAddressIn) },
    responses: { 200: jsonAnswer("The address", appAddressOut), ...refusalAnswers },
  }),
  async (c) => {
    const { db, config } = c.var;
    const { member, project } = c.req.valid("param");
    const { published } = c.req.valid("json");
    if (!(await db.select({ id: memberTable.id }).from(memberTable).where(eq(memberTable.id, member)).get()))
      throw new AppError("not_found");
    const { label } = await takeLabel(db, member, project, config.ENVIRONMENT === "local");
    const ofMember = and(eq(appAddressTable.label, label), eq(appAddressTable.member, member));
    const set = { retiredAt: null, ...(published === undefined ? {} : { published }) };
    const [row] = await db.update(appAddressTable).set(set).where(ofMember).returning();
    publicAddresses.forgetAll();
    return c.json({ address: `${appOrigin(config, label)}/`, published: row!.published }, 200);
  },
);
