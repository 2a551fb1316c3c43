import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import { z } from "zod";
import { type AppLine, appCancel, appPower, appPut, appRollBack, appStateHeader } from "../../schema/release/release-host.ts";
import { reachPut } from "../../schema/stack/egress-refusal.ts";
import { projectName } from "../../schema/task/spec.ts";
import { AppError, invalidInput } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import { admitMember } from "../auth.ts";
import { answerJson, memberRoute, readJsonBody, requestQuery, requireRunning, restOfPath } from "../request.ts";
import type { HostEnv, HostRequest, HostServices } from "../server.ts";
import { forwardToApp } from "./app-forward.ts";
import { keptMinutesMs } from "./app-history.ts";
import { appLogsQuery, followAppLogs, readAppLogs, readLastCrash } from "./app-logs.ts";
import { describeReleaseTrouble } from "./deployment.ts";

const appsRoute = `${memberRoute}/apps` as const;
const appRoute = `${appsRoute}/:project{[a-z0-9-]+}` as const;

/** What a host is asked about apps, `schema/release/release-host.ts`. */
export function mountAppRoutes(app: Hono<HostEnv>, api: HostServices): void {
  const [stack, bytes] = [admitMember(api, false), admitMember(api, true)];
  app
    .get(appsRoute, stack, (c) => answerJson(c, { apps: api.apps.list(c.var.row) }))
    .get(appRoute, stack, (c) => answerJson(c, api.apps.describe(c.var.row, projectParameter(c))))
    .put(appRoute, stack, (c) => putApp(api, c))
    .delete(appRoute, stack, (c) => deleteApp(api, c))
    .post(`${appRoute}/roll-back`, stack, async (c) =>
      answerJson(c, await api.apps.rollBack(c.var.row, projectParameter(c), (await readJsonBody(c, appRollBack)).to)),
    )
    .put(`${appRoute}/reach`, stack, async (c) =>
      answerJson(c, api.apps.setReach(c.var.row, projectParameter(c), (await readJsonBody(c, reachPut)).names)),
    )
    .post(`${appRoute}/cancel`, stack, async (c) =>
      answerJson(c, api.apps.cancel(c.var.row, projectParameter(c), (await readJsonBody(c, appCancel)).release)),
    )
    .post(`${appRoute}/power`, stack, async (c) =>
      answerJson(c, await api.apps.power(c.var.row, projectParameter(c), (await readJsonBody(c, appPower)).running)),
    )
    .get(`${appRoute}/logs`, bytes, (c) => getAppLogs(api, c))
    .get(`${appRoute}/metrics`, bytes, (c) => getAppMetrics(api, c))
    .all(`${appRoute}/http/:rest{.*}`, bytes, (c) => forwardRequestToApp(api, c));
}

function projectParameter(c: HostRequest): string {
  const parsed = projectName.safeParse(c.req.param("project"));
  if (!parsed.success) throw new AppError("not_found");
  return parsed.data;
}

/** Steps as they happen, one JSON line each, then how it ended. It goes on when the caller leaves. */
async function putApp(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const project = projectParameter(c);
  const release = api.apps.accept(row, project, await readJsonBody(c, appPut));
  const { requestId } = c.var;
  const { outgoing: response } = c.env;
  const line = (text: AppLine) => {
    if (!response.destroyed) response.write(`${JSON.stringify(text)}\n`);
  };
  response.writeHead(200, { "content-type": "application/x-ndjson", "x-request-id": requestId });
  response.flushHeaders();
  const beat = setInterval(() => !response.destroyed && response.write("\n"), limits.heartbeat); // a setup may be silent
  api.host.log("info", "release wanted", { requestId, member: row.member, project, release: release.release });
  try {
    await api.apps.deploy(row, release, line);
  } catch (error) {
    api.host.log("warn", "release not told", { requestId, member: row.member, project, error });
    line({ type: "error", ...describeReleaseTrouble(error) });
  } finally {
    clearInterval(beat);
  }
  response.end();
  return RESPONSE_ALREADY_SENT;
}

async function deleteApp(api: HostServices, c: HostRequest): Promise<Response> {
  const project = projectParameter(c);
  const data = new URLSearchParams(requestQuery(c)).get("data") ?? "false";
  if (data !== "true" && data !== "false") throw new AppError("invalid", { issues: [{ path: "data", message: "must be true or false" }] });
  return answerJson(c, { removed: await api.apps.remove(c.var.row, project, data === "true") });
}

function readQuery<T extends z.ZodType>(c: HostRequest, shape: T): z.infer<T> {
  const parsed = shape.safeParse(Object.fromEntries(new URLSearchParams(requestQuery(c))));
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}
/** Lines as JSON, the oldest first; where they are followed, until the caller leaves. */
async function getAppLogs(api: HostServices, c: HostRequest): Promise<Response> {
  const app = api.apps.requireApp(c.var.row, projectParameter(c));
  const query = readQuery(c, appLogsQuery);
  const isCrash = query.crash === "last";
  const read = isCrash ? { lines: await readLastCrash(api.host, app, query) } : await readAppLogs(api.host, app, query);
  const { outgoing: response } = c.env;
  api.views.watch(c.var.row.member, c.env.incoming.headers, response);
  response.writeHead(200, { "content-type": "application/x-ndjson", "x-request-id": c.var.requestId });
  response.flushHeaders();
  response.write(read.lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  if (query.follow === "true" && "place" in read) {
    const beat = setInterval(() => !response.destroyed && response.write("\n"), limits.heartbeat);
    await followAppLogs(api.host, app, query, read.place, response).finally(() => clearInterval(beat));
  }
  response.end();
  return RESPONSE_ALREADY_SENT;
}
const metricsQuery = z.object({
  hours: z.coerce
    .number()
    .min(1)
    .max(keptMinutesMs / 3_600_000)
    .default(24),
});
function getAppMetrics(api: HostServices, c: HostRequest): Response {
  const app = api.apps.requireApp(c.var.row, projectParameter(c));
  const from = api.host.now() - readQuery(c, metricsQuery).hours * 3_600_000;
  return answerJson(c, { minutes: api.host.ledger.history.minutes(app.member, app.project, from) });
}

/** The address of a release: whoever may come here was let in by the edge. */
async function forwardRequestToApp(api: HostServices, c: HostRequest): Promise<Response> {
  const project = projectParameter(c);
  const path = restOfPath(c, `/apps/${project}/http`) + requestQuery(c);
  api.views.watch(c.var.row.member, c.env.incoming.headers, c.env.outgoing);
  await forwardToApp(api, { row: c.var.row, project, path, requestId: c.var.requestId }, c.env).catch((error: unknown) => {
    c.env.outgoing.setHeader(appStateHeader, api.apps.describe(c.var.row, project).state);
    throw error;
  });
  return RESPONSE_ALREADY_SENT;
}
