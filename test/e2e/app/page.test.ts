import { describe, expect, test, vi } from "vitest";
import { answers, composer, keepPictures, quiet, say, stopButton, textOf, turnWheel, violations } from "../../harness/browser.ts";
import { script } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";

const hostile = [
  "<script>window.pwned = 1</script>",
  "<img src=x onerror='window.pwned = 2'>",
  "<svg onload='window.pwned = 3'></svg>",
  "[click](javascript:window.pwned=4)",
  "<iframe srcdoc='<script>parent.pwned = 5</script>'></iframe>",
  "![x](https://tracker.example/x.png)",
  "<form action='https://evil.example'><input name=password></form>",
  "<style>*{display:none}</style>",
  "the end of it",
].join("\n\n");

describe("the page", () => {
  const visitor = bringVisitor("sam", { size: "phone", settleMs: 120_000 });
  const { product } = visitor;

  test("fits a phone: the strip opens the task, the bar at the foot goes everywhere", async () => {
    const { page } = visitor;
    expect(await violations(page)).toEqual([]);
    await say(page, "tell me a story");
    await page.getByRole("button", { name: "Open the task of Grow Agent" }).click();
    await page.getByRole("heading", { name: "tell me a story" }).waitFor();
    expect(await violations(page)).toEqual([]);
    const sections = page.getByRole("navigation", { name: "Sections" });
    await sections.getByRole("link", { name: "Memory" }).click();
    await page.getByRole("heading", { name: "About you" }).waitFor();
    await page.getByText("All files").click();
    await page.getByRole("navigation", { name: "Files in memory" }).getByRole("link").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await sections.getByRole("link", { name: "Timeline" }).click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await sections.getByRole("link", { name: "Talk" }).click();
    await quiet(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  test("shows hostile text as text", async () => {
    const { page } = visitor;
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await say(page, script({ text: hostile }));
    const answer = answers(page).last();
    await textOf(answer).getByText("the end of it").waitFor();
    await quiet(page);
    expect(await page.evaluate(() => Reflect.get(window, "pwned"))).toBeUndefined();
    expect(await textOf(answer).locator("script, img, svg, iframe, form, style, a[href^='javascript']").count()).toBe(0);
    expect(requests.filter((url) => /evil|tracker/.test(url))).toEqual([]);
  });

  test("Enter that ends a word of an input method does not send; the next Enter does", async () => {
    const { page, context } = visitor;
    await composer(page).focus();
    const input = await context.newCDPSession(page);
    await input.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
    const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };
    await input.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
    await input.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
    expect(await composer(page).inputValue()).toBe("にほん");
    await input.send("Input.insertText", { text: "日本" });
    expect(await composer(page).inputValue()).toBe("日本");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("two");
    await page.keyboard.press("Enter");
    await page.getByRole("article").getByText("日本\ntwo").first().waitFor(); // the answer repeats it
    await quiet(page);
  });

  test("says how much too long a message is and keeps it; one of just the right length, in one word, goes out at once", async () => {
    const { page } = visitor;
    const long = "x".repeat(32_010);
    await composer(page).fill(long);
    await page.getByText("10 characters too many").waitFor();
    await composer(page).press("Enter");
    expect(await composer(page).inputValue()).toBe(long);
    expect(await violations(page)).toEqual([]);
    await composer(page).fill(long.slice(10));
    await composer(page).press("Enter");
    await page.getByRole("button", { name: "Show all of it" }).click();
    await page.getByRole("article").getByText(long.slice(10)).waitFor();
    await quiet(page);
  });

  test("sends a message that is larger than a frame of the live connection", async () => {
    const { page } = visitor;
    await say(page, `thanks ${"äöü ".repeat(7_000)}end`);
    await answers(page).last().getByText("You're welcome").waitFor();
    await quiet(page);
  });

  test("keeps its place while an answer grows below, says what is new, and goes there", async () => {
    const { page } = visitor;
    await page.setViewportSize({ width: 1440, height: 500 });
    await say(page, "tell me a long story");
    await answers(page).last().getByRole("heading", { level: 3 }).nth(1).waitFor();
    await page.mouse.move(600, 250);
    const pill = page.getByRole("button", { name: /^(Latest|\d+ new)$/ });
    const list = page.getByRole("log");
    await turnWheel(page, list, -400, pill);
    const sizes = () => list.evaluate((element) => ({ top: element.scrollTop, height: element.scrollHeight }));
    const before = await sizes();
    await expect.poll(async () => (await sizes()).height).toBeGreaterThan(before.height + 100);
    expect((await sizes()).top).toBe(before.top);
    await pill.click();
    await expect.poll(() => list.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight)).toBeLessThan(60);
    await page.keyboard.press("Control+.");
    await quiet(page);
  });

  test("moves nothing for those who ask for reduced motion", async () => {
    const { page } = visitor;
    await page.emulateMedia({ reducedMotion: "reduce" });
    await say(page, "tell me a story");
    await stopButton(page).waitFor();
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await quiet(page);
    await page.emulateMedia({ reducedMotion: "no-preference" });
  });

  test("an address that is nobody's says so", async () => {
    const { page, errors } = visitor;
    await page.goto(`${product.url}/no/such/page`);
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
    await keepPictures(page, "not-found");
    expect(errors).toEqual([]);
  });

  test("is sent with a policy that lets no other origin's code in", async () => {
    const answer = await fetch(product.edgeUrl);
    expect(answer.headers.get("content-security-policy")).toMatch(
      /default-src 'none'; script-src 'self' 'sha256-[^' ]+';.*frame-ancestors 'none'/,
    );
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const asset = /\/assets\/[^"]+\.js/.exec(await answer.text())?.[0];
    expect((await fetch(`${product.edgeUrl}${asset}`)).headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });

  test("comes in few files, compressed, and what a signed-in member needs is asked for while the code is on its way", async () => {
    const { page } = visitor;
    await page.goto("about:blank"); // what the page before has asked for is no answer to this one
    const asked: { path: string; encoding: string | undefined; type: string }[] = [];
    page.on("response", async (answer) => {
      if (!answer.url().startsWith(product.url)) return;
      const { "content-encoding": encoding, "content-type": type = "" } = answer.headers();
      asked.push({ path: new URL(answer.url()).pathname, encoding, type });
    });
    const pending = new Set<string>();
    page.on("request", (request) => pending.add(request.url()));
    page.on("requestfinished", (request) => pending.delete(request.url()));
    page.on("requestfailed", (request) => pending.delete(request.url()));
    await page.goto(product.url);
    await composer(page).waitFor();
    const isQuiet = async () => {
      const before = asked.length;
      await page.evaluate(() => new Promise((resolve) => requestIdleCallback(() => setTimeout(resolve, 500))));
      return pending.size === 0 && asked.length === before;
    };
    await vi.waitFor(async () => expect([await isQuiet(), [...pending]]).toEqual([true, []]), { timeout: limit(30_000) });
    expect(asked.length, asked.map(({ path }) => path).join("\n")).toBeLessThanOrEqual(20);
    const scripts = asked.filter(({ type, path }) => type.startsWith("text/javascript") && path.startsWith("/assets/"));
    expect(scripts.length).toBeLessThanOrEqual(8);
    expect(scripts.filter(({ encoding }) => encoding === undefined)).toEqual([]);
    expect(asked.filter(({ path }) => path === "/browser-errors")).toEqual([]);
    for (const path of ["/config", "/me"]) expect(asked.filter((answer) => answer.path === path)).toHaveLength(1);
    expect(asked.filter(({ path }) => path.endsWith("/ticket"))).toHaveLength(1);
  });
});
