/** What the demo model builds on request: a small site that runs, tests itself and is safe to serve. */
const escaped = (text: string) => text.replace(/[&<>"]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char]!);

const style = `:root { color-scheme: light dark; --paper: #fbfcfa; --ink: #16211c; --ring: #1f6f57; }
      @media (prefers-color-scheme: dark) { :root { --paper: #111815; --ink: #e6ece8; --ring: #7fd1b3; } }
      * { box-sizing: border-box; }
      body { margin: 0 auto; max-width: 44rem; padding: 2rem 1.25rem; background: var(--paper); color: var(--ink); font: 1.1rem/1.6 ui-serif, Georgia, serif; }
      a { color: var(--ring); }
      h1 { font-size: clamp(2.2rem, 8vw, 3.6rem); line-height: 1.1; font-weight: 500; overflow-wrap: anywhere; }`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(title)}</title>
    <style>
      ${style}
    </style>
  </head>
  <body>
${body}
  </body>
</html>
`;
}
const paragraphs = (texts: readonly string[]) => texts.map((text) => `      <p>${escaped(text)}</p>`).join("\n");

const serve = `import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";

/** Status and text for a path. Only pages beside this file are served. */
export function answer(path) {
  const name = path === "/" ? "index.html" : path.slice(1);
  const file = new URL(name, import.meta.url);
  if (!/^[a-z-]+\\.html$/.test(name) || !existsSync(file)) return [404, "Not here"];
  return [200, readFileSync(file, "utf8")];
}
if (process.argv[1] === new URL(import.meta.url).pathname)
  createServer((request, response) => {
    const [status, text] = answer(new URL(request.url, "http://site").pathname);
    response.writeHead(status, { "content-type": "text/html; charset=utf-8" }).end(text);
  }).listen(Number(process.env.PORT ?? 8080));
`;
const siteTest = `import assert from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { answer } from "./serve.mjs";

const pages = readdirSync(".").filter((name) => name.endsWith(".html"));
const text = (name) => readFileSync(name, "utf8");

test("the front page is served, and a page that is not there says so", () => {
  assert.equal(answer("/")[0], 200);
  assert.equal(answer("/none.html")[0], 404);
});
test("every page has a title, says its language and fits a phone", () => {
  for (const name of pages) for (const part of ["<title>", "<html lang=", "width=device-width"]) assert.ok(text(name).includes(part), \`\${name} lacks \${part}\`);
});
test("every link leads to a page that is there", () => {
  for (const name of pages)
    for (const [, to] of text(name).matchAll(/href="([^":#]+)"/g)) assert.ok(existsSync(to), \`\${name} links to \${to}, which is not there\`);
});
`;
const hostileTest = `import assert from "node:assert";
import { test } from "node:test";
import { answer } from "./serve.mjs";

test("paths that lead out of the folder, and odd ones, are not there", () => {
  for (const path of ["/../serve.mjs", "/serve.mjs", "/%00", "//index.html", "/" + "x".repeat(10_000)]) assert.equal(answer(path)[0], 404, path);
});
test("the front page is there, however often it is asked for", () => {
  for (let nth = 0; nth < 100; nth++) assert.equal(answer("/")[0], 200);
});
`;
const review = (title: string) =>
  `# ${title}\n\nRead: every changed file, against the spec.\n\n- Correctness: links, language and titles are tested; the pages are plain HTML.\n- Security: serve.mjs hands out pages by name only; hostile paths are tested.\n- Simplicity: no packages and nothing to build.\n\nVerdict: approved\n`;

/**
 * The files of a site that a task asks for; undefined for any other file. `says` is the member's text for the
 * front page.
 */
export function siteFile(path: string, asked: { title: string; about: string; says: readonly string[] }): string | undefined {
  const contact = `    <p><a href="contact.html">How to reach us</a></p>`;
  const files: Record<string, () => string> = {
    "index.html": () =>
      page(
        asked.about,
        `    <main>\n      <h1>${escaped(asked.about)}</h1>\n${paragraphs(["This is a beginning: the words are yours to change.", ...asked.says])}\n    </main>\n${contact}`,
      ),
    "contact.html": () =>
      page(
        `${asked.about}: how to reach us`,
        `    <h1>How to reach us</h1>\n    <p>Write your address here.</p>\n    <p><a href="index.html">Back</a></p>`,
      ),
    "serve.mjs": () => serve,
    "site.test.mjs": () => siteTest,
    "hostile.test.mjs": () => hostileTest,
  };
  if (/^docs\/reviews\/[\w-]+\.md$/.test(path)) return review(asked.title);
  return files[path]?.();
}
/**
 * The page that a site's front page links to, which its spec does not name. The demo model forgets to commit
 * it, so the clean room finds it missing.
 */
export const forgotten = "contact.html";
