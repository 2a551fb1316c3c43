import { request as ask, createServer as createPlainServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { pipeline } from "node:stream";

/** Where a request goes, and which of its headers are others there; `undefined` takes one away. */
export type Way = { to: string; headers?: Record<string, string | undefined> };
export type Front = { port: number; refused: () => number; close: () => Promise<void> };

/**
 * Stands in front of servers of this machine and passes requests and WebSockets on. Without a way a request
 * is refused: 403.
 */
export async function startFront(
  way: (request: IncomingMessage) => Way | undefined,
  { tls, port = 0 }: { tls?: { key: Buffer; cert: Buffer }; port?: number } = {},
): Promise<Front> {
  let refused = 0;
  const open = new Set<Socket>();
  const find = (request: IncomingMessage) => {
    const found = way(request);
    if (!found) refused += 1;
    return found && { url: new URL(found.to), headers: mergeHeaders(request, found) };
  };
  const server = tls ? createTlsServer(tls) : createPlainServer();
  server.on("request", (request: IncomingMessage, response) => {
    const found = find(request);
    if (!found) return response.writeHead(403).end();
    const { url, headers } = found;
    const far = ask({ host: url.hostname, port: url.port, method: request.method, path: request.url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => undefined);
    });
    far.on("error", () => response.destroy());
    response.on("close", () => far.destroy());
    request.pipe(far);
  });
  server.on("upgrade", (request: IncomingMessage, near: Socket, head: Buffer) => {
    const found = find(request);
    if (!found) return near.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n");
    const far = connect(Number(found.url.port), found.url.hostname);
    const lines = Object.entries(found.headers).map(([name, value]) => `${name}: ${value}`);
    far.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    far.write(head);
    pipeline(near, far, near, () => undefined);
  });
  server.on("connection", (socket: Socket) => open.add(socket.once("close", () => open.delete(socket))));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, refused: () => refused, close };
}

function mergeHeaders({ headers }: IncomingMessage, { headers: others = {} }: Way): Record<string, string | string[]> {
  const merged = Object.entries({ ...headers, ...others });
  return Object.fromEntries(merged.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
