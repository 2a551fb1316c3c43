import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import { attachmentFolder, attachmentLimits, attachmentName } from "../schema/conversation/attachment.ts";
import { hostCommitIn } from "../schema/git/repository.ts";
import { dockerName } from "../schema/machine/instance.ts";
import { mergeIn } from "../schema/merge.ts";
import type { PortsSeen } from "../schema/preview/preview.ts";
import { type ViewsEnded, viewsEndQuery } from "../schema/preview/preview-access.ts";
import { secretPrintsPut } from "../schema/project/secret-prints.ts";
import { packageIn } from "../schema/quest/quest-package.ts";
import { noteIn } from "../schema/receipt/receipt-api.ts";
import { agentServicesPut } from "../schema/stack/agent-services.ts";
import { boxPut } from "../schema/stack/box-image.ts";
import { type ReachPut, reachPut } from "../schema/stack/egress-refusal.ts";
import { agentPut } from "../schema/stack/stack.ts";
import { AppError, invalidInput } from "../schema/wire/error.ts";
import type { Id } from "../schema/wire/id.ts";
import { limits } from "../schema/wire/limits.ts";
import { redact } from "../schema/wire/log.ts";
import { ticketHeader } from "../schema/wire/ticket.ts";
import { putAttachment, readAttachment } from "./attachment.ts";
import { admitMember } from "./auth.ts";
import { ifFound } from "./docker.ts";
import { mountExportRoutes } from "./export/export-routes.ts";
import { forwardRequest, keepHeaders } from "./gateway/forward.ts";
import { commitFiles } from "./gitea/commit-files.ts";
import { giteaUrl } from "./gitea/gitea.ts";
import { previewMerge } from "./gitea/merge-preview.ts";
import { ensurePusher, forwardPush } from "./gitea/pusher.ts";
import { keepSecretPrints } from "./gitea/secret-prints.ts";
import type { LedgerStackRow } from "./ledger.ts";
import { isServerRunning, serverAddress } from "./opencode/server-process.ts";
import { tellBetween } from "./opencode/told-between.ts";
import { watchPorts } from "./preview/port-watch.ts";
import { forwardToPort, listAgentPorts } from "./preview/preview.ts";
import { mountAppRoutes } from "./release/app-routes.ts";
import {
  agentParameter,
  answerJson,
  memberRoute,
  readIdParameter,
  readJsonBody,
  readRequestBytes,
  requestQuery,
  requireRunning,
  restOfPath,
} from "./request.ts";
import { mountRunRoutes } from "./run/run-routes.ts";
import type { HostEnv, HostRequest, HostServices } from "./server.ts";
import { openAgentServices } from "./service/agent-services.ts";
import { wantFullBox } from "./stack/box-image.ts";
import { getStack, listStacks, putStack } from "./stack/stack-routes.ts";

const agentRoute = `${memberRoute}/agents/:agent{[A-Za-z0-9_]+}` as const;
/** A program of an agent by the port on which it listens; upgrades of it are in preview/upgrade.ts. */
const portRoute = `${agentRoute}/ports/:port{[0-9]{4,5}}` as const;
const attachmentRoute = `${agentRoute}/${attachmentFolder}/:rest{[^/]+}` as const;

