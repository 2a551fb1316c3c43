import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { tryParseForeignJson } from "../../../schema/wire/foreign-text.ts";
import { Attempts } from "./attempts.ts";
import { type IdentityClient, type IdentitySession, IdentityStore, newClient } from "./clients.ts";
import { type Config, config } from "./config.ts";
import { asClient, asEnvironment, asSession, asSignIn, asSignUp, asUser, type Known } from "./fapi.ts";
import { type InstanceSettings, instanceChange, usualInstance } from "./instance.ts";
import { deletePerson, findPerson, listSessions, revokeSession, setPassword, updatePerson } from "./person.ts";
import { countUsers, deleteByPlatform, findForPlatform, listByEmail, mergeMetadata } from "./platform.ts";
import { type FapiForm, FapiRefusal } from "./proof.ts";
import { type IdentityKey, mint, openKey } from "./token.ts";
import { devSignInBody, makeUser } from "./user.ts";
import { WebhookSender } from "./webhook.ts";
import "../../local/ignore-log-errors.ts";

/**
 * A double of Clerk's Frontend API, for clerk-js 6 in a browser, and of nothing else: whoever reaches it can
 * be anybody. Bodies are forms; PATCH and DELETE come as POST with `_method`.
 */
type Double = {
  settings: Config;
  /** Changed by programs while it runs. */
  instance: InstanceSettings;
  key: IdentityKey;
  store: IdentityStore;
  told: WebhookSender;
  cookieName: string;
  hosts: ReadonlySet<string>;
};
type Call = {
  method: string;
  url: URL;
  origin: string | undefined;
  body: string;
  form: FapiForm;
  bearer: string | undefined;
  client: IdentityClient;
  attempts: Attempts;
};
/** `change`: the answer carries the whole client along, and a new browser gets its cookie. */
type Answer = { status: number; body?: unknown; text?: string; location?: string; change?: boolean };

async function knowSession(double: Double, session: IdentitySession, origin: string | undefined): Promise<Known | undefined> {
  const user = double.store.userOf(session);
  const { APP_ORIGINS, IDENTITY_URL, SECRET_KEY } = double.settings;
  const azp = origin && APP_ORIGINS.includes(origin) ? origin : APP_ORIGINS[0]!;
  const told = SECRET_KEY === undefined; // with a key for the Backend API who people are is asked there
  const said = { issuer: IDENTITY_URL, azp, told, lifeSeconds: double.instance.tokenSeconds };
  return user && { user, jwt: await mint(double.key, { sessionId: session.id, user }, said, Math.floor(Date.now() / 1000)) };
}
async function describeClient(double: Double, { client, origin }: Call) {
  const known = client.sessions.map(async (session) => {
    const person = await knowSession(double, session, origin);
    return person ? [asSession(session, person)] : [];
  });
  return asClient(client, (await Promise.all(known)).flat());
}
function requireSession({ client }: Call, id: string): IdentitySession {
  const session = client.sessions.find((each) => each.id === id);
  if (!session) throw new FapiRefusal(401, "authentication_invalid", "Invalid authentication");
  return session;
}
async function answerSession(double: Double, call: Call, session: IdentitySession): Promise<Answer> {
  const known = await knowSession(double, session, call.origin);
  if (!known) throw new FapiRefusal(401, "authentication_invalid", "Invalid authentication");
  return { status: 200, body: asSession(session, known), change: true };
}

