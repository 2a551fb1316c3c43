import type { Context } from "hono";
import type { z } from "zod";
import { previewEnterPath, previewLife, previewOwnPath, type ViewRight } from "../../schema/preview/preview-access.ts";
import type { AppAddressRow } from "../../schema/release/app-address.table.ts";
import { seenAppState } from "../../schema/release/release-host.ts";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import { findActiveDomain } from "../domain/domain-row.ts";
import { alwaysHttps, type EdgeApp, enterRequest, newApp } from "../http.ts";
import { callerAddress, countAgainstLimit } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { seeSignIn } from "../kernel/sign-in.ts";
import { issueTicket, readOwnTicket } from "../kernel/ticket.ts";
import { cookieLine, enteredAnswer, findPass, takeEntry } from "../preview/entry.ts";
import { keepPrivate } from "../preview/keep-private.ts";
import { type AskedHost, readHost } from "../preview/preview-address.ts";
import { answerWithPage, type PageWords } from "../preview/preview-page.ts";
import { serveProgram } from "../preview/preview-port.ts";
import { findAppAddress, findAppLabel, publicAddresses } from "./app-address.ts";

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
  const { ticket } = await issueTicket(config, "app", { ...taken, label });
  return enteredAnswer(query, cookieLine(origin, ticket, now + previewLife.pass * 1_000));
}
/** The right of a visitor of an app that is not published: its member's pass. */
async function requireAppPass(c: Context<EdgeApp>, { label, member }: AppAddressRow): Promise<ViewRight> {
  const { exp, seen } = await findPass(c.req.raw, async (token) => {
    const { exp, ...pass } = await readOwnTicket(c.var.config, "app", token);
    return pass.label === label && pass.member === member ? { exp, seen: await seeSignIn(c.var.db, pass.signIn) } : undefined;
  });
  c.set("who", member);
  return { key: label, at: Date.now(), until: exp * 1_000, ...seen };
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
  const { host, origin, pathname, protocol } = new URL(c.req.url);
  await countAgainstLimit(c.env.RATE_VISITS, `${host} ${callerAddress(c)}`);
  const asked = readHost(config, host);
  const found = await publicAddresses.get(
    host,
    () => findAsked(db, asked),
    (each) => each.published,
  );
  if (!found) throw new AppError("not_found", { what: "app" });
  const { value: row, at } = found;
  const { member, project, published } = row;
  // A member's own domain has no door: what is not published is seen at the project's own address.
  if (!published && asked.kind === "domain") throw new AppError("unauthenticated", { what: "domain" });
  if (asked.kind === "released" && pathname === previewEnterPath && c.req.method === "GET") return enterApp(c, row);
  const right = published ? { key: row.label, at } : await requireAppPass(c, row);
  if (pathname.startsWith(previewOwnPath)) throw new AppError("not_found");
  const headers = { "x-forwarded-host": host, "x-forwarded-proto": protocol.slice(0, -1) };
  const program = { path: `/apps/${project}/http`, outer: origin, inner: origin, framed: !published, headers, right };
  const place = { config, db, member, requestId, signal: c.req.raw.signal };
  const answer = await serveProgram(place, program, c.req.raw).catch((error: unknown) => {
    throw hideCause(error);
  });
  if (answer.status === 101 || published) return answer;
  keepPrivate(answer.headers, config.PUBLIC_URL);
  if (protocol === "https:") answer.headers.set("strict-transport-security", alwaysHttps);
  return answer;
}

/** How an app is that no process answers for, as far as its visitors are told. */
type Absence = "waking" | "stopped" | "down" | "away";
const absences: Record<z.infer<typeof seenAppState>, Absence> = {
  well: "away",
  unwell: "away",
  restarting: "waking",
  asleep: "waking",
  waking: "waking",
  stopped: "stopped",
  crashed: "down",
  suspended: "down",
};
/** Where the host has said how the app is, programs are told no more of it than the page says. */
function hideCause(error: unknown): unknown {
  const state = error instanceof AppError ? seenAppState.safeParse(error.meta.app).data : undefined;
  if (state === undefined) return error;
  const absence = absences[state];
  const later = absencePages[absence].again ? {} : { retryAfter: 300 };
  return new AppError("unavailable", { absence, ...later }, { cause: error });
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
/** What does not come back by itself is not looked at again. */
const absencePages: Record<Absence, PageWords> = {
  waking: { title: "This app is waking up", text: "It is just being started. This page looks again by itself.", again: true },
  stopped: { title: "This app is stopped", text: "Its owner has stopped it. Come back later." },
  down: { title: "This app is away", text: "It does not run just now. Come back later." },
  away: { title: "This app is away", text: "It does not answer just now. This page looks again by itself.", again: true },
};
function chooseWords(error: unknown): PageWords {
  if (!(error instanceof AppError)) return absencePages.away;
  const absent = Object.entries(absencePages).find(([absence]) => absence === error.meta.absence)?.[1];
  return absent ?? releasedWords[error.code] ?? absencePages.away;
}
/** A refusal is ours, and no cache keeps it. */
function answerReleasedRefusal(error: unknown, c: Context<EdgeApp>): Response {
  const answer = answerWithPage(error, c, chooseWords(error));
  answer.headers.set("cache-control", "no-store");
  answer.headers.set("x-content-type-options", "nosniff");
  return answer;
}

export const releasedHost = newApp();
releasedHost.use("*", enterRequest);
releasedHost.onError((error, c) => answerReleasedRefusal(error, c));
releasedHost.all("*", serveReleased);
