import { createServer, type IncomingMessage } from "node:http";
import { z } from "zod";

/**
 * A double of what `wrangler deploy` calls of Cloudflare's API: a Worker with its secrets, the app's files,
 * routes, a custom domain and its clock. It keeps what was sent, and takes it from one token only.
 */
export type Deployment = {
  /** The Worker's. */
  name: string;
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
const merge = z.object({ secrets: z.record(z.string(), z.unknown()) });
const secret = z.object({ type: z.literal("secret_text"), name: z.string(), text: z.string() });

/** The only account that there is. */
const account = "account";

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export async function startCloudflare(token: string) {
  const kept: Deployment[] = [];
  /** Ends of paths that the token may not change. */
  const refused = new Set<string>();
  const empty = (name: string): Deployment => ({
    ...{ name, modules: new Map(), secrets: {}, files: [] },
    ...{ uploaded: 0, routes: [], domains: [], crons: [] },
  });
  /** What is being sent, or was sent last. */
  let begun = empty("");
  /** A Worker's secrets stay where it is sent without them, as Cloudflare keeps them. */
  const begin = (name: string) => {
    const before = kept.findLast((each) => each.name === name);
    begun = { ...empty(name), secrets: { ...before?.secrets } };
  };
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
    const [, named] = /^\/accounts\/([^/]+)/.exec(url.pathname) ?? [];
    if (named !== undefined && named !== account) return undefined;
    const path = url.pathname.replace(/^\/accounts\/[^/]+/, "");
    const json = (): unknown => JSON.parse(body.toString());
    if (method === "GET" && path === "/accounts") return [{ id: account, name: "The operator's" }];
    if (method === "GET" && path === "/workers/scripts") return [];
    if (method === "GET" && path.endsWith("/secrets")) return Object.keys(begun.secrets).map((name) => ({ name, type: "secret_text" }));
    if (method === "PATCH" && path.endsWith("/secrets-bulk")) {
      for (const [name, secret] of Object.entries(merge.parse(json()).secrets)) if (secret === null) delete begun.secrets[name];
      return {};
    }
    if (method === "GET" && path === "/zones") return [{ id: "zone", name: url.searchParams.get("name") }];
    if (method === "GET" && path.endsWith("/workers/routes")) return [];
    if (method === "GET" && path.endsWith("/deployments")) return { deployments: [] };
    if (path.endsWith("/subdomain")) return offBy;
    if (method === "GET" && path.startsWith("/workers/workers/")) return { id: "worker", name: "growqr", subdomain: offBy };
    if (path.endsWith("/assets-upload-session")) {
      begin(path.split("/")[3] ?? "");
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
    const url = new URL(request.url ?? "/", "http://cloudflare.double");
    const isRefused = request.method !== "GET" && [...refused].some((end) => url.pathname.endsWith(end));
    const isKnown = !isRefused && (bearer === token || bearer?.endsWith(".session.jwt"));
    const result = isKnown ? await answer(request.method ?? "GET", url, body, request.headers["content-type"] ?? "") : undefined;
    const errors = isKnown ? [{ code: 10090, message: "This does not exist." }] : [{ code: 10000, message: "Authentication error" }];
    const isFound = result !== undefined;
    response.writeHead(isFound ? 200 : isKnown ? 404 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify({ success: isFound, errors: isFound ? [] : errors, messages: [], result: result ?? null }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return { url: `http://127.0.0.1:${port}`, kept, refused, close: () => new Promise((resolve) => server.close(resolve)) };
}