/** The API of a host. `stack` takes a ticket for the stack, `bytes` a relay ticket as well. */
export function mountRoutes(app: Hono<HostEnv>, api: HostServices): void {
  const [stack, bytes] = [admitMember(api, false), admitMember(api, true)];
  app
    .get("/health", (c) => answerJson(c, { ok: true }))
    .get("/ready", (c) => getReady(api, c))
    .get("/metrics", (c) => getMetrics(api, c))
    .get("/stacks", (c) => listStacks(api, c))
    .put(memberRoute, (c) => putStack(api, c))
    .get(memberRoute, stack, (c) => getStack(api, c))
    .post(`${memberRoute}/notes`, stack, async (c) =>
      answerJson(c, await api.notes.add(requireRunning(api, c), await readJsonBody(c, noteIn))),
    )
    .put(`${memberRoute}/secret-prints`, stack, async (c) => {
      const { text } = await readJsonBody(c, secretPrintsPut, limits.modelBodyBytes);
      return answerJson(c, await keepSecretPrints(api.host, requireRunning(api, c), text));
    })
    .post(`${memberRoute}/merges`, stack, async (c) =>
      answerJson(c, await previewMerge(api.host, requireRunning(api, c), await readJsonBody(c, mergeIn))),
    )
    .put(`${memberRoute}/pusher`, stack, async (c) => answerJson(c, await ensurePusher(api.host, requireRunning(api, c))))
    .post(`${memberRoute}/commits`, bytes, async (c) =>
      answerJson(c, await commitFiles(api.host, requireRunning(api, c), await readJsonBody(c, hostCommitIn, limits.modelBodyBytes))),
    )
    .all(`${memberRoute}/push/:rest{.*}`, bytes, (c) => forwardPush(api, c, requireRunning(api, c)))
    .post(`${memberRoute}/packages`, stack, async (c) =>
      answerJson(c, await api.packages.fetch(requireRunning(api, c), await readJsonBody(c, packageIn))),
    )
    .put(`${memberRoute}/box`, stack, async (c) => {
      await readJsonBody(c, boxPut);
      return answerJson(c, await wantFullBox(api.host, requireRunning(api, c)));
    })
    .get(`${memberRoute}/terminals`, stack, (c) => answerJson(c, api.terminals.list(c.var.row.member)))
    .delete(`${memberRoute}/terminals/:terminal{[A-Za-z0-9_]+}`, stack, (c) => endTerminal(api, c))
    .delete(`${memberRoute}/views`, bytes, (c) => endViews(api, c))
    .delete(`${memberRoute}/views/:key{[A-Za-z0-9_-]+}`, bytes, (c) => endViews(api, c))
    .get(`${memberRoute}/egress`, bytes, (c) => answerJson(c, api.traffic.describe(c.var.row)))
    .get(`${memberRoute}/logs`, bytes, (c) => getLogs(api, c))
    .put(agentRoute, stack, async (c) => answerJson(c, await api.agents.put(c.var.row, agentParameter(c), await readJsonBody(c, agentPut))))
    .delete(agentRoute, stack, async (c) => answerJson(c, await api.agents.stop(c.var.row, agentParameter(c))))
    .put(`${agentRoute}/reach`, stack, async (c) =>
      answerJson(c, putReach(api, c.var.row, agentParameter(c), await readJsonBody(c, reachPut))),
    )
    .put(`${agentRoute}/services`, stack, async (c) =>
      answerJson(c, await openAgentServices(api.host, requireRunning(api, c), agentParameter(c), await readJsonBody(c, agentServicesPut))),
    )
    .delete(`${agentRoute}/seat`, stack, async (c) => answerJson(c, (await api.agents.leave(c.var.row, agentParameter(c)), {})))
    .delete(`${agentRoute}/processes`, stack, async (c) => answerJson(c, { killed: await api.agents.sweep(c.var.row, agentParameter(c)) }))
    .post(attachmentRoute, bytes, (c) => postAttachment(api, c))
    .get(attachmentRoute, bytes, (c) => getAttachment(api, c))
    .all(`${agentRoute}/opencode/:rest{.*}`, stack, (c) => forwardToOpenCode(api, c))
    .get(`${agentRoute}/ports`, stack, async (c) => getPorts(api, c))
    .all(`${portRoute}/:rest{.*}`, bytes, (c) => forwardPreview(api, c))
    .all(`${memberRoute}/git/:rest{.*}`, bytes, (c) => forwardToGitea(api, c));
  mountExportRoutes(app, api);
  mountRunRoutes(app, api);
  mountAppRoutes(app, api);
}

async function getReady(api: HostServices, c: HostRequest): Promise<Response> {
  await api.host.engine.call("ping", api.host.engine.docker.ping(), 3_000);
  const quiet = api.host.elapsed() - api.heartbeat.last();
  if (quiet > 3 * limits.heartbeat) throw new AppError("unavailable", { what: "heartbeat", quiet });
  return answerJson(c, { ready: true });
}

function getMetrics(api: HostServices, c: HostRequest): Response {
  const rows = api.host.ledger.stacks();
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(api.stacks.look(row), (counts.get(api.stacks.look(row)) ?? 0) + 1);
  const lines = [
    "# TYPE growqr_host_stacks gauge",
    ...[...counts].map(([state, count]) => `growqr_host_stacks{observed="${state}"} ${count}`),
    "# TYPE growqr_host_heartbeat_age_seconds gauge",
    `growqr_host_heartbeat_age_seconds ${((api.host.elapsed() - api.heartbeat.last()) / 1000).toFixed(1)}`,
    "# TYPE process_resident_memory_bytes gauge",
    `process_resident_memory_bytes ${process.memoryUsage().rss}`,
    "",
  ];
  return c.body(lines.join("\n"), 200, { "content-type": "text/plain; version=0.0.4" });
}

/** What one agent may reach beside what every box may; what is closed by that ends at once. */
function putReach({ host }: HostServices, row: LedgerStackRow, agent: Id<"agt">, { names }: ReachPut): ReachPut {
  if (!host.ledger.saveReach(row.member, agent, names)) throw new AppError("not_found");
  host.openNames.review(row.member);
  return { names };
}

/** Ends a terminal and what it runs; one that is not there has ended. preview/upgrade.ts opens one. */
async function endTerminal(api: HostServices, c: HostRequest): Promise<Response> {
  await api.terminals.end(c.var.row.member, readIdParameter("trm", c.req.param("terminal")));
  return answerJson(c, api.terminals.list(c.var.row.member));
}

function attachmentParameter(c: HostRequest): { agent: string; name: string } {
  const name = attachmentName.safeParse(restOfPath(c, `/${attachmentFolder}/`));
  if (!name.success) throw new AppError("not_found", { what: "attachment" });
  return { agent: agentParameter(c), name: name.data };
}
async function postAttachment(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const file = attachmentParameter(c);
  const bytes = await readRequestBytes(c.env.incoming, attachmentLimits.bytes);
  await putAttachment(api.host, row, { ...file, bytes });
  return answerJson(c, {});
}
async function getAttachment(api: HostServices, c: HostRequest): Promise<Response> {
  const bytes = await readAttachment(api.host, requireRunning(api, c), attachmentParameter(c));
  return c.body(new Uint8Array(bytes), 200, { "content-type": "application/octet-stream", "x-request-id": c.var.requestId });
}

