import type { IncomingMessage } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import type { z } from "zod";
import { attachmentFolder, attachmentLimits, attachmentName } from "../schema/conversation/attachment.ts";
import { dockerName } from "../schema/machine/instance.ts";
import { mergeIn } from "../schema/merge.ts";
import { noteIn, type RunLine, runIn } from "../schema/proof/proof.ts";
import { packageIn } from "../schema/quest/quest-package.ts";
import { agentPut, type StackLine, type StackSeen, stackPut } from "../schema/stack/stack.ts";
import { AppError, errorTable, invalidInput } from "../schema/wire/error.ts";
import { type Id, id } from "../schema/wire/id.ts";
import { limits } from "../schema/wire/limits.ts";
import { redact } from "../schema/wire/log.ts";
import { putAttachment, readAttachment } from "./attachment.ts";
import { admitMember, pathOf, stackTicket } from "./auth.ts";
import { maybe } from "./docker.ts";
import { forward, passed } from "./gateway/forward.ts";
import { giteaUrl } from "./gitea/gitea.ts";
import { preview } from "./gitea/merge-preview.ts";
import type { LedgerStackRow } from "./ledger.ts";
import { isRunning, serverOf } from "./opencode/opencode.ts";
import { notRun } from "./run/run.ts";
import type { Api, Call, HostEnv } from "./server.ts";

const member = "/stacks/:member{[A-Za-z0-9_]+}";
const agent = `${member}/agents/:agent{[A-Za-z0-9_]+}` as const;
const attachment = `${agent}/${attachmentFolder}/:rest{[^/]+}` as const;

/** The API of a host. `stack` takes a ticket for the stack, `bytes` a relay ticket as well. */
export function mountRoutes(app: Hono<HostEnv>, api: Api): void {
  const [stack, bytes] = [admitMember(api, false), admitMember(api, true)];
  app
    .get("/health", (c) => answer(c, { ok: true }))
    .get("/ready", (c) => ready(api, c))
    .get("/metrics", (c) => metrics(api, c))
    .get("/stacks", (c) => listStacks(api, c))
    .put(member, (c) => putStack(api, c))
    .get(member, stack, (c) => getStack(api, c))
    .post(`${member}/runs`, stack, (c) => postRun(api, c))
    .post(`${member}/notes`, stack, async (c) => answer(c, await api.notes.add(running(api, c), await readJson(c, noteIn))))
    .post(`${member}/merges`, stack, async (c) => answer(c, await preview(api.host, running(api, c), await readJson(c, mergeIn))))
    .post(`${member}/packages`, stack, async (c) => answer(c, await api.packages.take(running(api, c), await readJson(c, packageIn))))
    .get(`${member}/logs`, bytes, (c) => getLogs(api, c))
    .put(agent, stack, async (c) => answer(c, await api.agents.put(c.var.row, agentOf(c), await readJson(c, agentPut))))
    .delete(agent, stack, async (c) => answer(c, await api.agents.stop(c.var.row, agentOf(c))))
    .delete(`${agent}/seat`, stack, async (c) => answer(c, (await api.agents.leave(c.var.row, agentOf(c)), {})))
    .delete(`${agent}/processes`, stack, async (c) => answer(c, { killed: await api.agents.sweep(c.var.row, agentOf(c)) }))
    .post(attachment, bytes, (c) => postAttachment(api, c))
    .get(attachment, bytes, (c) => getAttachment(api, c))
    .all(`${agent}/opencode/:rest{.*}`, stack, (c) => toOpenCode(api, c))
    .all(`${member}/git/:rest{.*}`, bytes, (c) => toGit(api, c));
}

const answer = (c: Call, body: object) => c.json(body, 200, { "x-request-id": c.var.requestId });
const memberOf = (c: Call): Id<"mem"> => named("mem", c.req.param("member"));
const agentOf = (c: Call): Id<"agt"> => named("agt", c.req.param("agent"));
/** An id in a path; another kind of id is nothing that is here. */
function named<P extends "mem" | "agt">(prefix: P, text: string | undefined): Id<P> {
  const parsed = id(prefix).safeParse(text);
  if (!parsed.success) throw new AppError("not_found");
  return parsed.data;
}
/** What follows `part` in a path, as it came: Hono's own parameters are decoded. */
const restOf = (c: Call, part: string): string => c.req.path.slice(c.req.path.indexOf(part) + part.length);
const queryOf = ({ env }: Call): string => (env.incoming.url ?? "").slice(pathOf(env.incoming).length);

