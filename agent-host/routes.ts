import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { attachmentFolder, attachmentLimits, attachmentName } from "../schema/conversation/attachment.ts";
import { dockerName } from "../schema/machine/instance.ts";
import { mergeIn } from "../schema/merge.ts";
import { noteIn, type RunLine, runIn } from "../schema/proof/proof.ts";
import { packageIn } from "../schema/quest/quest-package.ts";
import { agentPut, type StackLine, type StackSeen, stackPut } from "../schema/stack/stack.ts";
import { AppError, errors, invalid } from "../schema/wire/error.ts";
import { limits } from "../schema/wire/limits.ts";
import { redact } from "../schema/wire/log.ts";
import { putAttachment, readAttachment } from "./attachment.ts";
import { stackTicket } from "./auth.ts";
import { maybe } from "./docker.ts";
import { forward, passed } from "./gateway/forward.ts";
import { giteaUrl } from "./gitea/gitea.ts";
import { preview } from "./gitea/merge-preview.ts";
import type { StackRow } from "./ledger.ts";
import { isRunning, serverOf } from "./opencode/opencode.ts";
import { notRun } from "./run/run.ts";
import type { Api, Call, Route } from "./server.ts";

const member = "/stacks/(?<member>[A-Za-z0-9_]+)";
const agent = `${member}/agents/(?<agent>[A-Za-z0-9_]+)`;
const at = (path: string) => new RegExp(`^${path}$`);

/** The API of a host; `needs` says what a caller must show. */
export const routes: readonly Route[] = [
  { method: "GET", pattern: at("/health"), needs: "open", run: async (_api, call) => send(call, 200, { ok: true }) },
  { method: "GET", pattern: at("/ready"), needs: "open", run: ready },
  { method: "GET", pattern: at("/metrics"), needs: "open", run: metrics },
  { method: "GET", pattern: at("/stacks"), needs: "ticket", run: listStacks },
  { method: "PUT", pattern: at(member), needs: "ticket", run: putStack },
  { method: "GET", pattern: at(member), needs: "stack", run: getStack },
  { method: "POST", pattern: at(`${member}/runs`), needs: "stack", run: postRun },
  { method: "POST", pattern: at(`${member}/notes`), needs: "stack", run: postNote },
  { method: "POST", pattern: at(`${member}/merges`), needs: "stack", run: postMerge },
  { method: "POST", pattern: at(`${member}/packages`), needs: "stack", run: postPackage },
  { method: "GET", pattern: at(`${member}/logs`), needs: "bytes", run: getLogs },
  { method: "PUT", pattern: at(agent), needs: "stack", run: putAgent },
  { method: "DELETE", pattern: at(agent), needs: "stack", run: deleteAgent },
  { method: "DELETE", pattern: at(`${agent}/seat`), needs: "stack", run: leaveSeat },
  { method: "DELETE", pattern: at(`${agent}/processes`), needs: "stack", run: sweep },
  { method: "POST", pattern: at(`${agent}/${attachmentFolder}/(?<rest>[^/]+)`), needs: "bytes", run: postAttachment },
  { method: "GET", pattern: at(`${agent}/${attachmentFolder}/(?<rest>[^/]+)`), needs: "bytes", run: getAttachment },
  { method: undefined, pattern: at(`${agent}/opencode(?<rest>/.*)`), needs: "stack", run: toOpenCode },
  { method: undefined, pattern: at(`${member}/git(?<rest>/.*)`), needs: "bytes", run: toGit },
];

function send(call: Call, status: number, body: unknown): void {
  call.response.writeHead(status, { "content-type": "application/json", "x-request-id": call.requestId });
  call.response.end(JSON.stringify(body));
}

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
async function readJson<T extends z.ZodType>(request: IncomingMessage, shape: T): Promise<z.infer<T>> {
  const parsed = shape.safeParse(json((await readBytes(request, limits.bodyBytes)).toString("utf8")));
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
}
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("bad_json", {}, { cause });
  }
}

