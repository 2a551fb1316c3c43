import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { type Config, config } from "./config.ts";
import { refusalPage, signInPage } from "./page.ts";
import { type SessionStore, sessionStore } from "./sessions.ts";
import { type IdentityKey, mint, openKey } from "./token.ts";
import { signInBody, userOf } from "./user.ts";
import "../../local/ignore-log-errors.ts";

type Answer = { status: number; headers?: Record<string, string>; body?: string };
type Call = { method: string; url: URL; origin: string | undefined; cookie: string | undefined; bearer: string | undefined; body: string };
type Page = { settings: Config; key: IdentityKey; sessions: SessionStore; cookieName: string; hosts: ReadonlySet<string> };

const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(body),
});
const html = (status: number, body: string): Answer => ({
  status,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  },
  body,
});
const refused = (status: number, code: string) => json(status, { errors: [{ code, message: code.replaceAll("_", " ") }] });

/** Where to go back to: the app only, or this page would send people anywhere. */
function backTo(page: Page, given: string | null): string | undefined {
  if (!given) return page.settings.APP_ORIGINS[0];
  return URL.canParse(given) && page.settings.APP_ORIGINS.includes(new URL(given).origin) ? given : undefined;
}

function signIn(page: Page, call: Call): Answer {
  const form = call.method === "POST" ? new URLSearchParams(call.body) : call.url.searchParams;
  const back = backTo(page, form.get("redirect_url"));
  if (!back) return html(400, refusalPage("The address to go back to is not the app's."));
  if (call.method === "GET") return html(200, signInPage(back));
  if (call.origin && !page.hosts.has(call.origin.replace(/^http:\/\//, ""))) return html(403, refusalPage("Sign in on this page itself."));
  const parsed = signInBody.safeParse({ email: form.get("email") ?? "" });
  if (!parsed.success) return html(400, signInPage(back, "That is not an e-mail address."));
  const { token } = page.sessions.open(userOf(parsed.data.email));
  return {
    status: 303,
    headers: { location: back, "set-cookie": `${page.cookieName}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000` },
  };
}

function signOut(page: Page, call: Call): Answer {
  const back = backTo(page, call.url.searchParams.get("redirect_url"));
  if (!back) return html(400, refusalPage("The address to go back to is not the app's."));
  page.sessions.close(call.cookie);
  return { status: 303, headers: { location: back, "set-cookie": `${page.cookieName}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0` } };
}

function devSignIn(page: Page, call: Call): Answer {
  const parsed = signInBody.safeParse(parse(call.body));
  if (!parsed.success) return refused(400, "form_param_invalid");
  const { token, session } = page.sessions.open(userOf(parsed.data.email, parsed.data.name));
  return json(200, { sessionId: session.id, userId: session.user.id, token });
}

async function token(page: Page, call: Call, sessionId: string): Promise<Answer> {
  const session = page.sessions.of(call.bearer ?? call.cookie);
  if (!session) return refused(401, "authentication_invalid");
  if (session.id !== sessionId) return refused(404, "resource_not_found");
  const { APP_ORIGINS, IDENTITY_URL } = page.settings;
  const azp = call.origin && APP_ORIGINS.includes(call.origin) ? call.origin : APP_ORIGINS[0]!;
  return json(200, { jwt: await mint(page.key, session, IDENTITY_URL, azp, Math.floor(Date.now() / 1000)) });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the shape refuses it
  }
}

async function route(page: Page, call: Call): Promise<Answer> {
  const where = `${call.method} ${call.url.pathname}`;
  const tokens = /^POST \/v1\/client\/sessions\/(sess_[0-9a-f]{32})\/tokens$/.exec(where);
  if (tokens) return token(page, call, tokens[1]!);
  if (call.method === "OPTIONS") return { status: 204 };
  switch (where) {
    case "GET /health":
      return json(200, { ok: true });
    case "GET /.well-known/jwks.json":
      return json(200, page.key.jwks);
    case "GET /v1/dev/jwt-key":
      return { status: 200, headers: { "content-type": "text/plain" }, body: page.key.publicPem };
    case "GET /sign-in":
    case "POST /sign-in":
      return signIn(page, call);
    case "GET /sign-out":
      return signOut(page, call);
    case "GET /v1/client":
      return json(200, { session: page.sessions.of(call.bearer ?? call.cookie) ?? null });
    case "POST /v1/dev/sign-in":
      return call.origin ? refused(403, "not_for_browsers") : devSignIn(page, call);
    default:
      return refused(404, "resource_not_found");
  }
}

function cors(page: Page, origin: string | undefined): Record<string, string> {
  if (!origin || !page.settings.APP_ORIGINS.includes(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-allow-methods": "GET, POST",
    "access-control-max-age": "600",
    vary: "Origin",
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk;
    if (body.length > 16_384) throw new Error("body too large");
  }
  return body;
}

async function handle(page: Page, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { cookie, origin, authorization, host } = request.headers;
  if (!page.hosts.has(host ?? ""))
    return void response.writeHead(421, { "content-type": "text/plain" }).end("This is not the page's address.\n");
  const mine = cookie?.split(/; */).find((part) => part.startsWith(`${page.cookieName}=`));
  const call: Call = {
    method: request.method ?? "GET",
    url: new URL(request.url ?? "/", page.settings.IDENTITY_URL),
    origin,
    cookie: mine?.slice(page.cookieName.length + 1),
    bearer: authorization?.startsWith("Bearer ") ? authorization.slice(7) : undefined,
    body: await read(request),
  };
  const answer = await route(page, call);
  response.writeHead(answer.status, { ...answer.headers, ...cors(page, origin) }).end(answer.body);
}

const settings = config(process.env);
const page: Page = {
  settings,
  key: await openKey(settings.IDENTITY_FOLDER),
  sessions: sessionStore(path.join(settings.IDENTITY_FOLDER, "identity-sessions.json")),
  hosts: new Set(["localhost", "127.0.0.1"].map((name) => `${name}:${settings.IDENTITY_PORT}`)), // another name may lead here: a stranger's page, by DNS
  cookieName: `growqr_identity_${settings.INSTANCE.replaceAll("-", "_")}`, // cookies know no port: two instances on one machine must not share one
};
const server = createServer((request, response) => {
  handle(page, request, response).catch((error: unknown) => {
    console.error(JSON.stringify({ at: new Date().toISOString(), level: "error", part: "identity", message: String(error) }));
    if (!response.headersSent) response.writeHead(400);
    response.end();
  });
});
server.listen(settings.IDENTITY_PORT, "127.0.0.1");
process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