async function readBytes(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > most) throw new AppError("too_large");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
async function readJson<T extends z.ZodType>(c: Call, shape: T): Promise<z.infer<T>> {
  const parsed = shape.safeParse(json((await readBytes(c.env.incoming, limits.bodyBytes)).toString("utf8")));
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("bad_json", {}, { cause });
  }
}

async function seen(api: Api, row: LedgerStackRow): Promise<StackSeen> {
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

async function ready(api: Api, c: Call): Promise<Response> {
  await api.host.engine.call("ping", api.host.engine.docker.ping(), 3_000);
  const quiet = api.host.elapsed() - api.lastHeartbeat();
  if (quiet > 3 * limits.heartbeat) throw new AppError("unavailable", { what: "heartbeat", quiet });
  return answer(c, { ready: true });
}

function metrics(api: Api, c: Call): Response {
  const rows = api.host.ledger.stacks();
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(api.stacks.look(row), (counts.get(api.stacks.look(row)) ?? 0) + 1);
  const lines = [
    "# TYPE growqr_host_stacks gauge",
    ...[...counts].map(([state, count]) => `growqr_host_stacks{observed="${state}"} ${count}`),
    "# TYPE growqr_host_heartbeat_age_seconds gauge",
    `growqr_host_heartbeat_age_seconds ${((api.host.elapsed() - api.lastHeartbeat()) / 1000).toFixed(1)}`,
    "# TYPE process_resident_memory_bytes gauge",
    `process_resident_memory_bytes ${process.memoryUsage().rss}`,
    "",
  ];
  return c.body(lines.join("\n"), 200, { "content-type": "text/plain; version=0.0.4" });
}

/** A ticket opens one stack, so the list is of one. */
async function listStacks(api: Api, c: Call): Promise<Response> {
  const claims = await stackTicket(c.env.incoming, api.machine(), api.keys);
  const row = api.host.ledger.stack(claims.member);
  return answer(c, { stacks: row && row.epoch <= claims.epoch ? [await seen(api, row)] : [] });
}

async function getStack(api: Api, c: Call): Promise<Response> {
  await api.stacks.refresh();
  return answer(c, await seen(api, c.var.row));
}

/** Steps as they happen, one JSON line each, then what is seen or one error. The work goes on when the caller leaves. */
async function putStack(api: Api, c: Call): Promise<Response> {
  const asked = memberOf(c);
  const claims = await stackTicket(c.env.incoming, api.machine(), api.keys);
  if (claims.member !== asked) throw new AppError("not_found", { what: "ticket for another member" });
  const body = await readJson(c, stackPut);
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
    line({ type: "observed", stack: await seen(api, await api.stacks.bring(row, line)) });
  } catch (error) {
    api.host.log("warn", "stack not as wanted", { requestId, member: claims.member, error });
    line({ type: "error", ...said(error) });
  }
  response.end();
  return RESPONSE_ALREADY_SENT;
}
function said(error: unknown): { code: string; message: string } {
  return error instanceof AppError
    ? { code: error.code, message: error.message }
    : { code: "internal", message: errorTable.internal.message };
}

/** The stack of a call that works in its containers. */
function running(api: Api, { var: { row } }: Call): LedgerStackRow {
  if (!api.stacks.running(row.member)) throw new AppError("unavailable", { what: "stack is not running" });
  return row;
}

function attachmentOf(c: Call): { agent: string; name: string } {
  const name = attachmentName.safeParse(restOf(c, `/${attachmentFolder}/`));
  if (!name.success) throw new AppError("not_found", { what: "attachment" });
  return { agent: agentOf(c), name: name.data };
}
async function postAttachment(api: Api, c: Call): Promise<Response> {
  const row = running(api, c);
  const of = attachmentOf(c);
  const bytes = await readBytes(c.env.incoming, attachmentLimits.bytes);
  await putAttachment(api.host, row, { ...of, bytes });
  return answer(c, {});
}
async function getAttachment(api: Api, c: Call): Promise<Response> {
  const bytes = await readAttachment(api.host, running(api, c), attachmentOf(c));
  return c.body(new Uint8Array(bytes), 200, { "content-type": "application/octet-stream", "x-request-id": c.var.requestId });
}

