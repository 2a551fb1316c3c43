import type { Context } from "hono";
import { previewEnterPath, previewOwnPath, previewTokenHeader, previewWatchPath } from "../../schema/preview/preview-access.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type EdgeApp, enterRequest, guardAnswers, newApp } from "../http.ts";
import { callerAddress, countAgainstLimit } from "../kernel/auth.ts";
import { keepPrivate } from "./keep-private.ts";
import { readHost } from "./preview-address.ts";
import { answerPreviewRefusal } from "./preview-page.ts";
import { servePage } from "./preview-pages.ts";
import { enterPreview, readPass } from "./preview-pass.ts";
import { servePort } from "./preview-port.ts";
import { answerWatchScript, watchPage } from "./preview-watch.ts";

/**
 * Everything below the domain of previews. Nothing of the app or its API is answered here, and nothing here
 * is answered on the app's origin.
 */
async function servePreview(c: Context<EdgeApp>): Promise<Response> {
  const { config, db, requestId } = c.var;
  const asked = readHost(config, new URL(c.req.url).host);
  if (asked.kind !== "preview") throw new AppError("not_found");
  const { pathname } = new URL(c.req.url);
  const stranger = c.req.header("cookie") === undefined && c.req.header(previewTokenHeader) === undefined;
  if (pathname === previewEnterPath || stranger) await countAgainstLimit(c.env.RATE_OPEN, `preview ${callerAddress(c)}`);
  if (pathname === previewEnterPath && c.req.method === "GET") return enterPreview(c, asked.id);
  const { pass, right, cookie } = await readPass(c, asked.id);
  if (pathname === previewWatchPath) return answerWatchScript(config.PUBLIC_URL);
  if (pathname.startsWith(previewOwnPath)) throw new AppError("not_found");
  const page = { config, db, member: pass.member, requestId, signal: c.req.raw.signal };
  const { source } = pass;
  const answer = await (source.kind === "pages" ? servePage(page, source, c.req.raw) : servePort(page, source, right, c.req.raw));
  if (answer.status === 101) return answer;
  const shown = c.req.header("sec-fetch-dest") === "iframe" ? watchPage(answer, previewWatchPath) : new Response(answer.body, answer);
  keepPrivate(shown.headers, config.PUBLIC_URL);
  if (cookie !== undefined) shown.headers.append("set-cookie", cookie);
  return shown;
}

export const previewHost = newApp();
previewHost.use("*", guardAnswers, enterRequest);
previewHost.onError((error, c) => answerPreviewRefusal(error, c));
previewHost.all("*", servePreview);
