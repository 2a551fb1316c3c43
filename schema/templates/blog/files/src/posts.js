import { readdirSync, readFileSync } from "node:fs";
import { render } from "./markdown.js";

/** A post of its file; undefined where its first two lines say no title and no day. */
export function readPost(name, text) {
  const [, title, date, body] = /^# (.+)\ndate: (\d{4}-\d{2}-\d{2})\n([^]*)$/.exec(text.replaceAll("\r\n", "\n")) ?? [];
  return title === undefined ? undefined : { name, title, date, html: render(body) };
}
/** All posts of a folder, the newest first. */
export function listPosts(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith(".md"));
  const posts = files.map((file) => readPost(file.slice(0, -3), readFileSync(new URL(file, folder), "utf8")));
  return posts.filter(Boolean).sort((a, b) => b.date.localeCompare(a.date) || a.name.localeCompare(b.name));
}
