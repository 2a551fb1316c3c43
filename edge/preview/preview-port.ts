import { type PreviewSource, programHeader } from "../../schema/preview/preview.ts";
import { isPassCookie, type ViewRight, viewHeader } from "../../schema/preview/preview-access.ts";
import { AppError } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import { passWebSocket } from "../http.ts";
import { forgetSharedTicket, openRelay, readRelayRefusal } from "../stack/relay-client.ts";
import { readCookies } from "./entry.ts";
import type { AskedPage } from "./preview-pages.ts";

type Port = Extract<PreviewSource, { kind: "port" }>;

const stays = [
  /^cf-/,
  /^x-forwarded-/,
  /^x-growqr-/,
  /^x-real-ip$/,
  /^(host|connection|cookie|accept-encoding|content-length|true-client-ip)$/,
];

/** The program sees one place, whichever header speaks of it: its own port on localhost. */
function requestHeaders(request: Request, outer: string, inner: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) if (!stays.some((shape) => shape.test(name))) headers[name] = value;
  for (const name of ["origin", "referer"]) {
    const value = headers[name];
    if (value === outer || value?.startsWith(`${outer}/`)) headers[name] = inner + value.slice(outer.length);
  }
  const cookies = readCookies(request.headers.get("cookie")).filter(({ name }) => !isPassCookie(name));
  if (cookies.length > 0) headers.cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  return headers;
}

/** Headers of the browser that reach beyond a page's own host, or beyond what the edge knows of it. */
const dropped = new Set(["set-cookie", "strict-transport-security", "clear-site-data", "alt-svc", programHeader]);
/**
 * Where an answer sends whoever asked, as whole addresses. A script may lead there too: what keeps the app
 * apart are its own walls.
 */
function readTargets({ headers }: Response, asked: string): URL[] {
  const refresh = /^\s*[\d.]+(?:\s*[;,]\s*|\s+)(?:url\s*=)?\s*["']?([^"']+)/i.exec((headers.get("refresh") ?? "").slice(0, 2_000))?.[1];
  return [headers.get("location"), refresh].flatMap((place) => (place && URL.canParse(place, asked) ? [new URL(place, asked)] : []));
}

/** Its cookies count for its own host alone, and in a frame of the app too where it may be in one. */
function cookieOf(line: string, framed: boolean): string | undefined {
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  if (isPassCookie(pair.split("=")[0]!.trim())) return undefined;
  const hostOnly = attributes.filter((each) => !/^domain\b/i.test(each));
  if (!framed) return [pair, ...hostOnly].join("; ");
  const kept = hostOnly.filter((each) => !/^(samesite|secure|partitioned)\b/i.test(each));
  return [pair, ...kept, "Secure", "SameSite=None", "Partitioned"].join("; ");
}
/** The policy without who may frame the page: the app may, and nobody else. */
const withoutFrames = (policy: string) =>
  policy
    .split(";")
    .filter((part) => !/^\s*frame-ancestors\b/i.test(part))
    .join(";");

function answerHeaders(answer: Response, { outer, inner, framed }: Program): Headers {
  const headers = new Headers();
  for (const [name, value] of answer.headers) {
    if (dropped.has(name)) continue;
    if (framed && name === "x-frame-options") continue;
    headers.append(name, framed && name === "content-security-policy" ? withoutFrames(value) : value);
  }
  for (const line of answer.headers.getSetCookie()) {
    const cookie = cookieOf(line, framed);
    if (cookie !== undefined) headers.append("set-cookie", cookie);
  }
  for (const name of ["location", "access-control-allow-origin"]) {
    const value = headers.get(name);
    const place =
      value === null
        ? undefined
        : [inner, inner.replace("localhost", "127.0.0.1")].find((each) => value === each || value.startsWith(`${each}/`));
    if (value !== null && place !== undefined) headers.set(name, outer + value.slice(place.length));
  }
  return headers;
}

/**
 * A program of a member's. It knows itself as `inner`, people see it at `outer`. `framed`: the app, and
 * nobody else, may frame it; else it says so itself. `right`: by which it is looked at, where not everybody
 * may. `path` leads to it, below its stack.
 */
export type Program = { path: string; outer: string; inner: string; framed: boolean; right?: ViewRight; headers?: Record<string, string> };
const rightHeader = (right: ViewRight | undefined) => (right ? { [viewHeader]: JSON.stringify(right) } : {});
/** Passes a request to such a program, and its answer, or its WebSocket, back. */
export async function serveProgram(asked: AskedPage, program: Program, request: Request): Promise<Response> {
  const size = [...request.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (size > limits.headerBytes) throw new AppError("too_large", { what: "headers", size }, { message: "The headers are too large." });
  const url = new URL(request.url);
  const { config, db, member, requestId, signal } = asked;
  const upgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  const given = requestHeaders(request, program.outer, program.inner);
  const answer = await openRelay(config, db, {
    member,
    shared: program.path,
    path: `${program.path}${url.pathname}`,
    query: url.search,
    method: request.method,
    headers: { ...given, ...program.headers, ...rightHeader(program.right), ...(upgrade ? { upgrade: "websocket" } : {}) },
    ...(request.method === "GET" || request.method === "HEAD" ? {} : { body: request.body }),
    ...(upgrade ? {} : { signal }),
    requestId,
  });
  if (answer.webSocket) return passWebSocket(answer);
  if (!answer.headers.has(programHeader)) {
    forgetSharedTicket({ member, shared: program.path });
    throw await readRelayRefusal(answer);
  }
  const refused = refuseAnswer(answer, program, { asked: request.url, app: config.PUBLIC_URL });
  if (refused) {
    await answer.body?.cancel();
    throw refused;
  }
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers: answerHeaders(answer, program) });
}

/**
 * Why an answer is not passed on: no browser takes it, or it sends a person from an agent's page into the
 * app.
 */
function refuseAnswer(answer: Response, { framed, inner }: Program, { asked, app }: { asked: string; app: string }): AppError | undefined {
  if (answer.status > 599) return new AppError("upstream", { what: "status of a program", status: answer.status });
  const itself = new URL(inner).origin; // on one machine it may be the app's: it is the program's own then
  const leads = framed && readTargets(answer, asked).some(({ origin }) => origin === new URL(app).origin && origin !== itself);
  return leads ? new AppError("forbidden", { what: "redirect into the app" }) : undefined;
}

/** A program that listens on a port in an agent's box. */
export async function servePort(asked: AskedPage, { agent, port }: Port, right: ViewRight, request: Request): Promise<Response> {
  const program = { path: `/agents/${agent}/ports/${port}`, outer: new URL(request.url).origin, inner: `http://localhost:${port}` };
  return serveProgram(asked, { ...program, framed: true, right }, request).catch((error: unknown) => {
    throw error instanceof AppError && error.code === "not_found"
      ? // Nobody listens, or whoever did has just ended: the preview is there, its program is not.
        new AppError("conflict", error.meta, { message: "Nothing answers on this port.", cause: error })
      : error;
  });
}
