import { expect, test } from "vitest";
import { fileAt, findText, listPageFiles, listTexts, replaceText } from "../../edge/app/preview/page-words.ts";
import { expectLinear, fillText } from "../harness/linear.ts";

const page = `<!doctype html>
<html><head><title>Mara’s bakery</title><script>"<p>Rye</p>"</script></head>
<body class="p>q">
  <H1 id="top">
    Mara’s  bakery &amp; caf&eacute;
  </H1>
  <!-- <p>Rye</p> -->
  <p>Open from <b>six</b>, every day.</p>
  <ul><li>Rye <small>dark &#8211; with caraway</small><li class="a">Rye</ul>
  <template><p>Rye</p></template><noscript>Rye</noscript><textarea>Rye</textarea>
</body></html>`;
/** The page with other words where these stand. */
function change(source: string, words: string, written: string, nth = 0, among = 1): string | undefined {
  const found = findText(listTexts(source), { words, nth, among });
  return found && replaceText(source, found, written);
}

test("words are replaced where they stand, with what is around them as it was", () => {
  for (const [words, written, before, after] of [
    ["Mara’s bakery & café", "Bread <3 & more", "Mara’s  bakery &amp; caf&eacute;\n", "Bread &lt;3 &amp; more\n"],
    ["Open from", "Closed until", "Open from <b>", "Closed until <b>"],
    ["dark – with caraway", "light", "dark &#8211; with caraway", "light"],
    [", every day.", "on Sundays", "</b>, every day.", "</b>on Sundays"],
  ] as const)
    expect(change(page, words, written)).toBe(page.replace(before, after));
  expect(change(page, "Rye", "Spelt", 1, 2)).toBe(page.replace('<li class="a">Rye', '<li class="a">Spelt'));
  const windows = page.replaceAll("\n", "\r\n");
  expect(change(windows, "six", "𝟞 & seven")).toBe(windows.replace("six", "𝟞 &amp; seven"));
  expect(change(`<p>🥖</p>\r\n<p>Rye</p>`, "Rye", "Spelt")).toBe(`<p>🥖</p>\r\n<p>Spelt</p>`);
});

test("what can't be told apart, stands in no file or in several pieces of it, is not replaced", () => {
  expect(change(page, "Rye", "X")).toBeUndefined(); // the page has two
  expect(change(page, "Rye", "X", 2, 2)).toBeUndefined();
  expect(change(page, "Open from six, every day.", "X")).toBeUndefined();
  expect(change(page, "Mara’s bakery", "X")).toBeUndefined(); // its title, which the page does not show
  expect(change(page, "From a program", "X")).toBeUndefined();
  expect(change(page, "", "X")).toBeUndefined();
  // A browser moves what stands between rows out of the table, and joins it.
  expect(change("<table>Rye<tr><td>5</table>", "Rye", "Spelt")).toBe("<table>Spelt<tr><td>5</table>");
  expect(change("<table>Ry<tr></tr>e<tr><td>5</table>", "Rye", "Spelt")).toBeUndefined();
});

test("a page of the worst is read in proportion to its length", () => {
  // Small enough that both sizes lie in the heap's young part: what grows out of it costs the collector more.
  for (const piece of ["<p", "<!--", "<div>a", "<table>a"]) expectLinear(piece, 32 * 1024, fillText(piece), listTexts);
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
