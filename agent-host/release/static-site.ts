import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";

/** Serves a folder. It runs in the container of an app, where Hono is laid beside it. */
const [, , root = ".", port = ""] = process.argv;
const app = new Hono();
/** Settings of the project lie beside its pages, under names with a dot before them. */
function isHidden(path: string): boolean {
  try {
    return /\/\.(?!well-known(?:\/|$))/.test(decodeURIComponent(path));
  } catch {
    return true; // no path that can be decoded
  }
}
const pages = serveStatic({ root });
app.use((c, next) => (isHidden(c.req.path) ? next() : pages(c, next)));
app.notFound((c) => c.text("There is no such page.", 404));
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
