import type { Context } from "hono";
import { AppError } from "../schema/error.ts";
import { type App, type newApp, refuse } from "./http.ts";

/** For what no route took: 405 with `Allow` where the address exists with another method, else 404. */
export function misses(app: ReturnType<typeof newApp>) {
  let known: { method: string; shape: RegExp }[] | undefined;
  return (c: Context<App>): Response => {
    known ??= app.routes
      .filter((route) => route.method !== "ALL")
      .map(({ method, path }) => ({ method, shape: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/:[A-Za-z]+/g, "[^/]+")}$`) }));
    const allowed = [...new Set(known.filter(({ shape }) => shape.test(c.req.path)).map(({ method }) => method))];
    if (allowed.length === 0) return refuse(new AppError("not_found"), c);
    const response = refuse(new AppError("method_not_allowed"), c);
    response.headers.set("allow", allowed.join(", "));
    return response;
  };
}
