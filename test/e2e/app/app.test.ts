import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { answers, composer, keepPictures, pressInList, quiet, say, textOf, toConversation, violations } from "../../harness/browser.ts";
import { script } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";

/** With a page that the agent has made, as one person does it, in order. */
describe("a person with a browser", () => {
  const visitor = bringVisitor("ada", { settleMs: 240_000 });
  beforeAll(async () => {
    const { page } = visitor;
    await say(page, "make me a page that says hello");
    await answers(page)
      .last()
      .getByText(/^Remembered:/)
      .waitFor({ timeout: limit(60_000) });
    await quiet(page);
    await page.getByRole("complementary", { name: "Preview" }).getByRole("button", { name: "Close the preview" }).click();
  });
  afterEach(() => toConversation(visitor.page));

  test("keeps what an agent has made away from the app: no cookie, no storage, no API, no way up", async () => {
    const { page, product } = visitor;
    await page.getByRole("article", { name: "Preview hello page" }).getByRole("link", { name: "Open", exact: true }).click();
    const shown = page.frameLocator("iframe[title='hello page']");
    await shown.getByRole("heading", { name: "hello" }).waitFor();
    await page.evaluate(() => localStorage.setItem("mark", "of the app"));
    const told = await shown.locator("body").evaluate(
      async (_body, app) => {
        const tried = async (act: () => unknown) => {
          try {
            return { got: String(await act()) };
          } catch (error) {
            return { refused: (error as Error).name };
          }
        };
        return {
          read: await tried(() => fetch(`${app}/me`, { credentials: "include" }).then((answer) => answer.text())),
          up: await tried(() => parent.document.title),
          storage: await tried(() => JSON.stringify({ ...localStorage })),
          leave: await tried(() => {
            top!.location.href = "about:blank";
          }),
          wide: await tried(() => {
            for (const domain of ["localhost", "preview.localhost"]) document.cookie = `planted=1; domain=${domain}`;
          }),
          cookie: await tried(() => document.cookie),
        };
      },
      product.url.replace(/\/$/, ""),
    );
    expect(told).toMatchObject({ read: { refused: "TypeError" }, up: { refused: "SecurityError" } });
    expect(JSON.stringify(told.storage)).not.toContain("of the app"); // a private window refuses it storage altogether
    expect(told.leave).toEqual({ refused: "SecurityError" });
    expect(told.cookie.got).not.toContain("growqr_preview");
    expect(await page.evaluate(() => document.cookie)).not.toContain("planted");
    expect(page.url()).toContain("preview=");
  });

  test("opens a tool line's output", async () => {
    const { page } = visitor;
    const line = answers(page).last().getByRole("button", { name: /Run / }).first();
    await line.click();
    expect(await line.getAttribute("aria-expanded")).toBe("true");
    await page.getByRole("region", { name: /^Output of Run / }).waitFor();
    await line.click();
  });

  test("opens the full diff, then the file, then what the agent remembers", async () => {
    const { page } = visitor;
    await pressInList(answers(page).last().getByRole("link", { name: "Open full diff" }).first());
    await page.getByRole("article", { name: "index.html" }).getByText("</html>").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "diff");
    const rail = page.getByRole("navigation", { name: "Workspace" });
    await rail.getByRole("link", { name: "Files", exact: true }).click();
    const tree = page.getByRole("navigation", { name: "Projects and files" });
    await tree.getByRole("link", { name: "hello-page", exact: true }).click();
    await tree.getByRole("link", { name: "index.html" }).click();
    await page.getByRole("region", { name: "index.html" }).getByText("<!doctype html>").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "file");
    await rail.getByRole("link", { name: "Memory", exact: true }).click();
    const memory = page.getByRole("navigation", { name: "Files in memory" });
    await memory.getByRole("button", { name: /^decisions/ }).click();
    await memory.getByRole("link", { name: /page-hello-page/ }).click();
    await page.getByText("Why one file: it opens anywhere and there is nothing to build.").waitFor();
    await keepPictures(page, "memory");
  });

  test("hands the errors of a page to the agent in one press", async () => {
    const { page } = visitor;
    const broken = "<!doctype html><html><head></head><body><h1>broken</h1><script>console.error('no bread today')</script></body></html>";
    const steps = [
      { tool: "write", args: { filePath: "hello-page/index.html", content: broken } },
      { tool: "bash", args: { command: "cd hello-page && git commit -qam broken && git push -q origin HEAD", description: "push" } },
      { text: "Done." },
    ];
    await say(page, script(...steps));
    const errors = page.getByRole("region", { name: "Errors of the page" });
    await errors.getByText("1 error on this page").waitFor({ timeout: limit(60_000) });
    await quiet(page);
    await errors.getByRole("button", { name: "Ask to repair it" }).click();
    await page.getByRole("log").getByText("no bread today").last().waitFor();
    await quiet(page);
    await page.getByRole("complementary", { name: "Preview" }).getByRole("button", { name: "Close the preview" }).click();
  });

  test("stops a running answer and is told what was kept", async () => {
    const { page } = visitor;
    await say(page, "tell me a long story");
    await answers(page).last().getByText("the valley").first().waitFor();
    await page.keyboard.press("Control+.");
    await answers(page)
      .last()
      .getByText(/^Stopped after/)
      .waitFor();
    await answers(page).last().getByText("Kept: the text so far.").waitFor();
    expect(await textOf(answers(page).last()).innerText()).toContain("the valley");
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "stopped");
  });

  test("works by keyboard alone: palette, help, panel, composer", async () => {
    const { page } = visitor;
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find or run" }).fill("keys");
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "palette");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("log").focus();
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.getByRole("complementary", { name: "Task" }).waitFor({ state: "hidden" });
    await page.keyboard.press("/");
    expect(await composer(page).evaluate((field) => field === document.activeElement)).toBe(true);
  });
});
