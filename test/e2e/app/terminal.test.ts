import { describe, expect, test } from "vitest";
import { actions } from "../../../schema/actions.ts";
import { keepPictures, violations, widths } from "../../harness/browser.ts";
import { person } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";

/** A member's own shell, from the keys they press to the box and back. */
describe("the terminal", () => {
  const visitor = bringVisitor("tess", { settleMs: 240_000 });
  const { product, email } = visitor;
  const screen = () => visitor.page.locator(".xterm-rows");
  const shows = (text: string | RegExp) =>
    expect.poll(async () => (await screen().innerText()).replaceAll("\u00a0", " "), { timeout: limit(30_000) }).toMatch(text);
  const type = async (text: string) => {
    await visitor.page.getByRole("textbox", { name: "Terminal input" }).focus();
    await visitor.page.keyboard.type(text);
    await visitor.page.keyboard.press("Enter");
  };

  test("opens beside the conversation by a key, and is a shell in the member's box", async () => {
    const { page } = visitor;
    await page.getByRole("heading", { name: /^Ready in/ }).click();
    for (const key of ["g", "x"]) await page.keyboard.press(key);
    await page.getByRole("tab", { name: "Terminal", selected: true }).waitFor();
    await type("echo seen-$((40 + 2)); pwd; whoami"); // before it is connected
    await shows(/seen-42\s+\/workspace\/member\s+member/);
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "terminal");
  });

  test("shows colours that the page's policy would refuse as styles", async () => {
    await type("printf '\\e[38;2;200;30;30mred\\e[0m \\e[32mgreen\\e[0m\\n'");
    await shows(/^red green/m);
    const colourOf = (text: string) =>
      screen()
        .locator("span", { hasText: new RegExp(`^${text}$`) })
        .last()
        .evaluate((word) => getComputedStyle(word).color);
    const [red, green] = [await colourOf("red"), await colourOf("green")];
    expect(red).not.toBe(green);
    expect(visitor.errors).toEqual([]);
  });

  test("is the same one after a reload, with what it had shown", async () => {
    const { page } = visitor;
    await type("kept=$((50 + 5))");
    await page.reload();
    await shows(/seen-42/);
    await type("echo kept-$kept");
    await shows(/kept-55/);
  });

  test("draws a full screen program and twenty megabytes, and answers still", async () => {
    await type("seq 2500000; echo all-$((2 + 2))");
    await shows(/all-4/);
    await type("clear; seq 500 | less");
    await shows(/^1\n2\n3\n[\s\S]*\n:/);
    await visitor.page.keyboard.press("q");
    await type("echo back-$((3 + 3))");
    await shows(/back-6/);
  });

  test("takes the whole screen of a phone, with keys that its keyboard lacks", async () => {
    const { page } = visitor;
    await page.setViewportSize(widths.phone);
    await page.getByRole("main", { name: "Task" }).getByRole("tab", { name: "Terminal" }).waitFor();
    await shows(/back-6/); // the session is shown again where it is drawn anew
    await type("stty size; cat");
    await shows(/^\d+ [3-6]\d$/m);
    const bar = page.getByRole("toolbar", { name: "Keys" });
    await bar.getByRole("button", { name: "Ctrl" }).click();
    await page.getByRole("textbox", { name: "Terminal input" }).focus();
    await page.keyboard.press("c");
    await shows(/\^C\s+~ \$\s*$/); // what is typed before that prompt goes with what was broken off
    await type("echo after-$((4 + 4))");
    await shows(/after-8/);
    await bar.getByRole("button", { name: "Up" }).click();
    await bar.getByRole("button", { name: "|" }).click();
    await page.keyboard.type("rev");
    await page.keyboard.press("Enter");
    await shows(/8-retfa/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize(widths.desktop);
    await page.getByRole("complementary", { name: "Task" }).waitFor();
    await shows(/8-retfa/); // the session is shown again where it is drawn anew
  });

  test("ends with its shell; the audit says when it was open and from where, and not what was typed", async () => {
    const { page } = visitor;
    await type("exit");
    await page.getByText("This terminal has ended.").waitFor();
    const tess = await person(product, email);
    const audit = async () => actions.history.out.parse((await tess.call("GET", "/history/audit")).body).events;
    const told = async () => (await audit()).flatMap((event) => (event.kind === "terminal.state" ? [event.body] : []));
    await expect.poll(async () => (await told()).map(({ state }) => state).sort()).toEqual(["ended", "started"]);
    expect((await told())[0]?.device).toMatch(/^your /);
    expect(JSON.stringify(await audit())).not.toContain("seen-");
    await page.getByRole("button", { name: "Start another" }).click();
    await shows(/~ \$/);
    expect(visitor.errors).toEqual([]);
  });
});
