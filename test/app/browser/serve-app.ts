import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import react from "@vitejs/plugin-react";
import { build } from "vite";
import { chunks } from "../../../edge/app/chunks.ts";
import { classNames } from "../../../edge/app/class-names.ts";
import { selfHostedClerk } from "../../../edge/app/clerk-plugin.ts";
import { fillHeaders } from "../../../edge/app/content-policy.ts";
import { firstCalls } from "../../../edge/app/first-calls-plugin.ts";
import { hashAppSources } from "../../../edge/deploy/build-app.ts";
import type { ConfigOut, MeOut, TicketOut } from "../../../schema/account/account.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { root } from "../../local/process.ts";

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** What else the edge answers, in a test's own words; undefined: not its address. */
export type Route = (
  method: string,
  path: string,
  body: string,
  query: URLSearchParams,
) => { status: number; body: object | string } | undefined;

/**
 * Builds the real app with a sample actor for its live connection. All files of tests share one build, which
 * is made again when the source changes.
 */
async function buildSample(): Promise<string> {
  const builds = path.join(root, ".growqr/cache/sample-app");
  const outDir = path.join(builds, hashAppSources("test/app"));
  if (existsSync(outDir)) return outDir;
  const fresh = `${outDir}.${process.pid}`;
  const sample = path.join(import.meta.dirname, "sample-socket.ts");
  await build({
    root: path.join(root, "edge/app"),
    configFile: false,
    logLevel: "error",
    plugins: [
      react(),
      selfHostedClerk(),
      firstCalls(),
      { name: "sample", enforce: "pre", resolveId: (id) => (id.endsWith("live-socket.tsx") ? sample : undefined) },
    ],
    css: classNames,
    build: {
      ...{ outDir: fresh, emptyOutDir: true, minify: true, target: "chrome123", assetsInlineLimit: 0, cssCodeSplit: false },
      rolldownOptions: { output: { codeSplitting: chunks } }, // as it is served: in files by the dozen each page takes a fifth longer
    },
  });
  const old = readdirSync(builds).filter((name) => !name.startsWith(path.basename(outDir)));
  for (const name of old) rmSync(path.join(builds, name), { recursive: true, force: true });
  try {
    renameSync(fresh, outDir);
  } catch (error) {
    if (!existsSync(outDir)) throw error; // another file of tests has built the same
    rmSync(fresh, { recursive: true, force: true });
  }
  return outDir;
}

/** The headers of a deployment whose Clerk is at `clerk`, for the document as it was built. */
function readHeaders(outDir: string, clerk: string): Record<string, string> {
  const [, script = ""] = /<script data-later[^>]*>([\s\S]*?)<\/script>/.exec(readFileSync(path.join(outDir, "index.html"), "utf8")) ?? [];
  const hash = `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  const text = readFileSync(path.join(root, "edge/app/public/_headers"), "utf8");
  const [forAll = ""] = fillHeaders(text, { clerk, framed: [] }, hash).split("/assets/*");
  return Object.fromEntries([...forAll.matchAll(/^ {2}([\w-]+): (.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

/**
 * `identityUrl`: a double of Clerk's Frontend API beside it, with the headers of a deployment; without
 * it somebody is signed in.
 */
export type ServedAt = { port?: number; identityUrl?: string };
/** The built app, and the few answers it needs of an edge. */
export async function serveApp(
  route: Route = () => undefined,
  { port = 0, identityUrl }: ServedAt = {},
): Promise<{ url: string; close: () => Promise<void> }> {
  const outDir = await buildSample();
  const headers = identityUrl === undefined ? {} : readHeaders(outDir, identityUrl);
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    const sent = await text(request).catch(() => undefined);
    if (sent === undefined) return; // the page was closed meanwhile
    const known = answers(url, identityUrl)[pathname.endsWith("/ticket") ? "ticket" : pathname];
    const answer = route(request.method ?? "GET", pathname, sent, searchParams) ?? (known && { status: 200, body: known });
    if (typeof answer?.body === "string")
      return response.writeHead(answer.status, { "content-type": "application/octet-stream" }).end(answer.body);
    if (answer) return response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    const file = path.extname(pathname) ? path.join(outDir, path.normalize(pathname)) : path.join(outDir, "index.html");
    try {
      const body = readFileSync(file);
      response.writeHead(200, { "content-type": types[path.extname(file)] ?? "application/octet-stream", ...headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, close };
}

const [agent, member] = [newId("agt", 1), newId("mem", 1)];
const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;
const jwt = () => `e30.${Buffer.from(JSON.stringify({ exp: inAnHour(), iat: inAnHour() - 3_600 })).toString("base64url")}.e30`;
/** Who is signed in. */
export const describeSampleMember = (): MeOut => ({
  member: { id: member, name: "Ada Lind", email: "ada@example.com" },
  roles: [],
  entitlement: "active",
  subscription: { plan: "trial", quantity: 1, upcoming: null, disputed: false, status: "active", periodEnd: inAnHour() * 1_000 },
  agent: {
    id: agent,
    member,
    type: "grow",
    name: "Grow Agent",
    channel: siblingId("chn", agent),
    stackId: newId("stk", 1),
    workspaceId: newId("wsp", 1),
    status: "ready",
    observed: "running",
    trouble: null,
    waiting: null,
    host: null,
    epoch: 1,
    containers: null,
    gitRepo: "",
    workspacePath: "",
    lastActivity: null,
    entitlement: "active",
    agents: [],
    subAgents: [],
  },
});
function answers(url: string, identityUrl = url): Record<string, object> {
  const config: ConfigOut = {
    instance: "sample",
    environment: "local",
    identity: { publishableKey: `pk_live_${btoa("sample.invalid$")}`, url: identityUrl },
    demo: { identity: true, model: true, payments: true },
    model: "demo",
  };
  const ticket: TicketOut = { ticket: "sample", expiresAt: inAnHour(), endpoint: `${url}/live`, key: [member] };
  const session = { id: "sess_sample", status: "active", last_active_token: { jwt: jwt() } };
  const client = { response: { last_active_session_id: session.id, sessions: [session] } };
  return { "/config": config, "/me": describeSampleMember(), ticket, "/v1/client": client };
}
