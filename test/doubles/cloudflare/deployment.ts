import { createServer, type IncomingMessage } from "node:http";
import { z } from "zod";

/**
 * A double of what `wrangler deploy` calls of Cloudflare's API: a Worker with its secrets, the app's files,
 * routes, a custom domain and its clock. It keeps what was sent, and takes it from one token only.
 */
export type Deployment = {
  /** Modules by name, as they were sent. */
  modules: Map<string, Uint8Array>;
  secrets: Record<string, string>;
  /** Names of the app's files. */
  files: string[];
  uploaded: number;
  routes: string[];
  domains: string[];
  /** When its clock beats. */
  crons: string[];
};
const metadata = z.object({ main_module: z.string(), bindings: z.array(z.looseObject({ type: z.string(), name: z.string() })) });
const manifest = z.object({ manifest: z.record(z.string(), z.object({ hash: z.string(), size: z.number() })) });
const patterns = z.array(z.object({ pattern: z.string() }));
const crons = z.array(z.object({ cron: z.string() }));
const hostnames = z.array(z.object({ hostname: z.string() }));
const secret = z.object({ type: z.literal("secret_text"), name: z.string(), text: z.string() });

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export async function startCloudflare(token: string) {
  const kept: Deployment[] = [];
  const begun: Deployment = { modules: new Map(), secrets: {}, files: [], uploaded: 0, routes: [], domains: [], crons: [] };
  async function takeWorker(body: Buffer, contentType: string): Promise<unknown> {
    const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
    const { bindings } = metadata.parse(JSON.parse(String(form.get("metadata"))));
    for (const each of bindings) {
      const found = secret.safeParse(each);
      if (found.success) begun.secrets[found.data.name] = found.data.text;
    }
    for (const [name, part] of form) if (typeof part !== "string") begun.modules.set(name, new Uint8Array(await part.arrayBuffer()));
    kept.push(begun);
    return { id: "growqr", etag: "etag", pipeline_hash: "hash", mutable_pipeline_id: "id", deployment_id: "id", startup_time_ms: 1 };
  }
  const offBy = { enabled: false, previews_enabled: false };
  /** By method and the end of the path; undefined: there is no such thing. */
  async function answer(method: string, url: URL, body: Buffer, contentType: string): Promise<unknown> {
    const path = url.pathname.replace(/^\/accounts\/[^/]+/, "");
    const json = (): unknown => JSON.parse(body.toString());
    if (method === "GET" && path === "/zones") return [{ id: "zone", name: url.searchParams.get("name") }];
    if (method === "GET" && path.endsWith("/workers/routes")) return [];
    if (method === "GET" && path.endsWith("/deployments")) return { deployments: [] };
    if (path.endsWith("/subdomain")) return offBy;
    if (method === "GET" && path.startsWith("/workers/workers/")) return { id: "worker", name: "growqr", subdomain: offBy };
    if (path.endsWith("/assets-upload-session")) {
      const files = manifest.parse(json()).manifest;
      begun.files = Object.keys(files).sort();
      return { jwt: "begun.session.jwt", buckets: [Object.values(files).map(({ hash }) => hash)] };
    }
    if (path.endsWith("/assets/upload")) {
      begun.uploaded += body.length;
      return { jwt: "ended.session.jwt" };
    }
    if (method === "PUT" && path.endsWith("/routes")) {
      begun.routes = patterns.parse(json()).map(({ pattern }) => pattern);
      return json();
    }
    if (method === "PUT" && path.endsWith("/schedules")) {
      begun.crons = crons.parse(json()).map(({ cron }) => cron);
      return { schedules: json() };
    }
    if (path.endsWith("/domains/changeset")) return { added: json(), removed: [], updated: [], conflicting: [] };
    if (path.endsWith("/domains/records")) {
      begun.domains = hostnames.parse(z.object({ origins: z.unknown() }).parse(json()).origins).map(({ hostname }) => hostname);
      return json();
    }
    if (method === "PUT" && /^\/workers\/scripts\/[^/]+$/.test(path)) return takeWorker(body, contentType);
    return undefined;
  }
  const server = createServer(async (request, response) => {
    const body = await readAll(request);
    const bearer = request.headers.authorization?.replace(/^Bearer /, "");
    const isKnown = bearer === token || bearer?.endsWith(".session.jwt");
    const url = new URL(request.url ?? "/", "http://cloudflare.double");
    const result = isKnown ? await answer(request.method ?? "GET", url, body, request.headers["content-type"] ?? "") : undefined;
    const errors = isKnown ? [{ code: 10090, message: "This does not exist." }] : [{ code: 10000, message: "Authentication error" }];
    const isFound = result !== undefined;
    response.writeHead(isFound ? 200 : isKnown ? 404 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify({ success: isFound, errors: isFound ? [] : errors, messages: [], result: result ?? null }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return { url: `http://127.0.0.1:${port}`, kept, close: () => new Promise((resolve) => server.close(resolve)) };
}
