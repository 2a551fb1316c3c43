import { errorResponse } from "./error.ts";

/** HTTP as text, for connections that become WebSockets: they are passed on as bytes, byte for byte. */

/** A request that asks for a WebSocket. `headers` come from a parser, so they hold no end of a line. */
export function formatUpgrade(path: string, headers: Record<string, string | string[] | undefined>): string {
  const lines = Object.entries({ ...headers, connection: "Upgrade", upgrade: "websocket" }).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? ""]).map((each) => `${name}: ${each}`),
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}
/** The answer to one that is refused. */
export function formatRefusal(error: unknown, requestId: string): string {
  const { status, body } = errorResponse(error, requestId);
  const text = JSON.stringify(body);
  const bytes = new TextEncoder().encode(text).length;
  return `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${bytes}\r\n\r\n${text}`;
}
