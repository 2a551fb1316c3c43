import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import path from "node:path";
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { type Context, Hono } from "hono";

/**
 * Serves a folder as plain web servers do. It runs in the container of an app, where Hono is laid beside it;
 * nothing changes in the folder while it runs.
 */
const [, , root = ".", port = ""] = process.argv;
const app = new Hono();

/**
 * A path below the folder as its files are named; undefined for what no page is. Settings of the project lie
 * beside its pages, under names with a dot before them.
 */
function readPath(address: string): string | undefined {
  try {
    const names = new URL(address).pathname.slice(1).split("/").map(decodeURIComponent);
    const isName = (name: string, at: number) =>
      (name !== "" || at === names.length - 1) && !/[/\\\0]/.test(name) && (!name.startsWith(".") || name === ".well-known");
    return names.every(isName) ? names.join("/") : undefined;
  } catch {
    return undefined; // it can't be decoded
  }
}
function isFile(name: string): boolean {
  try {
    return statSync(path.join(root, name)).isFile();
  } catch {
    return false; // there is nothing by that name, or it can be no name
  }
}

type FoundPage = { file: string; status: 200 | 404 } | "folder";
/**
 * What answers a path: its file, `index.html` of its folder, a page without its ending; `200.html` for what
 * has no ending, where the site has one: its own script knows the page then; else its `404.html`.
 */
function findPage(asked: string | undefined): FoundPage | undefined {
  const pages = asked === undefined ? [] : listPages(asked);
  const file = pages.find(isFile);
  if (file !== undefined && asked !== undefined && file === `${asked}/index.html`) return "folder";
  if (file !== undefined) return { file, status: 200 };
  return isFile("404.html") ? { file: "404.html", status: 404 } : undefined;
}
function listPages(asked: string): string[] {
  const isPage = !/\.[^/.]+$/.test(asked);
  if (asked === "" || asked.endsWith("/")) return [`${asked}index.html`, ...(isPage ? ["200.html"] : [])];
  return [asked, `${asked}/index.html`, ...(isPage ? [`${asked}.html`, "200.html"] : [])];
}

/** Folders in which bundlers put files whose names end in a hash of what is in them. */
const bundled = /(?:^|\/)(?:assets|_astro|_next\/static|immutable|static\/(?:css|js|media))\//;
/** `index-BxQ1a2b3.js`, `main.3f2a1b9c.css`. Letters alone may be a word, and digits alone a day. */
function hasHash(file: string): boolean {
  const [, hash = ""] = /[.-]([\w-]{8}|[0-9a-f]{9,64})\.[0-9a-z]+$/.exec(file) ?? [];
  return bundled.test(file) && /\d/.test(hash) && /[a-z]/.test(hash) && (/[A-Z]/.test(hash) || /^[0-9a-f]+$/.test(hash));
}
const cacheFor = (file: string) => (hasHash(file) ? "public, max-age=31536000, immutable" : "no-cache");

/** By file. Times of files say nothing: some tools give all of them the same. */
const tags = new Map<string, string>();
async function readTag(file: string): Promise<string> {
  const known = tags.get(file);
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path.join(root, file))) hash.update(chunk);
  const tag = `"${hash.digest("base64url").slice(0, 27)}"`;
  tags.set(file, tag);
  return tag;
}
/** Whether who asks has this version. A cache on the way may have made the tag a weak one. */
const hasVersion = (header: string, tag: string) => header.split(",").some((given) => ["*", tag, `W/${tag}`].includes(given.trim()));

async function answerFile(c: Context, file: string): Promise<Response> {
  const tag = await readTag(file);
  c.header("etag", tag);
  c.header("cache-control", cacheFor(file));
  const known = c.req.header("if-none-match");
  if (known !== undefined && hasVersion(known, tag)) return c.body(null, 304);
  c.header("accept-ranges", "bytes");
  const part = c.req.header("if-range") ?? tag; // a part of another version is none of this one
  return send(c, file, part === tag);
}
/** Hono's own answer with the file, or with that part of it which was asked for. */
async function send(c: Context, file: string, parts: boolean): Promise<Response> {
  if (!parts) c.req.raw.headers.delete("range");
  const answer = await serveStatic({ path: path.join(root, file) })(c, async () => undefined);
  return answer instanceof Response ? answer : c.notFound();
}
async function answerMissing(c: Context, file: string): Promise<Response> {
  c.header("cache-control", "no-cache");
  const { body, headers } = await send(c, file, false);
  return new Response(body, { status: 404, headers });
}

app.get("*", async (c) => {
  const found = findPage(readPath(c.req.url));
  if (!found) return c.notFound();
  if (found === "folder") {
    const { pathname, search } = new URL(c.req.url);
    return c.redirect(`${pathname}/${search}`, 307);
  }
  return found.status === 200 ? answerFile(c, found.file) : answerMissing(c, found.file);
});
app.notFound((c) => c.text("There is no such page.", 404, { "cache-control": "no-cache" }));
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
