import assert from "node:assert";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { answer, blogName } from "../src/blog.js";
import { escape, render } from "../src/markdown.js";
import { readPost } from "../src/posts.js";

const posts = [readPost("b", "# Second\ndate: 2026-02-02\n\nNew"), readPost("a", "# First <b>\ndate: 2026-01-01\n\nOld")];

test("the front page lists every post, the newest first, with its day", () => {
  const [status, type, text] = answer("/", "", posts);
  assert.deepEqual([status, type], [200, "text/html; charset=utf-8"]);
  assert.ok(text.includes(`<h1>${escape(blogName)}</h1>`));
  assert.deepEqual(text.match(/\/posts\/\w/g), ["/posts/b", "/posts/a"]);
  assert.ok(text.includes("<time>2026-02-02</time>"));
});
test("each post has a page, and a path without one says so", () => {
  const [status, , text] = answer("/posts/b", "", posts);
  assert.equal(status, 200);
  assert.match(text, /<h1>Second<\/h1><time>2026-02-02<\/time><p>New<\/p>/);
  assert.equal(answer("/posts/none", "", posts)[0], 404);
  assert.equal(answer("/posts/../../etc/passwd", "", posts)[0], 404);
});
test("every file of the folder is a post with a page", () => {
  const names = readdirSync(new URL("../posts/", import.meta.url)).map((file) => file.replace(/\.md$/, ""));
  for (const name of names) assert.equal(answer(`/posts/${encodeURIComponent(name)}`)[0], 200, `${name} has no title or no day`);
});
test("the feed names every post by its whole address", () => {
  const [, type, text] = answer("/feed.xml", "https://blog.example", posts);
  assert.equal(type, "application/atom+xml; charset=utf-8");
  assert.deepEqual(text.match(/<link href="[^"]*"/g), ['<link href="https://blog.example/posts/b"', '<link href="https://blog.example/posts/a"']);
  assert.ok(text.includes("<updated>2026-02-02T00:00:00Z</updated>"));
});
test("HTML in a post is shown, never run", () => {
  assert.equal(render("<script>alert(1)</script>"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>");
  assert.ok(answer("/", "", posts)[2].includes("First &lt;b&gt;"));
  assert.equal(render("[x](javascript:alert)"), "<p>[x](javascript:alert)</p>");
});
test("Markdown becomes headings, lists, links and words", () => {
  assert.equal(render("## Why\n\n- one\n- **two**\n\na *b*\n`c`"), "<h2>Why</h2>\n<ul><li>one</li><li><strong>two</strong></li></ul>\n<p>a <em>b</em> <code>c</code></p>");
  assert.equal(render("[here](https://a.example/b)"), '<p><a href="https://a.example/b">here</a></p>');
});
test("a file without a title and a day is no post", () => assert.equal(readPost("x", "# Only a title\n"), undefined));
