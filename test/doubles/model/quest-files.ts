/** What the demo model writes in the steps of the shipped quests: small, but it runs and its tests try it. */
type AskedFile = { type: string; title: string; text: string; answers?: string[] };
const lines = (count: number, line: (n: number) => string) => Array.from({ length: count }, (_, at) => line(at + 1)).join("\n");

const render = `const escape = (text) => text.replace(/[&<>"]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[one]);
export function post(name, text) {
  const [, head = "", body = text] = /^---\\n([\\s\\S]*?)\\n---\\n([\\s\\S]*)$/.exec(text) ?? [];
  const date = /^date: (\\d{4}-\\d{2}-\\d{2})$/m.exec(head)?.[1];
  const title = /^# (.*)$/m.exec(body)?.[1] ?? name;
  const html = escape(body).replace(/^# (.*)$/gm, "<h1>$1</h1>").replace(/\\n{2,}/g, "\\n<p>");
  return { name, date, title, html };
}
export const page = (title, html) => \`<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>\${escape(title)}</title>\${html}\`;
export const list = (posts) => page("Blog", "<h1>Blog</h1>" + posts.map((one) => \`<p><a href="/posts/\${one.name}">\${escape(one.title)}</a> \${one.date}\`).join(""));
export const feed = (posts) => \`<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>\${posts.map((one) => \`<entry><title>\${escape(one.title)}</title></entry>\`).join("")}</feed>\`;
`;
const server = `import { readdirSync, readFileSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import { feed, list, page, post } from "./render.js";

const folder = new URL("./posts/", import.meta.url);
export function posts() {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".md")) : [];
  const all = names.map((name) => post(name.slice(0, -3), readFileSync(new URL(name, folder), "utf8")));
  return all.filter((one) => one.date).sort((a, b) => (a.date < b.date ? 1 : -1));
}
export function answer(path) {
  if (path === "/") return [200, "text/html", list(posts())];
  if (path === "/feed.xml") return [200, "application/atom+xml", feed(posts())];
  const found = posts().find((one) => path === "/posts/" + one.name);
  return found ? [200, "text/html", page(found.title, found.html)] : [404, "text/html", page("Not here", "<h1>Not here</h1>")];
}
if (process.argv[1] === new URL(import.meta.url).pathname)
  createServer((request, response) => {
    const [status, type, body] = answer(new URL(request.url, "http://blog").pathname);
    response.writeHead(status, { "content-type": type + "; charset=utf-8" }).end(body);
  }).listen(Number(process.env.PORT ?? 8080));
`;
const post = (title: string, date: string, text: string) => `---\ndate: ${date}\n---\n# ${title}\n\n${text}\n`;

const blog: Record<string, string> = {
  "package.json":
    '{ "name": "blog", "private": true, "type": "module", "scripts": { "start": "node src/server.js", "test": "node --test" } }\n',
  "src/render.js": render,
  "src/server.js": server,
  "src/posts/hello.md": post("Hello", "2026-01-31", "This blog has begun."),
  "test/blog.test.js":
    'import assert from "node:assert";\nimport { test } from "node:test";\nimport { answer } from "../src/server.js";\n\ntest("the front page names the posts", () => {\n  const [status, , body] = answer("/");\n  assert.equal(status, 200);\n  assert.match(body, /Hello/);\n});\n',
  "test/hostile.test.js":
    'import assert from "node:assert";\nimport { test } from "node:test";\nimport { post } from "../src/render.js";\nimport { answer } from "../src/server.js";\n\ntest("HTML in a post is shown, never run", () => {\n  assert.doesNotMatch(post("x", "<script>alert(1)</script>").html, /<script>/);\n});\ntest("a path out of the folder is not there", () => {\n  assert.equal(answer("/posts/../server.js")[0], 404);\n});\n',
};

/** What the member said, in their own words. */
const heard = ({ answers = [] }: AskedFile, otherwise: string) => answers.at(-1) ?? otherwise;
const personal: Record<string, (asked: AskedFile) => string> = {
  "src/posts/first.md": (asked) => post("The first post", "2026-02-01", heard(asked, "Still to be told.")),
  "goal.md": (asked) =>
    `# The goal\n\n## Why\n\n${heard(asked, "It matters to them.")}\n\n## Measure\n\nThey will see it.\n\n## Obstacles\n\nLittle time; then ten minutes count.\n`,
  "steps.md": () => "# First steps\n\n- [ ] Put the shoes by the door\n- [ ] Ten minutes on Tuesday\n- [ ] Tell a friend\n",
  "outline.md": () =>
    `# Outline\n\n${lines(6, (n) => `## Part ${n}\n\nAfter it one can do ${n} things more. Source: the member's own books; fairly sure.\n`)}`,
  "questions.md": () =>
    `# Questions\n\n${lines(20, (n) => `## Q${n} What follows from ${n}?\n\nAnswer: ${n + 1}\nWhy: it comes after.\n`)}`,
  "results.csv": () => "question,session,result\nQ1,1,right\n",
};

/** The text of a file that a quest asks for; undefined: nothing special. */
export function questFile(path: string, asked: AskedFile): string | undefined {
  if (/^lessons\/\d+\.md$/.test(path))
    return `# Lesson\n\nWhat is missing here?\n\nAn example, worked out.\n\n## Try\n\nDo the next one.\n`;
  if (/^reviews\/week-\d+\.md$/.test(path))
    return `# Review\n\n## What happened\n\n${heard(asked, "Two of three.")}\n\n## What I noticed\n\nMornings work.\n\n## Next week\n\n- Tuesday, ten minutes\n`;
  if (/^sessions\/\d+\.md$/.test(path)) return `Score: 1/1\n\nYou said: ${heard(asked, "nothing")}\n`;
  return personal[path]?.(asked) ?? blog[path];
}
/** What a step asks its member before it writes. */
export function questQuestion({ title }: AskedFile): string {
  if (/^Write the first post/.test(title)) return "What should the first post tell? Your own words go into it.";
  if (/^Put the goal into words/.test(title)) return "Why does this goal matter to you?";
  if (/^Weekly review/.test(title)) return "How was the week? What did you do of what was planned?";
  if (/^Questions, session/.test(title)) return "What follows from 1?";
  return `What should I know for “${title}”?`;
}
/** Files beside those its spec names: the code behind them. */
export function questExtras(asked: AskedFile): string[] {
  if (asked.type !== "coding") return [];
  return /src\/server\.js is in the commit/.test(asked.text) ? ["src/render.js"] : [];
}
/** The goal that a step says to set, as the demo model understood it. */
export function questGoal(asked: AskedFile): { title: string; why: string } | undefined {
  const goal = asked.type === "quest" ? /^Put the goal into words: (.*)$/.exec(asked.title)?.[1] : undefined;
  return goal ? { title: goal, why: heard(asked, /why \("([^"]*)"\)/.exec(asked.text)?.[1] ?? "They said so.") } : undefined;
}
