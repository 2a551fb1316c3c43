import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import { type HostCommandLine, hostCommandIn } from "../../schema/project/host-command.ts";
import { type RunLine, runIn } from "../../schema/proof/proof.ts";
import { AppError } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import { admitMember } from "../auth.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { memberRoute, readJsonBody, requireRunning } from "../request.ts";
import type { HostEnv, HostRequest, HostServices } from "../server.ts";
import { errorLine } from "./run.ts";

/** What is run in clean rooms: a proof's checks, and lines of members' own. */
export function mountRunRoutes(app: Hono<HostEnv>, api: HostServices): void {
  const stack = admitMember(api, false);
  app.post(`${memberRoute}/runs`, stack, (c) => postRun(api, c)).post(`${memberRoute}/commands`, stack, (c) => postCommand(api, c));
}

/** Hears that the caller has left, from before the body is read on. */
function watchCaller(response: ServerResponse): AbortController {
  const left = new AbortController();
  response.once("close", () => left.abort());
  return left;
}
/** Begins the answer. `end` ends it; `onBeat` is called now and then meanwhile. */
function openLines(c: HostRequest, left: AbortController, onBeat: () => void = () => undefined) {
  const { outgoing: response } = c.env;
  if (response.closed || response.destroyed) left.abort();
  response.writeHead(200, { "content-type": "application/x-ndjson", "x-request-id": c.var.requestId });
  response.flushHeaders();
  const write = (text: string) => !response.writableEnded && !response.destroyed && response.write(text);
  const beat = setInterval(() => {
    write("\n"); // it waits its turn, or nothing is printed
    onBeat();
  }, limits.heartbeat);
  const end = () => {
    clearInterval(beat);
    response.end();
  };
  return { tell: (line: RunLine | HostCommandLine) => void write(`${JSON.stringify(line)}\n`), end };
}

/** A clean room: lines as they come, the verdict last. It ends when its caller leaves. */
async function postRun(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const left = watchCaller(c.env.outgoing);
  const input = await readJsonBody(c, runIn);
  const { tell, end } = openLines(c, left);
  const about = { requestId: c.var.requestId, member: row.member, run: input.id, repo: input.repo, commit: input.commit };
  try {
    const result = await api.runs.run(row, input, tell, left.signal);
    const { passed, failures, endedAt, startedAt } = result;
    api.host.log("info", "run ended", { ...about, passed, failures, ms: endedAt - startedAt });
    tell({ type: "result", result });
  } catch (error) {
    api.host.log("warn", "run gave no verdict", { ...about, error });
    tell(errorLine(error));
  } finally {
    end();
  }
  return RESPONSE_ALREADY_SENT;
}

/** Whether the stack is to run here still, as when the call came. */
function isHere({ host, stacks }: HostServices, { member, epoch }: LedgerStackRow): boolean {
  const row = host.ledger.stack(member);
  return row !== undefined && row.epoch === epoch && stacks.wanted(member) && stacks.look(row) !== "paused";
}
/**
 * A member's own line in a clean checkout. It ends when its caller leaves, or its stack goes down or moves.
 */
async function postCommand(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const left = watchCaller(c.env.outgoing);
  const input = await readJsonBody(c, hostCommandIn);
  const entry = api.commands.enter(row, input, left.signal);
  let away = false;
  const look = () => {
    if (isHere(api, row)) return;
    away = true;
    entry.stop.abort();
  };
  const { tell, end } = openLines(c, left, look);
  try {
    await api.commands.run(row, input, entry, tell);
  } catch (error) {
    const about = { requestId: c.var.requestId, member: row.member, command: input.id };
    if (!left.signal.aborted) api.host.log("info", "a command did not run", { ...about, error });
    tell(errorLine(away || !isHere(api, row) ? new AppError("unavailable", { what: "stack" }) : error));
  } finally {
    end();
  }
  return RESPONSE_ALREADY_SENT;
}
