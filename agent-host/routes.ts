import type { IncomingMessage } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import type { z } from "zod";
import { attachmentFolder, attachmentLimits, attachmentName } from "../schema/conversation/attachment.ts";
import { dockerName } from "../schema/machine/instance.ts";
import { mergeIn } from "../schema/merge.ts";
import { type RunLine, runIn } from "../schema/proof/proof.ts";
import { packageIn } from "../schema/quest/quest-package.ts";
import { noteIn } from "../schema/receipt/receipt-api.ts";
import { type ReachPut, reachPut } from "../schema/stack/egress-refusal.ts";
import { agentPut, type StackLine, type StackSeen, stackPut } from "../schema/stack/stack.ts";
import { AppError, errorTable, invalidInput } from "../schema/wire/error.ts";
import { type Id, id } from "../schema/wire/id.ts";
import { parseRequestJson } from "../schema/wire/json-text.ts";
import { limits } from "../schema/wire/limits.ts";
import { redact } from "../schema/wire/log.ts";
import { putAttachment, readAttachment } from "./attachment.ts";
import { admitMember, readStackTicket, requestPath } from "./auth.ts";
import { ifFound } from "./docker.ts";
import { forwardRequest, keepHeaders } from "./gateway/forward.ts";
import { giteaUrl } from "./gitea/gitea.ts";
import { previewMerge } from "./gitea/merge-preview.ts";
import type { LedgerStackRow } from "./ledger.ts";
import { tellRefusals } from "./network/refusals.ts";
import { isServerRunning, serverAddress } from "./opencode/opencode.ts";
import { errorLine } from "./run/run.ts";
import type { HostEnv, HostRequest, HostServices } from "./server.ts";

const memberRoute = "/stacks/:member{[A-Za-z0-9_]+}";
const agentRoute = `${memberRoute}/agents/:agent{[A-Za-z0-9_]+}` as const;
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
    .post(`${memberRoute}/runs`, stack, (c) => postRun(api, c))
    .post(`${memberRoute}/notes`, stack, async (c) =>
      answerJson(c, await api.notes.add(requireRunning(api, c), await readJsonBody(c, noteIn))),
    )
    .post(`${memberRoute}/merges`, stack, async (c) =>
      answerJson(c, await previewMerge(api.host, requireRunning(api, c), await readJsonBody(c, mergeIn))),
    )
    .post(`${memberRoute}/packages`, stack, async (c) =>
      answerJson(c, await api.packages.fetch(requireRunning(api, c), await readJsonBody(c, packageIn))),
    )
    .get(`${memberRoute}/logs`, bytes, (c) => getLogs(api, c))
    .put(agentRoute, stack, async (c) => answerJson(c, await api.agents.put(c.var.row, agentParameter(c), await readJsonBody(c, agentPut))))
    .delete(agentRoute, stack, async (c) => answerJson(c, await api.agents.stop(c.var.row, agentParameter(c))))
    .put(`${agentRoute}/reach`, stack, async (c) =>
      answerJson(c, putReach(api, c.var.row, agentParameter(c), await readJsonBody(c, reachPut))),
    )
    .delete(`${agentRoute}/seat`, stack, async (c) => answerJson(c, (await api.agents.leave(c.var.row, agentParameter(c)), {})))
    .delete(`${agentRoute}/processes`, stack, async (c) => answerJson(c, { killed: await api.agents.sweep(c.var.row, agentParameter(c)) }))
    .post(attachmentRoute, bytes, (c) => postAttachment(api, c))
    .get(attachmentRoute, bytes, (c) => getAttachment(api, c))
    .all(`${agentRoute}/opencode/:rest{.*}`, stack, (c) => forwardToOpenCode(api, c))
    .all(`${memberRoute}/git/:rest{.*}`, bytes, (c) => forwardToGitea(api, c));
}

const answerJson = (c: HostRequest, body: object) => c.json(body, 200, { "x-request-id": c.var.requestId });
const memberParameter = (c: HostRequest): Id<"mem"> => readIdParameter("mem", c.req.param("member"));
const agentParameter = (c: HostRequest): Id<"agt"> => readIdParameter("agt", c.req.param("agent"));
/** An id in a path; another kind of id is nothing that is here. */
function readIdParameter<P extends "mem" | "agt">(prefix: P, text: string | undefined): Id<P> {
  const parsed = id(prefix).safeParse(text);
  if (!parsed.success) throw new AppError("not_found");
  return parsed.data;
}
/** What follows `part` in a path, as it came: Hono's own parameters are decoded. */
const restOfPath = (c: HostRequest, part: string): string => c.req.path.slice(c.req.path.indexOf(part) + part.length);
const requestQuery = ({ env }: HostRequest): string => (env.incoming.url ?? "").slice(requestPath(env.incoming).length);