/** What no Clerk has: programs sign in without a code, and an address can be given a password. */
async function devSignIn(double: Double, call: Call): Promise<Answer> {
  if (call.origin) throw new FapiRefusal(403, "not_for_browsers", "Programs only.");
  const parsed = devSignInBody.safeParse(tryParseForeignJson(call.body));
  if (!parsed.success) throw new FapiRefusal(422, "form_param_invalid", "An address is needed.");
  const { email, name, password, ...more } = parsed.data;
  const { store } = double;
  const known = store.findUser(email);
  const isSame = known && Object.keys(parsed.data).length === 1;
  const { publicMetadata, unsafeMetadata } = known ?? {};
  const user = isSame ? known : store.keepUser({ ...makeUser(email, name, password), ...more, publicMetadata, unsafeMetadata });
  const client = newClient();
  const { id: sessionId } = store.openSession(client, user);
  const token = store.addClient(client);
  store.save();
  return { status: 200, body: { sessionId, userId: user.id, token } };
}
/** The same for the instance's dashboard. */
function devChange({ instance }: Double, call: Call): Answer {
  if (call.origin) throw new FapiRefusal(403, "not_for_browsers", "Programs only.");
  const parsed = instanceChange.safeParse(tryParseForeignJson(call.body));
  if (!parsed.success) throw new FapiRefusal(422, "form_param_invalid", "There is no such setting.");
  return { status: 200, body: Object.assign(instance, parsed.data) };
}
type Route = [method: string, pattern: RegExp, answer: (double: Double, call: Call, id: string) => Answer | Promise<Answer>];
const changed = (body: unknown): Answer => ({ status: 200, body, change: true });
const routes: Route[] = [
  ["GET", /^\/health$/, () => ({ status: 200, body: { ok: true } })],
  ["GET", /^\/\.well-known\/jwks\.json$/, ({ key }) => ({ status: 200, body: key.jwks })],
  ["GET", /^\/v1\/dev\/jwt-key$/, ({ key }) => ({ status: 200, text: key.publicPem })],
  ["POST", /^\/v1\/dev\/sign-in$/, devSignIn],
  ["POST", /^\/v1\/dev\/instance$/, devChange],
  ["GET", /^\/v1\/environment$/, ({ instance }) => ({ status: 200, body: asEnvironment(instance) })],
  ["PATCH", /^\/v1\/environment$/, ({ instance }) => ({ status: 200, body: asEnvironment(instance) })],
  [
    "GET",
    /^\/v1\/client$/,
    async (double, call) => {
      const isNew = call.client.sessions.length === 0 && !call.client.signIn && !call.client.signUp;
      return { status: 200, body: { response: isNew ? null : await describeClient(double, call), client: null } };
    },
  ],
  ["PUT", /^\/v1\/client$/, async (double, call) => changed(await describeClient(double, call))],
  [
    "POST",
    /^\/v1\/client\/sign_ins$/,
    (double, { attempts, form }) => changed(asSignIn(attempts.signIn(form, `${double.settings.IDENTITY_URL}/v1/oauth/provider`))),
  ],
  [
    "POST",
    /^\/v1\/client\/sign_ins\/(\w+)\/prepare_first_factor$/,
    (_, { attempts, form }, id) => changed(asSignIn(attempts.prepareSignIn(id, form))),
  ],
  [
    "POST",
    /^\/v1\/client\/sign_ins\/(\w+)\/attempt_first_factor$/,
    (_, { attempts, form }, id) => changed(asSignIn(attempts.attemptSignIn(id, form))),
  ],
  [
    "POST",
    /^\/v1\/client\/sign_ins\/(\w+)\/reset_password$/,
    ({ told }, { attempts, form }, id) => {
      const { attempt, ended } = attempts.resetPassword(id, form);
      for (const session of ended) told.signedOut("revoked", session);
      if (attempt.user) told.updated(attempt.user);
      return changed(asSignIn(attempt));
    },
  ],
  [
    "POST",
    /^\/v1\/client\/sign_ins\/(\w+)\/prepare_second_factor$/,
    (_, { attempts, form }, id) => changed(asSignIn(attempts.prepareSecond(id, form))),
  ],
  [
    "POST",
    /^\/v1\/client\/sign_ins\/(\w+)\/attempt_second_factor$/,
    (_, { attempts, form }, id) => changed(asSignIn(attempts.attemptSecond(id, form))),
  ],
  ["PATCH", /^\/v1\/client\/sign_ups\/(\w+)$/, (_, { attempts, form }, id) => changed(asSignUp(attempts.updateSignUp(id, form)))],
  ["POST", /^\/v1\/client\/sign_ups$/, (_, { attempts, form }) => changed(asSignUp(attempts.signUp(form)))],
  ["POST", /^\/v1\/client\/sign_ups\/(\w+)\/prepare_verification$/, (_, { attempts }, id) => changed(asSignUp(attempts.prepareSignUp(id)))],
  [
    "POST",
    /^\/v1\/client\/sign_ups\/(\w+)\/attempt_verification$/,
    (_, { attempts, form }, id) => changed(asSignUp(attempts.verifySignUp(id, form))),
  ],
  ["POST", /^\/v1\/client\/sessions\/(\w+)\/touch$/, (double, call, id) => answerSession(double, call, requireSession(call, id))],
  [
    "POST",
    /^\/v1\/client\/sessions\/(\w+)\/tokens$/,
    async (double, call, id) => {
      const known = await knowSession(double, requireSession(call, id), call.origin);
      if (!known) throw new FapiRefusal(401, "authentication_invalid", "Invalid authentication");
      return { status: 200, body: { object: "token", jwt: known.jwt } };
    },
  ],
  [
    "POST",
    /^\/v1\/client\/sessions\/(\w+)\/(?:end|remove)$/,
    async (double, call, id) => {
      const session = requireSession(call, id);
      const answer = await answerSession(double, call, session);
      double.told.signedOut(call.url.pathname.endsWith("/end") ? "ended" : "removed", session);
      call.client.sessions = call.client.sessions.filter((session) => session.id !== id);
      return { ...answer, body: { ...(answer.body as object), status: "removed" } };
    },
  ],
  [
    "DELETE",
    /^\/v1\/client\/sessions$/,
    async (double, call) => {
      for (const session of call.client.sessions.splice(0)) double.told.signedOut("removed", session);
      return changed(await describeClient(double, call));
    },
  ],
  ["GET", /^\/v1\/me$/, ({ store }, call) => changed(asUser(findPerson(store, call.client)))],
  ["PATCH", /^\/v1\/me$/, ({ store, told }, { client, form }) => changed(asUser(told.updated(updatePerson(store, client, form))))],
  [
    "POST",
    /^\/v1\/me\/change_password$/,
    (double, { client, form }) => changed(asUser(double.told.updated(setPassword(double, client, form)))),
  ],
  [
    "DELETE",
    /^\/v1\/me$/,
    ({ store, told }, { client }) =>
      changed({ object: "user", id: told.deleted(deletePerson(store, findPerson(store, client))), deleted: true }),
  ],
  ["GET", /^\/v1\/me\/sessions\/active$/, ({ store }, { client }) => ({ status: 200, body: listSessions(store, client) })],
  ["POST", /^\/v1\/me\/sessions\/(\w+)\/revoke$/, (double, { client }, id) => changed(revokeSession(double, client, id))],
  [
    "GET",
    /^\/v1\/users$/,
    (double, { url, bearer }) => ({ status: 200, body: listByEmail(double, bearer, url.searchParams.getAll("email_address")) }),
  ],
  ["GET", /^\/v1\/users\/count$/, (double, { bearer }) => ({ status: 200, body: countUsers(double, bearer) })],
  ["GET", /^\/v1\/users\/(\w+)$/, (double, { bearer }, id) => ({ status: 200, body: asUser(findForPlatform(double, bearer, id)) })],
  [
    "PATCH",
    /^\/v1\/users\/(\w+)\/metadata$/,
    (double, { bearer, body }, id) => ({ status: 200, body: mergeMetadata(double, { bearer, body }, id) }),
  ],
  ["DELETE", /^\/v1\/users\/(\w+)$/, (double, { bearer }, id) => ({ status: 200, body: deleteByPlatform(double, bearer, id) })],
  [
    "GET",
    /^\/v1\/oauth\/provider$/,
    (_, { attempts, url }) => ({ status: 303, location: attempts.returnFromProvider(url.searchParams.get("nonce")), change: true }),
  ],
];