async function seen(api: Api, row: StackRow): Promise<StackSeen> {
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

async function ready(api: Api, call: Call): Promise<void> {
  await api.host.engine.call("ping", api.host.engine.docker.ping(), 3_000);
  const quiet = api.host.elapsed() - api.lastHeartbeat();
  if (quiet > 3 * limits.heartbeat) throw new AppError("unavailable", { what: "heartbeat", quiet });
  send(call, 200, { ready: true });
}

async function metrics(api: Api, call: Call): Promise<void> {
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
  call.response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
  call.response.end(lines.join("\n"));
}

/** A ticket opens one stack, so the list is of one. */
async function listStacks(api: Api, call: Call): Promise<void> {
  const claims = await stackTicket(call.request, api.machine(), api.keys);
  const row = api.host.ledger.stack(claims.member);
  send(call, 200, { stacks: row && row.epoch <= claims.epoch ? [await seen(api, row)] : [] });
}

async function getStack(api: Api, call: Call, row: StackRow): Promise<void> {
  await api.stacks.refresh();
  send(call, 200, await seen(api, row));
}

/** Steps as they happen, one JSON line each, then what is seen or one error. The work goes on when the caller leaves. */
async function putStack(api: Api, call: Call): Promise<void> {
  const claims = await stackTicket(call.request, api.machine(), api.keys);
  if (claims.member !== call.member) throw new AppError("not_found", { what: "ticket for another member" });
  const body = await readJson(call.request, stackPut);
  const { response } = call;
  const line = (text: StackLine) => {
    if (!response.destroyed) response.write(`${JSON.stringify(text)}\n`);
  };
  const row = api.stacks.accept(claims, body);
  response.writeHead(200, { "content-type": "application/x-ndjson", "x-request-id": call.requestId });
  response.flushHeaders();
  api.host.log("info", "stack wanted", { requestId: call.requestId, member: claims.member, epoch: claims.epoch, ...body });
  try {
    line({ type: "observed", stack: await seen(api, await api.stacks.bring(row, line)) });
  } catch (error) {
    api.host.log("warn", "stack not as wanted", { requestId: call.requestId, member: claims.member, error });
    line({ type: "error", ...said(error) });
  }
  response.end();
}
function said(error: unknown): { code: string; message: string } {
  return error instanceof AppError ? { code: error.code, message: error.message } : { code: "internal", message: errors.internal.message };
}

async function putAgent(api: Api, call: Call, row: StackRow): Promise<void> {
  const body = await readJson(call.request, agentPut);
  send(call, 200, await api.agents.put(row, call.agent, body));
}
async function deleteAgent(api: Api, call: Call, row: StackRow): Promise<void> {
  send(call, 200, await api.agents.stop(row, call.agent));
}
async function leaveSeat(api: Api, call: Call, row: StackRow): Promise<void> {
  await api.agents.leave(row, call.agent);
  send(call, 200, {});
}
async function sweep(api: Api, call: Call, row: StackRow): Promise<void> {
  send(call, 200, { killed: await api.agents.sweep(row, call.agent) });
}

function running(api: Api, row: StackRow): void {
  if (!api.stacks.running(row.member)) throw new AppError("unavailable", { what: "stack is not running" });
}

function attachmentOf(call: Call): { agent: string; name: string } {
  const name = attachmentName.safeParse(call.rest);
  if (!name.success) throw new AppError("not_found", { what: "attachment" });
  return { agent: call.agent, name: name.data };
}
async function postAttachment(api: Api, call: Call, row: StackRow): Promise<void> {
  running(api, row);
  const of = attachmentOf(call);
  const bytes = await readBytes(call.request, attachmentLimits.bytes);
  await putAttachment(api.host, row, { ...of, bytes });
  send(call, 200, {});
}
async function getAttachment(api: Api, call: Call, row: StackRow): Promise<void> {
  running(api, row);
  const bytes = await readAttachment(api.host, row, attachmentOf(call));
  call.response.writeHead(200, { "content-type": "application/octet-stream", "x-request-id": call.requestId });
  call.response.end(bytes);
}

/** A clean room: lines as they come, the verdict last. It ends when its caller leaves. */
async function postRun(api: Api, call: Call, row: StackRow): Promise<void> {
  running(api, row);
  const of = await readJson(call.request, runIn);
  const { response } = call;
  const left = new AbortController();
  response.once("close", () => left.abort());
  const emit = (line: RunLine) => {
    if (!response.destroyed) response.write(`${JSON.stringify(line)}\n`);
  };
  response.writeHead(200, { "content-type": "application/x-ndjson", "x-request-id": call.requestId });
  response.flushHeaders();
  const beat = setInterval(() => !response.destroyed && response.write("\n"), limits.heartbeat); // it waits its turn, or a check is silent
  const about = { requestId: call.requestId, member: row.member, run: of.id, repo: of.repo, commit: of.commit };
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
}
async function postNote(api: Api, call: Call, row: StackRow): Promise<void> {
  running(api, row);
  send(call, 200, await api.notes.add(row, await readJson(call.request, noteIn)));
}
async function postPackage(api: Api, call: Call, row: StackRow): Promise<void> {
  running(api, row);
  send(call, 200, await api.packages.take(row, await readJson(call.request, packageIn)));
}

/** What a merge would give; nothing is changed by it. */
async function postMerge(api: Api, call: Call, row: StackRow): Promise<void> {
  running(api, row);
  send(call, 200, await preview(api.host, row, await readJson(call.request, mergeIn)));
}

/** That agent's OpenCode with its password added. Never for browsers: a relay ticket does not open it. */
async function toOpenCode(api: Api, call: Call, row: StackRow): Promise<void> {
  running(api, row);
  const known = api.host.ledger.agent(row.member, call.agent);
  // A server that ended left its port to whoever takes it first: neither its password nor a prompt goes there.
  if (!known?.password || !(await isRunning(api.host, known))) throw new AppError("unavailable", { what: "agent is not running" });
  const { url, authorization } = serverOf(api.host, row, known);
  await forward(call.request, call.response, {
    url: url + call.rest + call.query,
    keep: false,
    headers: { ...passed(call.request.headers, ["authorization", "cookie"]), authorization },
    firstByte: 600_000, // a prompt may be answered whole
    requestId: call.requestId,
  });
}

/** The member's Gitea, API and Git alike, with the platform's token added. */
async function toGit(api: Api, call: Call, row: StackRow): Promise<void> {
  running(api, row);
  const writer = api.host.ledger.secret(row.member, "writer");
  if (!writer) throw new AppError("unavailable", { what: "gitea writer" });
  const api1 = call.rest.startsWith("/api/");
  const basic = `Basic ${Buffer.from(`growqr:${writer}`).toString("base64")}`; // what Git over HTTP takes
  await forward(call.request, call.response, {
    url: giteaUrl(api.host, row) + call.rest + call.query,
    keep: false,
    headers: {
      ...passed(call.request.headers, ["authorization", "cookie", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]),
      authorization: api1 ? `token ${writer}` : basic,
    },
    firstByte: limits.firstByte,
    requestId: call.requestId,
    strip: ["set-cookie"],
  });
}

/** The end of what both containers and the agents' servers wrote, as text, without credentials. */
async function getLogs(api: Api, call: Call, row: StackRow): Promise<void> {
  const asked = Number(new URLSearchParams(call.query).get("tail") ?? 200);
  const tail = Number.isInteger(asked) && asked > 0 ? Math.min(asked, 2_000) : 200;
  const name = dockerName(api.host.instance, "gitea", row.member);
  const raw = await api.host.engine.call(
    "logs",
    maybe(api.host.engine.docker.getContainer(name).logs({ stdout: true, stderr: true, tail })),
  );
  const text = `== gitea\n${plain(raw)}\n${await api.agents.logs(row, tail)}`;
  call.response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "x-request-id": call.requestId });
  call.response.end(String(redact(text)));
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
