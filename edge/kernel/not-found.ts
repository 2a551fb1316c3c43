import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { AppError } from "../../schema/wire/error.ts";
import { answerRefusal, type EdgeApp, type newApp } from "../http.ts";

type Known = { method: string; path: string; shape: RegExp };
/** Every address with its methods. GET is answered to HEAD too. */
function addresses(app: ReturnType<typeof newApp>): () => Known[] {
  let known: Known[] | undefined;
  return () => {
    known ??= app.routes
      .filter((route) => route.method !== "ALL")
      .map(({ method, path }) => ({ method, path, shape: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/:[A-Za-z]+/g, "[^/]+")}$`) }));
    return known;
  };
}
function allowedMethods(known: readonly Known[], path: string): string[] {
  const literal = known.filter((route) => route.path === path);
  const methods = (literal.length > 0 ? literal : known.filter(({ shape }) => shape.test(path))).map(({ method }) => method);
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
}

/**
 * `first` refuses a method that an address does not take, where another address
 * with a parameter in that place would be taken for it. `last` is for what no route
 * took: 405 with `Allow` where the address exists with another method, else 404.
 */
export function makeNotFoundHandlers(app: ReturnType<typeof newApp>) {
  const known = addresses(app);
  const first = createMiddleware<EdgeApp>(async (c, next) => {
    const { path, method } = c.req;
    if (known().some((route) => route.path === path)) {
      const allow = allowedMethods(known(), path);
      if (!allow.includes(method)) throw new AppError("method_not_allowed", { allow });
    }
    await next();
  });
  const last = (c: Context<EdgeApp>): Response => {
    const allow = allowedMethods(known(), c.req.path);
    return answerRefusal(allow.length === 0 ? new AppError("not_found") : new AppError("method_not_allowed", { allow }), c);
  };
  return { first, last };
}
