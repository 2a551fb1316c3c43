import { z } from "zod";
import { openBrowser, settle } from "../harness/browser.ts";
import { signIn } from "../local/identity.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench } from "./ground.ts";
import { isEvent, now, openMember } from "./member.ts";

/**
 * From the wish for a page until the page itself is seen in the conversation, beside the end of the same
 * turn: what a person waits for beyond the agent's own work.
 */
const guests = ["Ada", "Grace", "Linus", "Margaret", "Edsger"];
const sent = z.object({ turnId: z.string() });

export const bench: Bench = {
  title: "“make me a page” until it is seen",
  seconds: 300,
  async run({ product }) {
    const email = "page@example.com";
    const browser = await openBrowser();
    const [seen, ended]: [Series, Series] = [[], []];
    try {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
      const page = await context.newPage();
      await page.goto(product.url);
      await settle(page, email);
      const member = await openMember(product.edgeUrl, await signIn(product.identityUrl!, email, "page"));
      const agent = (await member.view()).actor.id;
      const stream = await member.events(agent);
      for (const guest of guests) {
        const began = now();
        const text = `make me a page that says “Welcome, ${guest}”`;
        const { turnId } = sent.parse(
          await member.call("POST", `/actors/${agent}/message`, { clientId: `bench-${crypto.randomUUID()}`, text }),
        );
        const over = (body: Record<string, unknown>) => body.turnId === turnId && body.state === "done";
        const end = stream.until("the turn's end", (arrival) => isEvent(arrival, "turn.state", over), 60_000);
        const shown = page.locator("iframe").last().contentFrame().getByText(`Welcome, ${guest}`).first();
        await shown.waitFor({ timeout: 60_000 });
        seen.push(now() - began);
        ended.push((await end).at - began);
      }
      await stream.close();
      await context.close();
    } finally {
      await browser.close();
    }
    return [makeFigure("“make me a page”: seen in the conversation, beside the end of its turn", seen, ended, { must: "ratio ≤ 1.5" })];
  },
};
