import { readFileSync } from "node:fs";
import { feed, frontPage, missingPage, postPage } from "./pages.js";
import { listPosts } from "./posts.js";

const folder = new URL("../posts/", import.meta.url);
const html = "text/html; charset=utf-8";
/** The name of the blog: the heading of README.md. */
export const blogName = /^# (.+)$/m.exec(readFileSync(new URL("../README.md", import.meta.url), "utf8"))?.[1] ?? "Blog";

/** What a path answers: status, type and text. Posts are read anew each time, so that a new one is there at once. */
export function answer(path, origin = "", posts = listPosts(folder)) {
  if (path === "/") return [200, html, frontPage(blogName, posts)];
  if (path === "/feed.xml") return [200, "application/atom+xml; charset=utf-8", feed(blogName, posts, origin)];
  const post = posts.find(({ name }) => path === `/posts/${encodeURIComponent(name)}`);
  return post ? [200, html, postPage(blogName, post)] : [404, html, missingPage(blogName)];
}
