import { eq } from "drizzle-orm";
import type { Context } from "hono";
import { previewEnterPath, previewLife, previewOwnPath, type ViewRight } from "../../schema/preview/preview-access.ts";
import type { AppAddressRow } from "../../schema/release/app-address.table.ts";
import { registryAgentTable } from "../../schema/stack/registry.table.ts";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import { findActiveDomain } from "../domain/domain-row.ts";
import { type EdgeApp, enterRequest, newApp } from "../http.ts";
import { callerAddress, countAgainstLimit } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { issueTicket, readOwnTicket } from "../kernel/ticket.ts";
import { cookieLine, enteredAnswer, findPass, takeEntry } from "../preview/entry.ts";
import { type AskedHost, readHost } from "../preview/preview-address.ts";
import { answerWithPage, type PageWords } from "../preview/preview-page.ts";
import { serveProgram } from "../preview/preview-port.ts";
import { findAppAddress, findAppLabel } from "./app-address.ts";

/**
 * Takes what is good once; answers with a pass and goes on to the page. Who has come in by it goes on again.
 */
async function enterApp(c: Context<EdgeApp>, row: AppAddressRow): Promise<Response> {
  const { db, config } = c.var;
  const { label, member } = row;
  const { origin, searchParams: query } = new URL(c.req.url);
  const now = Date.now();
  const taken = await takeEntry(db, label, query.get("ticket") ?? "", now);
  if (taken?.member !== member) {
    await requireAppPass(c, row);
    return enteredAnswer(query, undefined);
  }
  c.set("who", member);
  const { ticket } = await issueTicket(config, "app", { member, label });
  return enteredAnswer(query, cookieLine(origin, ticket, now + previewLife.pass * 1_000));
}
/** The right of a visitor of an app that is not published: its member's pass. */
async function requireAppPass(c: Context<EdgeApp>, { label, member }: AppAddressRow): Promise<ViewRight> {
  const { exp } = await findPass(c.req.raw, async (token) => {
    const pass = await readOwnTicket(c.var.config, "app", token);
    return pass.label === label && pass.member === member ? pass : undefined;
  });
  c.set("who", member);
  return { key: label, at: Date.now(), until: exp * 1_000 };
}

async function findAsked(db: Database, asked: AskedHost): Promise<AppAddressRow | undefined> {
  if (asked.kind === "released") return findAppLabel(db, asked.label);
  const domain = asked.kind === "domain" ? await findActiveDomain(db, asked.name) : undefined;
  const row = domain && (await findAppAddress(db, domain.member, domain.project));
  return row?.retiredAt === null ? row : undefined;
}
/**
 * Everything below the domain of apps, and members' own domains: what serves of their projects. Nothing of
 * the product's own app or its API is answered here.
 */
async function serveReleased(c: Context<EdgeApp>): Promise<Response> {
  const { config, db, requestId } = c.var;
  await countAgainstLimit(c.env.RATE, `app ${callerAddress(c)}`);
  const { host, origin, pathname, protocol } = new URL(c.req.url);
  const asked = readHost(config, host);
  const row = await findAsked(db, asked);
  if (!row) throw new AppError("not_found", { what: "app" });
  const { member, project, published } = row;
  // A member's own domain has no door: what is not published is seen at the project's own address.
  if (!published && asked.kind === "domain") throw new AppError("unauthenticated", { what: "domain" });
  if (asked.kind === "released" && pathname === previewEnterPath && c.req.method === "GET") return enterApp(c, row);
  const right = published ? { key: row.label, at: Date.now() } : await requireAppPass(c, row);
  if (pathname.startsWith(previewOwnPath)) throw new AppError("not_found");
  const headers = { "x-forwarded-host": host, "x-forwarded-proto": protocol.slice(0, -1) };
  const program = { path: `/apps/${project}/http`, outer: origin, inner: origin, framed: !published, headers, right };
  const place = { config, db, member, requestId, signal: c.req.raw.signal };
  const answer = await serveProgram(place, program, c.req.raw).catch(async (error: unknown) => {
    throw (await isWaking(db, error, member)) ? new AppError("unavailable", { what: "waking" }, { cause: error }) : error;
  });
  if (answer.status === 101 || published) return answer;
  const shown = new Response(answer.body, answer);
  shown.headers.append("content-security-policy", `frame-ancestors 'self' ${config.PUBLIC_URL}`);
  shown.headers.set("x-robots-tag", "noindex");
  return shown;
}
/** Whether what did not answer belongs to a stack that sleeps or is just coming up. */
async function isWaking(db: Database, error: unknown, member: AppAddressRow["member"]): Promise<boolean> {
  if (!(error instanceof AppError) || !["unavailable", "not_found", "conflict", "timeout"].includes(error.code)) return false;
  const agent = await db.select().from(registryAgentTable).where(eq(registryAgentTable.member, member)).get();
  return agent?.status === "provisioning" || agent?.status === "stopped";
}

/** What a person sees where nothing can be shown. It tells nothing of why. */
const releasedWords: Partial<Record<ErrorCode, PageWords>> = {
  unauthenticated: { title: "This app is private", text: "Its owner opens it from GrowQR." },
  ticket_expired: { title: "This visit has ended", text: "Open the app from GrowQR again." },
  not_found: { title: "There is nothing here", text: "No app has this address." },
  forbidden: { title: "This page leads to GrowQR itself", text: "An app may send nobody there. Go back, or open GrowQR yourself." },
  upstream: { title: "This can't be shown", text: "What the app answered is no web page, or it broke off. Load it again." },
  too_large: { title: "Your browser sends too much", text: "Clear the cookies of this address, then load it again." },
  rate_limited: { title: "Too many visits at once", text: "This page looks again by itself.", again: true },
};
const away: PageWords = { title: "This app is away", text: "It does not answer just now. This page looks again by itself.", again: true };
const waking: PageWords = {
  title: "This app is waking up",
  text: "It sleeps or is just being started. This page looks again by itself.",
  again: true,
};
function answerReleasedRefusal(error: unknown, c: Context<EdgeApp>): Response {
  if (!(error instanceof AppError)) return answerWithPage(error, c, away);
  return answerWithPage(error, c, error.meta.what === "waking" ? waking : (releasedWords[error.code] ?? away));
}

export const releasedHost = newApp();
releasedHost.use("*", enterRequest);
releasedHost.onError((error, c) => answerReleasedRefusal(error, c));
releasedHost.all("*", serveReleased);
