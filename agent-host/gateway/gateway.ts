import http from "node:http";
import type { Socket } from "node:net";
import { signAgentToken } from "../../schema/machine/machine.ts";
import { readCredentials } from "../../schema/wire/authorization.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Host } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import type { HostMachine } from "../machine/machine.ts";
import { Admission, admissionTimeouts, admitConnections, answerClientErrors, findStackAt, remoteAddress } from "../network/admission.ts";
import { ownsConnection } from "../opencode/box-process.ts";
import { findServerPid } from "../opencode/server-process.ts";
import { forwardRequest, sendError } from "./forward.ts";

/** The only requests that a box may make: method and path as the edge knows them. */
const gatewayRoutes = new Set([
  ...["POST /ai/v1/chat/completions", "POST /ai/v1/responses", "POST /ai/v1/messages", "GET /ai/v1/models"],
  ...["POST /mcp", "GET /mcp"],
]);
/** Google's library names the model in the path; which one answers the edge knows. */
const generateRoute = /^POST \/ai\/v1beta\/models\/[A-Za-z0-9._-]{1,100}:(generateContent|streamGenerateContent)$/;
/**
 * The headers of a box that are passed on. Others could claim what only the host may say: an address, a URL,
 * an identity.
 */
const keptHeaders = new Set([
  "accept",
  "content-length",
  "content-type",
  "mcp-protocol-version",
  "mcp-session-id",
  "user-agent",
  "x-parent-session-id",
  "x-session-id",
]);
const filterHeaders = (headers: http.IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => keptHeaders.has(name)));

/** The agent behind a call: its box token, used from the container it was made for. */
export function findCaller(host: Host, request: http.IncomingMessage): { stack: LedgerStackRow; agent: LedgerAgentRow } {
  const { authorization, "x-api-key": anthropicKey, "x-goog-api-key": googleKey } = request.headers; // each provider's library has its own
  const token = [readCredentials(authorization, "Bearer"), anthropicKey, googleKey]
    .filter((given) => typeof given === "string")
    .find((given) => /^gqb_[A-Za-z0-9_-]{20,}$/.test(given));
  const agent = token ? host.ledger.holder(token) : undefined;
  const stack = agent ? host.ledger.stack(agent.member) : undefined;
  const address = remoteAddress(request.socket);
  if (!agent || !stack || findStackAt(host, address)?.member !== stack.member)
    throw new AppError("unauthenticated", { what: "box token", address });
  return { stack, agent };
}

/**
 * Whether the other end of the connection is this agent's server process itself, and not another process of
 * its user that has its token. The kernel is asked once per connection: whose socket it is does not change.
 */
function openServerCheck(host: Host) {
  const owners = new WeakMap<Socket, string>();
  return async (agent: LedgerAgentRow, socket: Socket): Promise<boolean> => {
    if (owners.get(socket) === agent.boot) return true;
    const near = { address: remoteAddress(socket), port: socket.remotePort ?? 0 };
    const pid = await findServerPid(host, agent);
    if (pid === undefined || !(await ownsConnection(pid, near, host.instance.gateway))) return false;
    owners.set(socket, agent.boot);
    return true;
  };
}

/** Agent tokens last a minute; one serves for twenty seconds. */
function openAgentTokens(machine: () => HostMachine, now: () => number) {
  const made = new Map<string, { token: string; until: number }>();
  return async (stack: LedgerStackRow, agent: LedgerAgentRow): Promise<string> => {
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

/**
 * The one way out of the boxes: passes model calls and platform tools to the edge as this agent, streaming
 * both ways.
 */
export function startGateway(host: Host, machine: () => HostMachine): Promise<http.Server> {
  const tokenFor = openAgentTokens(machine, host.now);
  const isServer = openServerCheck(host);
  const admission = new Admission(host, "gateway");
  const handle = async (request: http.IncomingMessage, response: http.ServerResponse, requestId: string) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const asked = `${request.method} ${path}`;
    if (!gatewayRoutes.has(asked) && !generateRoute.test(asked)) throw new AppError("not_found", { path });
    const { stack, agent } = findCaller(host, request);
    if (!(await isServer(agent, request.socket)))
      throw new AppError("unauthenticated", { agent: agent.agent }, { message: "Only the agent's own server speaks by this token." });
    const token = await tokenFor(stack, agent);
    host.log("info", "gateway", { requestId, member: stack.member, agent: agent.agent, path });
    await forwardRequest(request, response, {
      url: machine().edge + path,
      keep: true,
      headers: { ...filterHeaders(request.headers), authorization: `Bearer ${token}`, "x-request-id": requestId },
      firstByte: 300_000, // a model may think for long before its first word
      maxBody: limits.modelBodyBytes,
      requestId,
      strip: ["set-cookie"],
    });
  };
  const server = http.createServer({ noDelay: true, ...admissionTimeouts }, (request, response) => {
    const requestId = newId("req");
    admission
      .admit(request.socket, response, () => handle(request, response, requestId))
      .catch((error: unknown) => {
        if (error instanceof AppError && error.code === "rate_limited") admission.logRefusal(remoteAddress(request.socket), "requests");
        else host.log("warn", "gateway refused", { requestId, url: request.url, address: request.socket.remoteAddress, error });
        sendError(response, error, requestId);
      });
  });
  server.keepAliveTimeout = 65_000; // longer than callers keep theirs: none may write into a closing connection
  admitConnections(server, admission);
  answerClientErrors(server, admission);
  const { address, port } = host.instance.gateway;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve(server));
  });
}
