import type { Context } from "hono";
import { z } from "zod";
import { subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import type { DomainRow } from "../../schema/domain/domain.table.ts";
import { domainIn, domainsOut, domainView, leastBetweenLooks } from "../../schema/domain/domain.ts";
import { judgeDomainName } from "../../schema/domain/domain-name.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { requireEntitlement, subscriptionOf } from "../billing/entitlement.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import { listOwnHosts } from "../preview/preview-address.ts";
import { takeLabel } from "../project/app-address.ts";
import { findLastingProject, findOwnProject, refuseForeignProject } from "../project/own-project.ts";
import { lookAtDomain } from "./domain-look.ts";
import { claimDomain, findDomainMode, isTaken, listDomains, markRemoved, requireDomain, restartDomain, viewDomain } from "./domain-row.ts";

/** Domains of a member's own for what serves of a project. */
const domainsParams = z.object({ project: projectRef });
const domainParams = domainsParams.extend({ domainId: id("dom") });
const view = domainView.meta({ id: "Domain" });
type Asked = Context<EdgeApp & SessionVariables>;

async function findMost({ var: { db, member } }: Asked): Promise<number> {
  const row = await subscriptionOf(db, member.id);
  return row ? subscriptionPlans[row.plan].domains : 0;
}
const worldOf = (c: Asked) => ({ env: c.env, ...c.var });
const labelOf = ({ var: { db, config, member } }: Asked, project: string) =>
  takeLabel(db, member.id, project, config.ENVIRONMENT === "local");
async function viewNow(c: Asked, { project, id }: Pick<DomainRow, "project" | "id">) {
  const { config, db, member } = c.var;
  return viewDomain(config, await requireDomain(db, member.id, project, id), await labelOf(c, project));
}

export const domainRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/projects/{project}/domains",
      summary: "Domains of your own for a project: how each stands, and which records it needs",
      tags: ["Projects"],
      before: [refuseForeignProject],
      request: { params: domainsParams },
      responses: { 200: jsonAnswer("Domains", domainsOut.meta({ id: "Domains" })), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      const demo = findDomainMode(config) === "demo";
      const project = await findOwnProject(c, c.req.valid("param").project);
      const rows = await listDomains(db, member.id, project);
      const label = rows.length > 0 ? await labelOf(c, project) : undefined;
      return c.json({ domains: label ? rows.map((row) => viewDomain(config, row, label)) : [], most: await findMost(c), demo }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/projects/{project}/domains",
      summary: "Add a domain of your own; the answer says which records its DNS needs. The same again is the same one",
      tags: ["Projects"],
      before: [refuseForeignProject],
      scope: "admin",
      request: { params: domainsParams, body: jsonRequest(domainIn) },
      responses: { 201: jsonAnswer("The domain", view), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      const now = Date.now();
      await requireEntitlement(db, member.id, now);
      const mode = findDomainMode(config);
      const project = await findLastingProject(c, c.req.valid("param").project);
      const hosts = listOwnHosts(config).filter((host) => host.includes(".") && !/^[\d.]+$/.test(host));
      const judged = judgeDomainName(c.req.valid("json").name, { ownHosts: hosts, demo: mode === "demo" });
      if (!judged.ok) throw new AppError("invalid", { issues: [{ path: "name", message: judged.reason }] }, { message: judged.reason });
      if (await isTaken(db, member.id, judged.name))
        throw new AppError("conflict", { what: "domain" }, { message: `Another account has proven that ${judged.name} is its own.` });
      await labelOf(c, project);
      const row = await claimDomain(db, { member: member.id, project, name: judged.name, most: await findMost(c) }, now);
      if (row.checkedAt === null) await lookAtDomain(worldOf(c), row.id, now);
      return c.json(await viewNow(c, row), 201);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/projects/{project}/domains/{domainId}/check",
      summary: "Look at a domain now: its records, then its certificate. One that has failed begins anew",
      tags: ["Projects"],
      before: [refuseForeignProject],
      request: { params: domainParams },
      responses: { 200: jsonAnswer("The domain", view), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const { project: asked, domainId } = c.req.valid("param");
      const project = await findOwnProject(c, asked);
      const row = await requireDomain(db, member.id, project, domainId);
      const now = Date.now();
      if (row.state === "failed") await restartDomain(db, row, now);
      if (row.checkedAt === null || now - row.checkedAt >= leastBetweenLooks) await lookAtDomain(worldOf(c), row.id, now);
      return c.json(await viewNow(c, row), 200);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/projects/{project}/domains/{domainId}",
      summary: "Remove a domain: it serves nothing from now on, and its certificate is taken back",
      tags: ["Projects"],
      before: [refuseForeignProject],
      scope: "admin",
      request: { params: domainParams },
      responses: { 200: jsonAnswer("It serves nothing any more", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const { project: asked, domainId } = c.req.valid("param");
      const project = await findOwnProject(c, asked);
      const [row] = await markRemoved(db, member.id, project, domainId);
      if (!row) throw new AppError("not_found", { what: "domain" });
      await lookAtDomain(worldOf(c), row.id, Date.now());
      return c.json({ removed: true }, 200);
    },
  );