/** A clean room: lines as they come, the verdict last. It ends when its caller leaves. */
async function postRun(api: Api, c: Call): Promise<Response> {
  const row = running(api, c);
  const of = await readJson(c, runIn);
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
  const about = { requestId, member: row.member, run: of.id, repo: of.repo, commit: of.commit };
  try {
    const result = await api.runs.run(row, of, emit, left.signal);
    api.host.log("info", "run ended", {
      ...about,
      passed: result.passed,
      failures: result.failures,
      ms: result.endedAt - result.startedAt,
    });
    emit({ type: "result", result });
  } catch (error) {
    api.host.log("warn", "run gave no verdict", { ...about, error });
    emit(notRun(error));
  } finally {
    clearInterval(beat);
  }
  response.end();
  return RESPONSE_ALREADY_SENT;
}

/** That agent's OpenCode with its password added. Never for browsers: a relay ticket does not open it. */
async function toOpenCode(api: Api, c: Call): Promise<Response> {
  const row = running(api, c);
  const { incoming, outgoing } = c.env;
  const known = api.host.ledger.agent(row.member, agentOf(c));
  // A server that ended left its port to whoever takes it first: neither its password nor a prompt goes there.
  if (!known?.password || !(await isRunning(api.host, known))) throw new AppError("unavailable", { what: "agent is not running" });
  const { url, authorization } = serverOf(api.host, row, known);
  await forward(incoming, outgoing, {
    url: url + restOf(c, "/opencode") + queryOf(c),
    keep: false,
    headers: { ...passed(incoming.headers, ["authorization", "cookie"]), authorization },
    firstByte: 600_000, // a prompt may be answered whole
    requestId: c.var.requestId,
  });
  return RESPONSE_ALREADY_SENT;
}

/** The member's Gitea, API and Git alike, with the platform's token added. */
async function toGit(api: Api, c: Call): Promise<Response> {
  const row = running(api, c);
  const { incoming, outgoing } = c.env;
  const rest = restOf(c, "/git");
  const writer = api.host.ledger.secret(row.member, "writer");
  if (!writer) throw new AppError("unavailable", { what: "gitea writer" });
  const api1 = rest.startsWith("/api/");
  const basic = `Basic ${Buffer.from(`growqr:${writer}`).toString("base64")}`; // what Git over HTTP takes
  await forward(incoming, outgoing, {
    url: giteaUrl(api.host, row) + rest + queryOf(c),
    keep: false,
    headers: {
      ...passed(incoming.headers, ["authorization", "cookie", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]),
      authorization: api1 ? `token ${writer}` : basic,
    },
    firstByte: limits.firstByte,
    requestId: c.var.requestId,
    strip: ["set-cookie"],
  });
  return RESPONSE_ALREADY_SENT;
}

/** The end of what both containers and the agents' servers wrote, as text, without credentials. */
async function getLogs(api: Api, c: Call): Promise<Response> {
  const { row, requestId } = c.var;
  const asked = Number(new URLSearchParams(queryOf(c)).get("tail") ?? 200);
  const tail = Number.isInteger(asked) && asked > 0 ? Math.min(asked, 2_000) : 200;
  const name = dockerName(api.host.instance, "gitea", row.member);
  const raw = await api.host.engine.call(
    "logs",
    maybe(api.host.engine.docker.getContainer(name).logs({ stdout: true, stderr: true, tail })),
  );
  const text = `== gitea\n${plain(raw)}\n${await api.agents.logs(row, tail)}`;
  return c.body(String(redact(text)), 200, { "content-type": "text/plain; charset=utf-8", "x-request-id": requestId });
}

/** Docker frames each chunk of a log: eight bytes, of which the last four are the length. */
function plain(raw: Buffer | undefined): string {
  let text = "";
  for (let offset = 0; raw && offset + 8 <= raw.length; ) {
    const size = raw.readUInt32BE(offset + 4);
    text += raw.toString("utf8", offset + 8, offset + 8 + size);
    offset += 8 + size;
  }
  return text;
}
