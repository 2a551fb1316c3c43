import http from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { z } from "zod";

/**
 * Another company's service for members' agents: an item tracker, as an HTTP API below `/v1` and as an MCP
 * server at `/mcp`.
 */
export type Tracker = {
  url: string;
  items: string[];
  calls: { method: string; path: string; headers: http.IncomingHttpHeaders }[];
  close: () => Promise<void>;
};

function mcpServer(items: string[]): McpServer {
  const server = new McpServer({ name: "tracker", version: "1" });
  server.registerTool("list_items", { description: "All items", inputSchema: {} }, () => ({
    content: [{ type: "text", text: items.join(", ") }],
  }));
  server.registerTool("add_item", { description: "Adds one", inputSchema: { title: z.string() } }, ({ title }) => {
    items.push(title);
    return { content: [{ type: "text", text: `added ${title}` }] };
  });
  return server;
}
async function mcp(items: string[], request: http.IncomingMessage, body: string, response: http.ServerResponse): Promise<void> {
  // stateless, and answers as a stream of events, as many servers do
  const transport = new WebStandardStreamableHTTPServerTransport();
  await mcpServer(items).connect(transport);
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as [string, string]] : [],
  );
  const asked = new Request("http://tracker/mcp", { method: "POST", headers, body });
  const answer = await transport.handleRequest(asked, { parsedBody: JSON.parse(body) });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(await answer.text());
}
const json = (response: http.ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

/** On loopback; `port` 0 takes a free one. Every call needs `key`. */
export async function startTracker(port: number, key: string): Promise<Tracker> {
  const items = ["first", "second"];
  const calls: Tracker["calls"] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const url = new URL(request.url ?? "/", "http://tracker");
      const { method = "GET", headers } = request;
      calls.push({ method, path: url.pathname + url.search, headers });
      if (headers.authorization !== `Bearer ${key}`) return json(response, 401, { error: "no key" });
      if (url.pathname === "/mcp" && method === "POST")
        return void mcp(items, request, body, response).catch(() => json(response, 500, {}));
      if (url.pathname === "/v1/items" && method === "GET")
        return json(response, 200, { items: items.filter((item) => item.includes(url.searchParams.get("q") ?? "")) });
      if (url.pathname === "/v1/items" && method === "POST") {
        items.push(z.object({ title: z.string() }).parse(JSON.parse(body)).title);
        return json(response, 201, { items: items.length });
      }
      const named = /^\/v1\/items\/([^/]+)$/.exec(url.pathname)?.[1];
      if (named !== undefined && method === "DELETE") {
        const at = items.indexOf(decodeURIComponent(named));
        if (at >= 0) items.splice(at, 1);
        return json(response, at >= 0 ? 200 : 404, { items: items.length });
      }
      if (url.pathname === "/v1/moved") return response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end();
      if (url.pathname === "/v1/mirror") return json(response, 200, { authorization: headers.authorization });
      if (url.pathname === "/v1/large") return response.writeHead(200).end("x".repeat(2 * 1024 * 1024));
      return json(response, 404, { error: "nothing here" });
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
  return { url, items, calls, close };
}
