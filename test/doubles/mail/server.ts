import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { listPage, mailPage } from "./page.ts";

/**
 * A mail service that speaks Resend's API: `POST /emails`, `GET /emails` and `GET /emails/:id`. It sends
 * nothing on; people read the mails at `/`.
 */
const email = z.email();
const sender = z.string().refine((from) => email.safeParse(/<([^<>]+)>$/.exec(from)?.[1] ?? from).success);
const mailIn = z.object({
  from: sender,
  to: z.union([email, z.array(email).min(1).max(50)]).transform((to) => [to].flat()),
  subject: z.string().min(1),
  text: z.string().optional(),
  html: z.string().optional(),
});
export type KeptMail = z.infer<typeof mailIn> & { id: string; created_at: string };
type MailFailure = 429 | 500 | "lost";
export type Mailbox = {
  url: string;
  mails: KeptMail[];
  /** The next mails to this address are refused: with 429 or 500, or taken although the caller hears 500. */
  fail: (to: string, ...how: MailFailure[]) => void;
  close: () => Promise<void>;
};

const most = 500;
const problems = {
  missing_api_key: [401, "Missing API key in the authorization header."],
  invalid_api_key: [403, "API key is invalid."],
  invalid_idempotency_key: [400, "The key must be between 1-256 chars."],
  missing_required_field: [422, "The request body is missing one or more required fields."],
  invalid_idempotent_request: [409, "Same idempotency key used with a different request payload."],
  rate_limit_exceeded: [429, "Too many requests. Please limit the number of requests per second."],
  application_error: [500, "An unexpected error occurred."],
  not_found: [404, "The requested endpoint does not exist."],
} as const;

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the shape refuses it
  }
}

export async function startMailbox(port: number, key: string): Promise<Mailbox> {
  const mails: KeptMail[] = [];
  const answered = new Map<string, { hash: string; id: string }>();
  const failures = new Map<string, MailFailure[]>();
  const json = (response: ServerResponse, status: number, body: object) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const refuse = (response: ServerResponse, name: keyof typeof problems) => {
    const [statusCode, message] = problems[name];
    return json(response, statusCode, { statusCode, name, message });
  };
  const html = (response: ServerResponse, page: string | undefined) =>
    response
      .writeHead(page === undefined ? 404 : 200, {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'",
      })
      .end(page ?? "No such mail.");

  async function send(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    const text = await read(request);
    const mail = mailIn.safeParse(jsonOf(text));
    const failure = mail.data?.to.map((to) => failures.get(to)?.shift()).find(Boolean);
    if (failure === 429) return refuse(response, "rate_limit_exceeded");
    if (failure === 500) return refuse(response, "application_error");
    const given = request.headers["idempotency-key"];
    if (given !== undefined && (typeof given !== "string" || given.length < 1 || given.length > 256))
      return refuse(response, "invalid_idempotency_key");
    const hash = createHash("sha256").update(text).digest("hex");
    const before = given === undefined ? undefined : answered.get(given);
    if (before) return before.hash === hash ? json(response, 200, { id: before.id }) : refuse(response, "invalid_idempotent_request");
    if (!mail.success || (mail.data.text ?? mail.data.html) === undefined) return refuse(response, "missing_required_field");
    const id = randomUUID();
    mails.push({ ...mail.data, id, created_at: new Date().toISOString() });
    mails.splice(0, Math.max(0, mails.length - most));
    if (given !== undefined) answered.set(given, { hash, id });
    if (failure === "lost") return refuse(response, "application_error");
    return json(response, 200, { id });
  }
  function api(request: IncomingMessage, response: ServerResponse, path: string): ServerResponse | Promise<ServerResponse> {
    if (!request.headers.authorization) return refuse(response, "missing_api_key");
    if (request.headers.authorization !== `Bearer ${key}`) return refuse(response, "invalid_api_key");
    const where = `${request.method} ${path}`;
    if (where === "POST /emails") return send(request, response).catch(() => response.destroy());
    const data = mails.toReversed();
    if (where === "GET /emails")
      return json(response, 200, { object: "list", has_more: false, data: data.map(({ text: _, html: __, ...head }) => head) });
    const mail = data.find(({ id }) => where === `GET /emails/${id}`);
    return mail ? json(response, 200, { object: "email", ...mail }) : refuse(response, "not_found");
  }
  const route = (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? "/", "http://mail").pathname;
    // another name may lead here, by DNS: a stranger's page must not read mails
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? ""))
      return response.writeHead(421).end("This is not the page's address.\n");
    if (path === "/health") return json(response, 200, { ok: true });
    if (path.startsWith("/emails")) return api(request, response, path);
    if (path === "/") return html(response, listPage(mails.toReversed()));
    const mail = mails.find(({ id }) => path === `/read/${id}`);
    return html(response, mail && mailPage(mail));
  };
  const server = createServer((request, response) => void route(request, response));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, mails, fail: (to, ...how) => void failures.set(to, how), close };
}
