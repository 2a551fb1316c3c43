import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { extractWords, Markdown, safeHref } from "../../edge/app/ui/markdown/markdown.tsx";
import { Say, withoutSay } from "../../edge/app/ui/markdown/say.ts";

const html = (text: string, live = false) => renderToStaticMarkup(createElement(Markdown, { text, live }));

describe("markdown", () => {
  test.each([
    ["<script>alert(1)</script>"],
    ["text <img src=x onerror=alert(1)> text"],
    ["<svg onload=alert(1)>"],
    ["<iframe src=//evil></iframe>"],
    ["<a href='javascript:alert(1)'>x</a>"],
    ["<style>*{display:none}</style>"],
    ["<!-- --><base href=//evil>"],
    ["| <script>x</script> |\n|---|\n| <b onclick=x>y</b> |"],
  ])("shows HTML as the text it is: %s", (text) => {
    expect(html(text)).not.toMatch(/<(script|img|svg|iframe|style|base|b)\b/i);
    expect(html(text)).not.toMatch(/<[^>]+ on\w+=/i);
  });

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "/relative",
    "java\nscript:x",
  ])("does not link to %j", (href) => {
    expect(safeHref(href)).toBeUndefined();
  });

  test("what may be said next is said in the words that are read, and only where something can be said", () => {
    const text = "Try [make me a page with `<b>` & more](say:) or [another](say:hidden).";
    expect(html(text)).toBe(
      '<p>Try <span>make me a page with <code>&lt;b&gt;</code> &amp; more</span> or <span title="This link is not opened">another</span>.</p>',
    );
    const said: string[] = [];
    const shown = renderToStaticMarkup(createElement(Say, { value: (words) => said.push(words) }, createElement(Markdown, { text })));
    expect(shown).toContain('<button type="button" class="say">make me a page with `&lt;b&gt;` &amp; more</button>');
    expect(said).toEqual([]); // nothing is said by being shown
    expect(withoutSay(text)).toBe("Try make me a page with `<b>` & more or [another](say:hidden).");
  });

  test("links open elsewhere and tell nothing of where they were", () => {
    expect(html("[ok](https://example.com/a)")).toContain(
      'href="https://example.com/a" target="_blank" rel="noopener noreferrer nofollow"',
    );
  });

  test("images become links: nothing is fetched by reading", () => {
    expect(html("![chart](https://example.com/x.png)")).toBe(
      '<p><a class="link" href="https://example.com/x.png" target="_blank" rel="noopener noreferrer nofollow">chart</a></p>',
    );
  });

  test("headings of any depth keep the outline of the page they are in", () => {
    expect(html("# One\n\n#### Four")).toBe('<h3 class="d1">One</h3><h3 class="d3">Four</h3>');
  });

  test("half-written text closes what is open", () => {
    expect(html("This is **bo", true)).toBe("<p>This is <strong>bo</strong></p>");
    expect(html("Say `npm t", true)).toContain("<code>npm t</code>");
  });

  test("lists, tasks, tables, code and entities", () => {
    expect(html("1. one\n2. two")).toBe('<ol start="1"><li>one</li><li>two</li></ol>');
    expect(html("- [x] done")).toContain('type="checkbox"');
    expect(html("| a |\n|---|\n| 1 |")).toContain("<td>1</td>");
    expect(html("```ts\na === b\n```")).toContain("<code>a === b</code>");
    expect(html("Tom &amp; Ann")).toBe("<p>Tom &amp; Ann</p>");
  });
});

test("what is read aloud are words: no signs, no addresses", () => {
  const text =
    "## Done\n\n**Two** things, see [the page](https://a.example/x):\n\n- one `npm ci`\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |";
  expect(extractWords(text, 400)).toBe("Done Two things, see the page: one npm ci. two 1, 2");
  expect(extractWords(`${"> ".repeat(100_000)}x`, 400).length).toBeLessThanOrEqual(400);
  expect(extractWords("*".repeat(1_000_000), 400).length).toBeLessThanOrEqual(400);
});
