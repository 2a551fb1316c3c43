import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { projectSecretTable } from "../../schema/project/project-secret.table.ts";
import { appAddressTable } from "../../schema/release/app-address.table.ts";
import { projectName } from "../../schema/task/spec.ts";
import { id } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { lookAtDomain } from "../domain/domain-look.ts";
import { markRemoved } from "../domain/domain-row.ts";
import { runnerDoor } from "../door.ts";
import { jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import { publicAddresses } from "./app-address.ts";

/** What the edge keeps of a project goes with it, but its label: that is one project's for good. */
export const projectRemovalRoutes = newApp().openapi(
  runnerDoor({
    method: "delete",
    path: "/stacks/{member}/projects/{project}",
    summary: "A project is deleted or taken offline: its address is nothing, its domains and secrets go. The same again changes nothing",
    tags: ["Stacks"],
    request: { params: z.object({ member: id("mem"), project: projectName }) },
    responses: { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers },
  }),
  async (c) => {
    const { db } = c.var;
    const { member, project } = c.req.valid("param");
    const now = Date.now();
    const address = and(eq(appAddressTable.member, member), eq(appAddressTable.project, project));
    await db.update(appAddressTable).set({ published: false, retiredAt: now }).where(address);
    publicAddresses.forgetAll();
    await db.delete(projectSecretTable).where(and(eq(projectSecretTable.member, member), eq(projectSecretTable.project, project)));
    const domains = await markRemoved(db, member, project);
    c.executionCtx.waitUntil(Promise.all(domains.map((row) => lookAtDomain({ env: c.env, ...c.var }, row.id, now))));
    return c.json({ removed: true }, 200);
  },
);