/** That agent's OpenCode with its password added. Never for browsers: a relay ticket does not open it. */
async function forwardToOpenCode(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const { incoming, outgoing } = c.env;
  const known = api.host.ledger.agent(row.member, agentParameter(c));
  // A server that ended left its port to whoever takes it first: neither its password nor a prompt goes
  // there.
  if (!known?.password || !(await isServerRunning(api.host, known))) throw new AppError("unavailable", { what: "agent is not running" });
  const { url, authorization } = serverAddress(api.host, row, known);
  const rest = restOfPath(c, "/opencode");
  await forwardRequest(incoming, outgoing, {
    url: url + rest + requestQuery(c),
    keep: false,
    headers: { ...keepHeaders(incoming.headers, ["authorization", "cookie"]), authorization },
    ...(rest === "/global/event"
      ? { through: tellBetween([api.refusals.source(known.agent), watchPorts(api.host, row, known.agent)]) }
      : {}),
    firstByte: 600_000, // a prompt may be answered whole
    requestId: c.var.requestId,
  });
  return RESPONSE_ALREADY_SENT;
}

async function getPorts(api: HostServices, c: HostRequest): Promise<Response> {
  const { ports } = await listAgentPorts(api.host, requireRunning(api, c), agentParameter(c));
  return answerJson(c, { ports } satisfies PortsSeen);
}
/** A program that an agent has started, with all headers of who looks at it. */
async function forwardPreview(api: HostServices, c: HostRequest): Promise<Response> {
  const {
    env,
    var: { requestId },
  } = c;
  const port = Number(c.req.param("port"));
  const path = restOfPath(c, `/ports/${port}`) + requestQuery(c);
  api.views.watch(c.var.row.member, env.incoming.headers, env.outgoing);
  const asked = { row: requireRunning(api, c), agent: agentParameter(c), port, path, requestId };
  await forwardToPort(api.host, api.boxes, asked, env);
  return RESPONSE_ALREADY_SENT;
}

/** Who looked at a preview, an app or a terminal by a right that is gone, looks no longer. */
function endViews(api: HostServices, c: HostRequest): Response {
  const query = viewsEndQuery.safeParse(Object.fromEntries(new URLSearchParams(requestQuery(c))));
  if (!query.success) throw invalidInput(query.error);
  return answerJson(c, { ended: api.views.end(c.var.row.member, { ...query.data, key: c.req.param("key") }) } satisfies ViewsEnded);
}

/** The member's Gitea, API and Git alike, with the platform's token added. */
async function forwardToGitea(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const { incoming, outgoing } = c.env;
  api.views.watch(row.member, incoming.headers, outgoing);
  const rest = restOfPath(c, "/git");
  const writer = api.host.ledger.secret(row.member, "writer");
  if (!writer) throw new AppError("unavailable", { what: "gitea writer" });
  const api1 = rest.startsWith("/api/");
  const basic = `Basic ${Buffer.from(`growqr:${writer}`).toString("base64")}`; // what Git over HTTP takes
  await forwardRequest(incoming, outgoing, {
    url: giteaUrl(api.host, row) + rest + requestQuery(c),
    keep: false,
    headers: {
      ...keepHeaders(incoming.headers, [
        "authorization",
        "cookie",
        ticketHeader,
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
      ]),
      authorization: api1 ? `token ${writer}` : basic,
    },
    firstByte: limits.firstByte,
    requestId: c.var.requestId,
    strip: ["set-cookie"],
  });
  return RESPONSE_ALREADY_SENT;
}

/** The end of what both containers and the agents' servers wrote, as text, without credentials. */
async function getLogs(api: HostServices, c: HostRequest): Promise<Response> {
  const { row, requestId } = c.var;
  const asked = Number(new URLSearchParams(requestQuery(c)).get("tail") ?? 200);
  const tail = Number.isInteger(asked) && asked > 0 ? Math.min(asked, 2_000) : 200;
  const name = dockerName(api.host.instance, "gitea", row.member);
  const raw = await api.host.engine.call(
    "logs",
    ifFound(api.host.engine.docker.getContainer(name).logs({ stdout: true, stderr: true, tail })),
  );
  const text = `== gitea\n${unframeLog(raw)}\n${await api.agents.logs(row, tail)}`;
  return c.body(String(redact(text)), 200, { "content-type": "text/plain; charset=utf-8", "x-request-id": requestId });
}

/** Docker frames each chunk of a log: eight bytes, of which the last four are the length. */
function unframeLog(raw: Buffer | undefined): string {
  let text = "";
  for (let offset = 0; raw && offset + 8 <= raw.length; ) {
    const size = raw.readUInt32BE(offset + 4);
    text += raw.toString("utf8", offset + 8, offset + 8 + size);
    offset += 8 + size;
  }
  return text;
}