async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > most) throw new AppError("too_large");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
async function readJsonBody<T extends z.ZodType>(c: HostRequest, shape: T): Promise<z.infer<T>> {
  const parsed = shape.safeParse(parseRequestJson((await readBody(c.env.incoming, limits.bodyBytes)).toString("utf8")));
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

async function describeStack(api: HostServices, row: LedgerStackRow): Promise<StackSeen> {
  return {
    member: row.member,
    stackId: row.stack,
    epoch: row.epoch,
    generation: row.generation,
    tier: row.tier,
    ceiling: row.ceiling,
    observed: api.stacks.look(row),
    memoryMissing: api.stacks.memoryMissing(row),
    containers: {
      gitea: dockerName(api.host.instance, "gitea", row.member),
      opencode: dockerName(api.host.instance, "opencode", row.member),
    },
    agents: await api.agents.list(row.member),
  };
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

/** A ticket opens one stack, so the list is of one. */
async function listStacks(api: HostServices, c: HostRequest): Promise<Response> {
  const claims = await readStackTicket(c.env.incoming, api.machine(), api.keys);
  const row = api.host.ledger.stack(claims.member);
  return answerJson(c, { stacks: row && row.epoch <= claims.epoch ? [await describeStack(api, row)] : [] });
}

async function getStack(api: HostServices, c: HostRequest): Promise<Response> {
  await api.stacks.refresh();
  return answerJson(c, await describeStack(api, c.var.row));
}

/**
 * Steps as they happen, one JSON line each, then what is seen or one error. The work goes on when the caller
 * leaves.
 */
async function putStack(api: HostServices, c: HostRequest): Promise<Response> {
  const asked = memberParameter(c);
  const claims = await readStackTicket(c.env.incoming, api.machine(), api.keys);
  if (claims.member !== asked) throw new AppError("not_found", { what: "ticket for another member" });
  const body = await readJsonBody(c, stackPut);
  const { requestId } = c.var;
  const { outgoing: response } = c.env;
  const line = (text: StackLine) => {
    if (!response.destroyed) response.write(`${JSON.stringify(text)}\n`);
  };
  const row = api.stacks.accept(claims, body);
  response.writeHead(200, { "content-type": "application/x-ndjson", "x-request-id": requestId });
  response.flushHeaders();
  api.host.log("info", "stack wanted", { requestId, member: claims.member, epoch: claims.epoch, ...body });
  try {
    line({ type: "observed", stack: await describeStack(api, await api.stacks.bring(row, line)) });
  } catch (error) {
    api.host.log("warn", "stack not as wanted", { requestId, member: claims.member, error });
    line({ type: "error", ...describeFailure(error) });
  }
  response.end();
  return RESPONSE_ALREADY_SENT;
}
function describeFailure(error: unknown): { code: string; message: string } {
  return error instanceof AppError
    ? { code: error.code, message: error.message }
    : { code: "internal", message: errorTable.internal.message };
}

/** What one agent may reach beside what every box may; the same again changes nothing. */
function putReach(api: HostServices, row: LedgerStackRow, agent: Id<"agt">, { names }: ReachPut): ReachPut {
  if (!api.host.ledger.saveReach(row.member, agent, names)) throw new AppError("not_found");
  return { names };
}

/** The stack of a call that works in its containers. */
function requireRunning(api: HostServices, { var: { row } }: HostRequest): LedgerStackRow {
  if (!api.stacks.running(row.member)) throw new AppError("unavailable", { what: "stack is not running" });
  return row;
}

function attachmentParameter(c: HostRequest): { agent: string; name: string } {
  const name = attachmentName.safeParse(restOfPath(c, `/${attachmentFolder}/`));
  if (!name.success) throw new AppError("not_found", { what: "attachment" });
  return { agent: agentParameter(c), name: name.data };
}
async function postAttachment(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const file = attachmentParameter(c);
  const bytes = await readBody(c.env.incoming, attachmentLimits.bytes);
  await putAttachment(api.host, row, { ...file, bytes });
  return answerJson(c, {});
}
async function getAttachment(api: HostServices, c: HostRequest): Promise<Response> {
  const bytes = await readAttachment(api.host, requireRunning(api, c), attachmentParameter(c));
  return c.body(new Uint8Array(bytes), 200, { "content-type": "application/octet-stream", "x-request-id": c.var.requestId });
}

/** A clean room: lines as they come, the verdict last. It ends when its caller leaves. */
async function postRun(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const input = await readJsonBody(c, runIn);
  const { requestId } = c.var;
  const { outgoing: response } = c.env;
  const left = new AbortController();
  response.once("close", () => left.abort());
  const emit = (line: RunLine) => {
    if (!response.destroyed) response.write(`${JSON.stringify(line)}\n`);
  };
  response.writeHead(200, { "content-type": "application/x-ndjson", "x-request-id": requestId });
  response.flushHeaders();
  const beat = setInterval(() => !response.destroyed && response.write("\n"), limits.heartbeat); // it waits its turn, or a check is silent
  const about = { requestId, member: row.member, run: input.id, repo: input.repo, commit: input.commit };
  try {
    const result = await api.runs.run(row, input, emit, left.signal);
    api.host.log("info", "run ended", {
      ...about,
      passed: result.passed,
      failures: result.failures,
      ms: result.endedAt - result.startedAt,
    });
    emit({ type: "result", result });
  } catch (error) {
    api.host.log("warn", "run gave no verdict", { ...about, error });
    emit(errorLine(error));
  } finally {
    clearInterval(beat);
  }
  response.end();
  return RESPONSE_ALREADY_SENT;
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
    ...(rest === "/global/event" ? { through: tellRefusals(api.refusals, known.agent) } : {}),
    firstByte: 600_000, // a prompt may be answered whole
    requestId: c.var.requestId,
  });
  return RESPONSE_ALREADY_SENT;
}

/** The member's Gitea, API and Git alike, with the platform's token added. */
async function forwardToGitea(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const { incoming, outgoing } = c.env;
  const rest = restOfPath(c, "/git");
  const writer = api.host.ledger.secret(row.member, "writer");
  if (!writer) throw new AppError("unavailable", { what: "gitea writer" });
  const api1 = rest.startsWith("/api/");
  const basic = `Basic ${Buffer.from(`growqr:${writer}`).toString("base64")}`; // what Git over HTTP takes
  await forwardRequest(incoming, outgoing, {
    url: giteaUrl(api.host, row) + rest + requestQuery(c),
    keep: false,
    headers: {
      ...keepHeaders(incoming.headers, ["authorization", "cookie", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]),
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
