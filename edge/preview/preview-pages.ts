import { getMimeType } from "hono/utils/mime";
import type { PreviewSource } from "../../schema/preview/preview.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { openRelay, readRelayRefusal } from "../stack/relay-client.ts";

type Pages = Extract<PreviewSource, { kind: "pages" }>;
export type AskedPage = { config: EdgeConfig; db: Database; member: Id<"mem">; requestId: Id<"req">; signal: AbortSignal };

/** The path in the repository, or undefined for one that no file can have. */
function filePath(folder: string, path: string): string | undefined {
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  const parts = `${folder}/${plain}`.split("/").filter(Boolean);
  if (/[\\\p{Cc}]/u.test(plain) || parts.some((part) => part === "." || part === ".." || part === ".git")) return undefined;
  return parts.map(encodeURIComponent).join("/");
}
const isEncodable = (path: string) => !/%2f|%5c|%00|%2e/i.test(path);

/** One file of the branch; undefined where it has none by that path. */
async function openFile(asked: AskedPage, { repo, branch }: Pages, path: string, headers: Record<string, string>) {
  if (path === "" || !isEncodable(path)) return undefined;
  const { config, db, member, requestId, signal } = asked;
  const query = `?${new URLSearchParams({ ref: branch })}`;
  const answer = await openRelay(config, db, { member, path: `/git/api/v1/repos/${repo}/raw/${path}`, query, headers, requestId, signal });
  if (answer.ok || answer.status === 304 || answer.status === 416) return { answer, path };
  if (answer.status !== 404) throw await readRelayRefusal(answer);
  await answer.body?.cancel();
  return undefined;
}

const carried = ["range", "if-none-match", "if-modified-since", "if-range"];
const told = ["content-length", "content-range", "accept-ranges", "etag", "last-modified"];
/**
 * A page that lies in a branch, as the server of a release serves its folder: `index.html` of a folder, a
 * page without its ending, the project's own `200.html` for what has no ending, and its `404.html`.
 */
export async function servePage(asked: AskedPage, source: Pages, request: Request): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") throw new AppError("method_not_allowed", { allow: ["GET", "HEAD"] });
  const url = new URL(request.url);
  const headers = Object.fromEntries(carried.flatMap((name) => (request.headers.has(name) ? [[name, request.headers.get(name)!]] : [])));
  const open = (path: string) => {
    const file = filePath(source.folder, path);
    return file === undefined ? undefined : openFile(asked, source, file, headers);
  };
  const path = url.pathname;
  const isFolder = path.endsWith("/");
  const found = await open(isFolder ? `${path}index.html` : path);
  if (found) return fileAnswer(found, request.method, 200);
  const hasEnding = /\.[^/.]+$/.test(path);
  const bare = !isFolder && !hasEnding;
  const index = bare ? await open(`${path}/index.html`) : undefined;
  if (index) {
    await index.answer.body?.cancel();
    return new Response(null, { status: 307, headers: { location: `${path}/${url.search}` } });
  }
  const page = bare ? await open(`${path}.html`) : undefined;
  if (page) return fileAnswer(page, request.method, 200);
  const app = hasEnding ? undefined : await open("/200.html");
  if (app) return fileAnswer(app, request.method, 200);
  const missing = await open("/404.html");
  if (missing) return fileAnswer(missing, request.method, 404);
  throw new AppError("not_found", { what: "page" });
}
function fileAnswer({ answer, path }: { answer: Response; path: string }, method: string, status: number): Response {
  const type = getMimeType(decodeURIComponent(path)) ?? "application/octet-stream";
  const headers = new Headers({
    "content-type": /^text\/|javascript|json|svg/.test(type) && !type.includes("charset") ? `${type}; charset=utf-8` : type,
  });
  for (const name of told) if (answer.headers.has(name)) headers.set(name, answer.headers.get(name)!);
  headers.set("cache-control", "no-cache"); // the next commit is another page
  const code = answer.status === 200 ? status : answer.status;
  if (method !== "HEAD" && code !== 304) return new Response(answer.body, { status: code, headers });
  void answer.body?.cancel();
  return new Response(null, { status: code, headers });
}
