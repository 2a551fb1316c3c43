import { AppError, errorResponse } from "../schema/wire/error.ts";
import { newId } from "../schema/wire/id.ts";
import type { Logger } from "../schema/wire/log.ts";
import { app, isApiPath } from "./api.ts";
import { forgetOldRows, runChores } from "./chores.ts";
import { type Bindings, type EdgeConfig, readEdgeConfig } from "./env.ts";
import { openDatabase } from "./kernel/db.ts";
import { edgeLog } from "./kernel/log.ts";
import { readHost } from "./preview/preview-address.ts";
import { previewHost } from "./preview/preview-host.ts";
import { answerUnlessCrowded } from "./preview/preview-page.ts";
import { releasedHost } from "./project/released-host.ts";

/** When this isolate last wrote down what is wrong with its settings, milliseconds since 1970. */
let toldOfSettings = Number.NEGATIVE_INFINITY;
/** What everybody hears of a Worker whose settings are not whole; its log names them once a minute. */
function refuseWithoutSettings(error: unknown, asked: Headers): Response {
  const [requestId, now] = [newId("req"), Date.now()];
  if (now - toldOfSettings >= 60_000) {
    toldOfSettings = now;
    edgeLog("error", "the settings are not whole", { requestId, error });
  }
  const { status, body } = errorResponse(new AppError("unavailable"), requestId);
  const headers = { "retry-after": "60", "cache-control": "no-store", "x-content-type-options": "nosniff", "x-request-id": requestId };
  if (!asked.get("accept")?.includes("text/html")) return Response.json(body, { status, headers });
  return new Response("GrowQR is being set up here and is not ready yet. Whoever runs it finds what is missing in its log.\n", {
    status,
    headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
  });
}
function tryConfig(env: Bindings, asked: Headers): EdgeConfig | Response {
  try {
    return readEdgeConfig(env);
  } catch (error) {
    return refuseWithoutSettings(error, asked);
  }
}

/**
 * The Worker: previews and what serves of projects by their host names, members' own domains among them, the
 * API by its paths, and for the rest the app's files.
 */
export default {
  fetch(request: Request, env: Bindings, context: ExecutionContext): Response | Promise<Response> {
    const url = new URL(request.url);
    const config = tryConfig(env, request.headers);
    if (config instanceof Response) return config;
    const asked = readHost(config, url.host);
    const call = { place: url.host, home: config.PUBLIC_URL, request };
    if (asked.kind === "released" || asked.kind === "domain")
      return answerUnlessCrowded(call, () => releasedHost.fetch(request, env, context));
    if (asked.kind === "preview") return answerUnlessCrowded(call, () => previewHost.fetch(request, env, context));
    if (asked.kind !== "app") return previewHost.fetch(request, env, context);
    return isApiPath(url.pathname) ? app.fetch(request, env, context) : env.ASSETS.fetch(request);
  },
  /** Each minute (wrangler.toml): what is due while no host brings it about; old rows go. */
  async scheduled(_: ScheduledController, env: Bindings): Promise<void> {
    const config = readEdgeConfig(env);
    const [db, requestId] = [openDatabase(config), newId("req")];
    const log: Logger = (level, message, fields) => edgeLog(level, message, { requestId, ...fields });
    await runChores({ env, config, db, log, requestId }, Date.now());
    await forgetOldRows(db, Date.now());
  },
} satisfies ExportedHandler<Bindings>;
