import http from "node:http";
import { AppError } from "../schema/error.ts";
import { newId } from "../schema/id.ts";
import { pair } from "../schema/instance.ts";
import { limits } from "../schema/limits.ts";
import { signAgentToken } from "../schema/machine.ts";
import { forward, refuse } from "./forward.ts";
import type { Host } from "./host.ts";
import type { AgentRow, StackRow } from "./ledger.ts";
import type { Machine } from "./machine.ts";

/** What a box may ask for, and nothing else: method and path as the edge knows them. */
const routes = new Set(["POST /ai/v1/chat/completions", "GET /ai/v1/models", "POST /mcp", "GET /mcp"]);
/** What of a box's headers goes on. Others could speak for the host: an address, another URL, an identity. */
const spoken = new Set([
  "accept",
  "content-length",
  "content-type",
  "mcp-protocol-version",
  "mcp-session-id",
  "user-agent",
  "x-parent-session-id",
  "x-session-id",
]);
const fromBox = (headers: http.IncomingHttpHeaders) => Object.fromEntries(Object.entries(headers).filter(([name]) => spoken.has(name)));

/** The member whose OpenCode container has this address, or undefined. */
export function stackAt(host: Host, address: string | undefined): StackRow | undefined {
  return host.ledger.stacks().find((row) => pair(host.instance, row.slot).opencode === address);
}

/** The agent behind a call: its box token, used from the container it was made for. */
export function caller(host: Host, request: http.IncomingMessage): { stack: StackRow; agent: AgentRow } {
  const token = /^Bearer +(gqb_[A-Za-z0-9_-]{20,})$/i.exec(request.headers.authorization ?? "")?.[1];
  const agent = token ? host.ledger.holder(token) : undefined;
  const stack = agent ? host.ledger.stack(agent.member) : undefined;
  const address = request.socket.remoteAddress?.replace(/^::ffff:/, "");
  if (!agent || !stack || stackAt(host, address)?.member !== stack.member)
    throw new AppError("unauthenticated", { what: "box token", address });
  return { stack, agent };
}

/** Agent tokens last a minute; one serves for twenty seconds. */
function tokens(machine: () => Machine, now: () => number) {
  const made = new Map<string, { token: string; until: number }>();
  return async (stack: StackRow, agent: AgentRow): Promise<string> => {
    const key = `${agent.agent} ${stack.epoch}`;
    const known = made.get(key);
    if (known && known.until > now()) return known.token;
    const { id, key: pem } = machine();
    const token = await signAgentToken(id, pem, { member: stack.member, agent: agent.agent, epoch: stack.epoch }, Math.floor(now() / 1000));
    if (made.size > 1000) made.clear();
    made.set(key, { token, until: now() + 20_000 });
    return token;
  };
}

/** The one door out of the boxes: model calls and platform tools, passed to the edge as this agent, both ways as they stream. */
export function startGateway(host: Host, machine: () => Machine): Promise<http.Server> {
  const tokenFor = tokens(machine, host.now);
  const handle = async (request: http.IncomingMessage, response: http.ServerResponse, requestId: string) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    if (!routes.has(`${request.method} ${path}`)) throw new AppError("not_found", { path });
    const { stack, agent } = caller(host, request);
    const token = await tokenFor(stack, agent);
    host.log("info", "gateway", { requestId, member: stack.member, agent: agent.agent, path });
    await forward(request, response, {
      url: machine().edge + path,
      keep: true,
      headers: { ...fromBox(request.headers), authorization: `Bearer ${token}`, "x-request-id": requestId },
      firstByte: 300_000, // a model may think for long before its first word
      maxBody: limits.modelBodyBytes,
      requestId,
      strip: ["set-cookie"],
    });
  };
  const server = http.createServer({ noDelay: true, requestTimeout: 0 }, (request, response) => {
    const requestId = newId("req");
    handle(request, response, requestId).catch((error: unknown) => {
      host.log("warn", "gateway refused", { requestId, url: request.url, address: request.socket.remoteAddress, error });
      refuse(response, error, requestId);
    });
  });
  server.keepAliveTimeout = 65_000; // longer than callers keep theirs: none may write into a closing connection
  const { address, port } = host.instance.gateway;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve(server));
  });
}
