import type { Context } from "hono";
import { AppError, type ErrorCode, errorResponse } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { answerRefusal, type EdgeApp } from "../http.ts";
import { edgeLog } from "../kernel/log.ts";

/**
 * What a person sees at a preview's address where there is nothing to see. Programs get the usual refusal.
 */
export type PageWords = { title: string; text: string; again?: true };
const crowdedWords: PageWords = { title: "Too many look at this at once", text: "This page looks again by itself.", again: true };
const previewWords: Partial<Record<ErrorCode, PageWords>> = {
  unauthenticated: { title: "This preview is private", text: "Open it from GrowQR, or ask whoever made it for a link." },
  ticket_expired: { title: "This visit has ended", text: "Open the preview from GrowQR again." },
  not_found: { title: "There is nothing here", text: "The page is not there, or the preview was closed." },
  conflict: {
    title: "Nothing answers here yet",
    text: "The program that shows this page does not run. This page looks again by itself.",
    again: true,
  },
  unavailable: {
    title: "This preview is away",
    text: "Its program or its stack does not run just now. Open GrowQR to see; this page looks again by itself.",
    again: true,
  },
  forbidden: {
    title: "This page leads to GrowQR itself",
    text: "What an agent has made may send nobody there. Go back, or open GrowQR yourself.",
  },
  upstream: {
    title: "This can't be shown",
    text: "What the program answered is no web page, or it broke off. Load it again, or ask your agent to look at it.",
  },
  rate_limited: crowdedWords,
  too_large: {
    title: "Your browser sends too much",
    text: "Cookies of other pages fill the request. Clear the cookies of this address, then load it again.",
  },
  timeout: { title: "This takes long", text: "The program did not answer in time. This page looks again by itself.", again: true },
};

const style =
  "body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;background:#fafcfb;color:#16211c}main{max-width:26rem;padding:2rem}h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:0 0 1rem;color:#4c5a54}a{color:#0b5c4a}@media(prefers-color-scheme:dark){body{background:#141d19;color:#e6ece9}p{color:#a3b1ab}a{color:#7fd3bb}}";

const otherWords: PageWords = { title: "This preview can't be shown", text: "Try again in a moment.", again: true };
const linkWords: PageWords = {
  title: "This link has ended",
  text: "Its time is over, or it was taken back. Ask whoever gave it to you for a new one.",
};
export function answerPreviewRefusal(error: unknown, c: Context<EdgeApp>): Response {
  if (!(error instanceof AppError)) return answerWithPage(error, c, otherWords);
  return answerWithPage(error, c, error.meta.what === "link" ? linkWords : (previewWords[error.code] ?? otherWords));
}

/** A refusal: a page where a person looks, else what every address of ours answers. */
export function answerWithPage(error: unknown, c: Context<EdgeApp>, words: PageWords): Response {
  return showPage(answerRefusal(error, c), c.req.raw.headers, words, c.get("config")?.PUBLIC_URL ?? "/");
}
function showPage(plain: Response, asked: Headers, { title, text, again }: PageWords, home: string): Response {
  if (!asked.get("accept")?.includes("text/html") || asked.has("upgrade")) return plain;
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${again ? '<meta http-equiv="refresh" content="3">' : ""}<title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1><p>${text}</p><p><a href="${home}" target="_blank" rel="noopener">GrowQR</a></p></main></body></html>`;
  const headers = new Headers(plain.headers);
  headers.set("content-type", "text/html; charset=utf-8");
  headers.set("content-security-policy", `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors ${home}`);
  return new Response(body, { status: plain.status, headers });
}

/**
 * So many calls of one preview, or of one app, wait at once until their program begins to answer. The relay
 * bounds those that are answered; without this bound each of a crowd would cost a look into the database, a
 * line of the log and a call of the relay before it is refused there.
 */
const mostWaiting = 256;
/** By the address that is called. This isolate's alone: each has the same bound. */
const waiting = new Map<string, number>();
/** Answers a call, or refuses it at once where too many wait for the same. */
export async function answerUnlessCrowded(
  { place, home, request }: { place: string; home: string; request: Request },
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  const before = waiting.get(place) ?? 0;
  if (before >= mostWaiting) {
    const { status, body } = errorResponse(new AppError("rate_limited"), newId("req"));
    const headers = { "content-type": "application/json", "cache-control": "no-store", "retry-after": "1" };
    return showPage(new Response(JSON.stringify(body), { status, headers }), request.headers, crowdedWords, home);
  }
  if (before + 1 === mostWaiting) edgeLog("warn", "an address is crowded: more calls are refused", { place, waiting: mostWaiting });
  waiting.set(place, before + 1);
  try {
    return await answer();
  } finally {
    const left = (waiting.get(place) ?? 1) - 1;
    if (left === 0) waiting.delete(place);
    else waiting.set(place, left);
  }
}