function cors({ settings }: Double, origin: string | undefined): Record<string, string> {
  if (!origin || !settings.APP_ORIGINS.includes(origin)) return {};
  return { "access-control-allow-origin": origin, "access-control-allow-credentials": "true", vary: "Origin" };
}

async function readText(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk;
    if (body.length > 16_384) throw new FapiRefusal(413, "request_too_large", "The request is too large.");
  }
  return body;
}
function findRoute(double: Double, call: Call): Answer | Promise<Answer> {
  for (const [method, pattern, answer] of routes) {
    const found = method === call.method ? pattern.exec(call.url.pathname) : null;
    if (found) return answer(double, call, found[1] ?? "");
  }
  throw new FapiRefusal(404, "resource_not_found", `No ${call.method} ${call.url.pathname}`);
}
const refusalBody = ({ code, message, field }: FapiRefusal) => ({
  errors: [{ code, message, long_message: message, ...(field ? { meta: { param_name: field } } : {}) }],
});

async function handle(double: Double, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { cookie, origin, authorization, host } = request.headers;
  const headers: Record<string, string> = { "content-type": "application/json", "cache-control": "no-store", ...cors(double, origin) };
  const say = (status: number, body: unknown) => void response.writeHead(status, headers).end(JSON.stringify(body));
  if (!double.hosts.has(host ?? "")) return say(421, refusalBody(new FapiRefusal(421, "misdirected", "This is not the double's address.")));
  // A page that is not the app's, as a preview on this machine is, does nothing here with somebody's cookie.
  if (origin && !double.settings.APP_ORIGINS.includes(origin))
    return say(403, refusalBody(new FapiRefusal(403, "origin_invalid", "The origin is not the app's.")));
  const mine = cookie?.split(/; */).find((part) => part.startsWith(`${double.cookieName}=`));
  const bearer = authorization?.startsWith("Bearer ") ? authorization.slice(7) : undefined;
  const token = bearer ?? mine?.slice(double.cookieName.length + 1);
  const known = double.store.findClient(token);
  const client = known ?? newClient();
  client.userAgent = request.headers["user-agent"]?.slice(0, 500);
  const url = new URL(request.url ?? "/", double.settings.IDENTITY_URL);
  const body = await readText(request);
  const method = (request.method === "POST" && url.searchParams.get("_method")) || (request.method ?? "GET");
  const form = Object.fromEntries(new URLSearchParams(body));
  const call: Call = { method, url, origin, body, form, bearer, client, attempts: new Attempts(double.store, client, double.instance) };
  try {
    const answer = await findRoute(double, call);
    if (answer.change) {
      if (!known)
        headers["set-cookie"] = `${double.cookieName}=${double.store.addClient(client)}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000`;
      double.store.save();
    }
    if (answer.location !== undefined) return void response.writeHead(answer.status, { ...headers, location: answer.location }).end();
    if (answer.text !== undefined)
      return void response.writeHead(answer.status, { ...headers, "content-type": "text/plain" }).end(answer.text);
    say(answer.status, answer.change ? { response: answer.body, client: await describeClient(double, call) } : answer.body);
  } catch (error) {
    if (!(error instanceof FapiRefusal)) throw error;
    say(error.status, refusalBody(error));
  }
}

const settings = config(process.env);
const double: Double = {
  settings,
  instance: { ...usualInstance },
  key: await openKey(settings.IDENTITY_FOLDER),
  store: new IdentityStore(path.join(settings.IDENTITY_FOLDER, "identity.json")),
  told: new WebhookSender(settings),
  hosts: new Set(["localhost", "127.0.0.1"].map((name) => `${name}:${settings.IDENTITY_PORT}`)), // another name may lead here: a stranger's page, by DNS
  cookieName: `growqr_identity_${settings.INSTANCE.replaceAll("-", "_")}`, // cookies know no port: two instances on one machine must not share one
};
const server = createServer((request, response) => {
  handle(double, request, response).catch((error: unknown) => {
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
