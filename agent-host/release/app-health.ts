import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { listListeners } from "../opencode/box-process.ts";
import type { BoxConnections } from "../preview/box-connector.ts";
import type { AppProcess } from "./app-process.ts";
import type { ServePlan } from "./release-ledger.ts";

/** How long one look waits for an answer's head. */
export const lookMs = 5_000;

/** Asks an app for its health once. Answers what is wrong in words; undefined where it is well. */
export async function lookAtHealth(connections: BoxConnections, process: AppProcess, ms = lookMs): Promise<string | undefined> {
  const { plan } = process.release;
  const leave = process.enter();
  try {
    const socket = await connections.connect(process.pid, plan.port).catch(() => undefined);
    return await (socket ? askForHealth(socket, plan, ms) : describeSilence(process.pid, plan.port));
  } finally {
    leave();
  }
}
async function askForHealth(socket: Socket, { port, health }: ServePlan, ms: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ms);
  const headers = { host: `localhost:${port}`, "user-agent": "growqr-health", connection: "close" };
  const call = request({ path: health.path, headers, createConnection: () => socket, signal });
  call.on("error", () => undefined); // one that comes after its answer
  try {
    call.end();
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    const { statusCode: status, headers: said } = answer;
    const to = said.location === undefined ? "" : ` (to ${said.location.slice(0, 200)})`;
    if (status !== health.status) return `${health.path} answered ${status}${to} and not ${health.status}.`;
    if (health.contains === undefined || (await readStart(answer)).includes(health.contains)) return undefined;
    return `${health.path} answered ${status}, and its answer does not contain “${health.contains}”.`;
  } catch {
    if (signal.aborted) return `${health.path} did not answer within ${Math.ceil(ms / 1000)} s.`;
    return `${health.path} gave no answer that is HTTP.`;
  } finally {
    call.destroy();
    socket.destroy();
  }
}
/** So much of an answer is looked at. */
const mostRead = 256 * 1024;
async function readStart(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= mostRead) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
async function describeSilence(pid: number, port: number): Promise<string> {
  const others = (await listListeners(pid)).map((each) => each.port).filter((each) => each !== port);
  const elsewhere = others.length === 0 ? "" : ` It listens on ${others.slice(0, 5).join(", ")}; the port is given in PORT.`;
  return `Nothing listens on port ${port}.${elsewhere}`;
}
