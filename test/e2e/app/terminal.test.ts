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
  const shows = (text: string | RegExp, ms = 30_000) =>
    expect
      .poll(async () => (await screen().innerText()).replaceAll("\u00a0", " ").replaceAll(/ +$/gm, ""), { timeout: limit(ms) })
      .toMatch(text);
  /** Where a text stands: what is drawn lies below a layer that takes the mouse. */
  const placeOf = async (text: string) => {
    const { x, y, width, height } = (await screen().getByText(text, { exact: true }).last().boundingBox())!;
    return [x + width / 2, y + height / 2] as const;
  };
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

  test("takes what is pasted as one text, gives what is marked, and refuses more than it takes at once", async () => {
    const { page, context } = visitor;
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const copied = (text: string) => page.evaluate((given) => navigator.clipboard.writeText(given), text);
    await copied("echo one-$((1 + 0))\necho two-$((1 + 1))");
    await type("clear; bind 'set enable-bracketed-paste on'");
    await shows(/^~ \$\s*$/); // the prompt after it tells the browser so
    await page.getByRole("textbox", { name: "Terminal input" }).focus();
    await page.keyboard.press("Control+v");
    await shows(/echo two-\$\(\(1 \+ 1\)\)\s*$/); // two lines, and none of them has run
    await page.keyboard.press("Enter");
    await shows(/one-1\s+two-2/);
    await page.mouse.dblclick(...(await placeOf("two-2")));
    await page.keyboard.press("Control+c");
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe("two-2");
    await copied("x".repeat(1_100_000));
    await page.keyboard.press("Control+v");
    await page.getByText("That is more than a terminal takes at once").waitFor();
    await type("echo on-$((6 + 1))");
    await shows(/on-7/);
  });

  test("opens an address that it shows in a tab of its own, and none of the box's own machine", async () => {
    const { page, context } = visitor;
    await type("clear; echo http://localhost:5173/; echo http://bread.invalid/rye");
    await shows(/invalid\/rye\n/);
    await page.mouse.click(...(await placeOf("http://localhost:5173/")));
    const link = await placeOf("http://bread.invalid/rye");
    await page.mouse.move(...link);
    await page.locator(".xterm-cursor-pointer").waitFor();
    const [opened] = await Promise.all([context.waitForEvent("page"), page.mouse.click(...link)]);
    expect(opened.url() === "about:blank" ? await opened.waitForURL(/./).then(() => opened.url()) : opened.url()).toMatch(
      /invalid|chrome-error/,
    );
    expect(await opened.evaluate(() => window.opener)).toBeNull();
    await opened.close();
    expect(context.pages()).toHaveLength(1);
  });

  test("draws vim, top and a hundred megabytes, and answers still", async () => {
    const { page } = visitor;
    await type("clear; vim bread.txt");
    await shows(/^~$/m);
    await page.keyboard.type("iSourdough, from seven");
    await page.keyboard.press("Escape");
    await type(":wq");
    await shows(/~ \$\s*$/);
    await type("clear; cat bread.txt");
    await shows(/^Sourdough, from seven$/m);
    await type("top -d 1");
    await shows(/PID +USER/);
    await page.keyboard.press("q");
    await shows(/~ \$\s*$/); // what is typed while top ends, top throws away
    await type("clear; seq 500 | less");
    await shows(/^1\n2\n3\n[\s\S]*\n:/);
    await page.keyboard.press("q");
    await shows(/~ \$\s*$/);
    await type("yes 'all the bread of the town' | head -c 100000000; echo all-$((2 + 2))");
    await shows(/all-4/, 120_000);
    await type("echo back-$((3 + 3))");
    await shows(/back-6/);
  });

  test("takes the whole screen of a phone, with keys that its keyboard lacks", async () => {
    const { page } = visitor;
    await page.setViewportSize(widths.phone);
    await page.getByRole("main", { name: "Task" }).getByRole("tab", { name: "Terminal" }).waitFor();
    await shows(/back-6/); // the session is shown again where it is drawn anew
    await type("while sleep 0.2; do stty size; done"); // the box hears of the new size a moment later
    await shows(/^\d+ (4\d|5[0-3])$/m); // as many columns as the phone is wide
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
    await page.evaluate(() => navigator.clipboard.writeText("echo pasted-$((5 + 4))"));
    await bar.getByRole("button", { name: "Paste" }).click();
    await shows(/echo pasted-/);
    await page.keyboard.press("Enter");
    await shows(/pasted-9/);
    await bar.getByRole("button", { name: "Copy" }).click();
    await page.getByText("Copied").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("pasted-9");
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
