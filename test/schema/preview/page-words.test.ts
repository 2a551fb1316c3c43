import { expect, test } from "vitest";
import { fileAt, listPageFiles, replaceWords } from "../../../schema/preview/page-words.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

const page = `<!doctype html>
<html><head><title>Mara’s bakery</title></head>
<body class="p">
  <H1 id="top">
    Mara’s  bakery &amp; café
  </H1>
  <p>Open from <b>six</b>.</p>
  <pre>Mara’s bakery &amp; café</pre>
  <p>Rye</p><p class="a">Rye</p>
</body></html>`;
const picked = (tag: string, words: string, nth = 0, among = 1) => ({ tag, words, nth, among });

test("words are replaced where they stand, with what is around them as it was", () => {
  expect(replaceWords(page, picked("h1", "Mara’s bakery & café"), "Bread <3 & more")).toBe(
    page.replace("Mara’s  bakery &amp; café\n  </H1>", "Bread &lt;3 &amp; more\n  </H1>"),
  );
  expect(replaceWords(page, picked("p", "Rye", 1, 2), "Spelt")).toBe(page.replace('<p class="a">Rye</p>', '<p class="a">Spelt</p>'));
});

test("what can't be told apart, holds other elements, or is made by a program, is not replaced", () => {
  for (const other of [
    picked("p", "Rye"), // the page has two
    picked("p", "Rye", 2, 2),
    picked("p", "Rye", -1, 2),
    picked("p", "Open from six."), // it holds an element
    picked("h2", "Mara’s bakery & café"),
    picked("p", "From a program"),
    picked("p", ""),
    picked("<p", "Rye", 0, 2),
    picked("body", "Rye"),
  ])
    expect(replaceWords(page, other, "X"), JSON.stringify(other)).toBeUndefined();
});

test("a page of the worst is read in proportion to its length", () => {
  for (const piece of ["<p", "<p>", "<p>&#", "<p>   ", "</p>", "<p x"])
    expectLinear(piece, 128 * 1024, fillText(piece), (text) => replaceWords(text, picked("p", "Rye"), "X"));
});

test("a place names the files that its page can be, and one that is none names none", () => {
  expect(listPageFiles("", "/?a=1")).toEqual(["index.html"]);
  expect(listPageFiles("site", "/menu/#x")).toEqual(["site/menu/index.html"]);
  expect(listPageFiles("", "/menu")).toEqual(["menu.html", "menu"]);
  expect(listPageFiles("", "/%C3%BCber.html")).toEqual(["über.html"]);
  expect([listPageFiles("", "/%E0"), fileAt("", "/%E0"), fileAt("a", "/b%20c.jpg"), fileAt("", "/")]).toEqual([
    [],
    undefined,
    "a/b c.jpg",
    undefined,
  ]);
});
