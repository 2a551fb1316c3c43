import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { meOut } from "../../../schema/account/account.ts";
import { signTicket } from "../../../schema/wire/ticket.ts";
import { answers, quiet, say, signInAs, stopButton, textOf, watch } from "../../harness/browser.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";
import { signIn } from "../../local/identity.ts";
import { openSecrets } from "../../local/secrets.ts";

const numbers = (text: string) => [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits));
const upTo = (last: number) => Array.from({ length: last }, (_none, index) => index + 1);

/** The answer that counts, whole: nothing lost and nothing twice is easy to see in numbers. */
async function counted(page: Page): Promise<number[]> {
  return numbers(
    await textOf(answers(page).last())
      .innerText()
      .catch(() => ""),
  );
}
async function countingTo(page: Page, last: number): Promise<void> {
  await say(page, `count slowly to ${last}`);
  await stopButton(page).waitFor();
  await expect.poll(() => counted(page), { timeout: limit(30_000) }).toContain(4);
}

describe("a live connection under trouble", () => {
  const visitor = bringVisitor("lin", { settleMs: 120_000 });
  const { product, email } = visitor;
  beforeEach(() => visitor.page.bringToFront());

  test("a second tab shows the same, from its middle to its end", async () => {
    const { page, context, errors } = visitor;
    await countingTo(page, 41);
    const tab = await context.newPage();
    watch(tab, errors);
    await tab.goto(product.url);
    await expect.poll(async () => (await counted(tab)).length).toBeGreaterThan(3);
    await Promise.all([quiet(page), quiet(tab)]);
    await expect.poll(() => counted(tab)).toEqual(upTo(41));
    await page.bringToFront();
    await expect.poll(() => counted(page)).toEqual(upTo(41));
    await tab.close();
  });

  test("a connection that falls silent is given up after 10 s, and what was said goes out once on the next", async () => {
    const { context, errors } = visitor;
    const page = await context.newPage();
    watch(page, errors);
    await visitor.page.goto("about:blank"); // or that tab would send for this one
    let [silent, heard] = [false, false];
    await page.routeWebSocket(/\/live\//, (socket) => {
      if (silent) return void socket.close();
      const server = socket.connectToServer();
      // Silent from the message on: what was asked before it is answered, or that would be what is given up.
      socket.onMessage((message) => {
        const says = Buffer.from(message).includes("said into silence");
        silent ||= says && !heard; // said again, it goes through
        heard ||= says;
        if (!silent) server.send(message);
      });
    });
    await page.goto(product.url);
    await answers(page).last().waitFor();
    const answered = await answers(page).count();
    await say(page, "said into silence");
    await page.getByText("No answer in 10 s.").waitFor();
    expect(await page.getByText("It cannot arrive twice.").count()).toBe(1);
    silent = false;
    await page.getByRole("button", { name: "Retry", exact: true }).click();
    await expect.poll(() => page.getByText("No answer in 10 s.").count()).toBe(0);
    await expect.poll(() => answers(page).count()).toBe(answered + 1);
    await quiet(page);
    expect(await page.getByRole("log").getByText("said into silence", { exact: true }).count()).toBe(1);
    await page.close();
  });

  test("an expired ticket is refused, and the page comes in with a fresh one", async () => {
    const { context } = visitor;
    const someone = await signIn(product.identityUrl, email);
    const answer = await fetch(`${product.edgeUrl}/me`, { headers: { authorization: `Bearer ${await someone.token()}` } });
    const { agent, member } = meOut.parse(await answer.json());
    const keys = (await openSecrets(product.folder)).signingKeys;
    const past = Math.floor(Date.now() / 1000) - 400;
    const expired = await signTicket(keys, "live", { member: member.id, agent: agent!.id }, past, 300);
    const page = await context.newPage();
    let tickets = 0;
    await page.route("**/actors/*/ticket", async (route) => {
      tickets += 1;
      if (tickets > 1) return route.continue();
      return route.fulfill({ json: { ticket: expired, expiresAt: past + 300, endpoint: `${product.url}/live`, key: [member.id] } });
    });
    await page.goto(product.url);
    await answers(page).last().waitFor();
    await expect.poll(() => tickets).toBeGreaterThanOrEqual(2);
    await page.close();
  });

  test("offline, a message is kept over a reload and sent once when the network is back; the banner comes after 5 s", async () => {
    const { context, errors } = visitor;
    const page = await context.newPage();
    watch(page, errors);
    await visitor.page.goto("about:blank"); // or that tab would send for this one
    let down = false;
    const sockets: { close: () => Promise<void> }[] = [];
    await page.routeWebSocket(/\/live\//, (socket) => {
      if (down) return void socket.close();
      socket.connectToServer();
      sockets.push(socket);
    });
    await page.route("**/actors/*/ticket", (route) => (down ? route.abort("internetdisconnected") : route.continue()));
    await page.goto(product.url);
    await answers(page).last().waitFor();
    await expect.poll(() => sockets.length).toBeGreaterThan(0); // the page shows the log before it is connected
    await page.getByRole("button", { name: "Stop the stack" }).waitFor(); // offered once the page has caught up
    down = true;
    const lost = Date.now();
    await sockets.at(-1)!.close();
    await page.getByText(/^Offline for/).waitFor();
    expect(Date.now() - lost).toBeGreaterThan(4_500);
    await say(page, "kept while offline");
    await page.getByText("Kept on this device, sends when you are back online").waitFor();
    await page.reload();
    down = false;
    const shown = page.getByRole("log").getByText("kept while offline", { exact: true });
    await shown.waitFor();
    await expect.poll(() => page.getByText("Kept on this device").count()).toBe(0);
    await quiet(page);
    expect(await shown.count()).toBe(1);
    await page.close();
  });

  test("a session that ended says so and keeps what was written", async () => {
    const { page, context } = visitor;
    await page.goto(product.url);
    await page.getByRole("textbox", { name: /^Message/ }).fill("not sent yet");
    await context.clearCookies();
    await page.reload();
    await signInAs(page, email);
    await expect.poll(() => page.getByRole("textbox", { name: /^Message/ }).inputValue()).toBe("not sent yet");
    expect(visitor.errors).toEqual([]);
  });
});
