import { openBrowser } from "../harness/browser.ts";
import { makeFigure } from "./figures.ts";
import type { Bench } from "./ground.ts";
import { type Load, measureLoad, openSignedIn } from "./load.ts";

const times = 3;

/**
 * First visits with an empty cache, as a slow phone on Slow 4G has them: the door, and a member's home with
 * messages.
 */
export const bench: Bench = {
  title: "the first load of door and home on a slow line and a slow processor",
  seconds: 180,
  async run({ product, ready, log }) {
    const { member, agent } = await ready("load");
    await member.call("POST", `/actors/${agent}/message`, { clientId: "load-bench-1", text: "make me a page that says hello" });
    const browser = await openBrowser();
    const loads = async (name: string, loadOnce: () => Promise<Load>) => {
      const all: Load[] = [];
      for (let round = 0; round < times; round++) all.push(await loadOnce());
      log(`${name}: ${all.map(({ lcp, requests }) => `${Math.round(lcp)} ms in ${requests} requests`).join(", ")}; ${all[0]?.element}`);
      return all;
    };
    try {
      const door = await loads("door", async () => {
        const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
        const load = await measureLoad(context, product.url, (page) => page.getByLabel("E-mail address").waitFor());
        await context.close();
        return load;
      });
      const home = await loads("home", async () => {
        const context = await openSignedIn(browser, product.url, "load@example.com");
        const load = await measureLoad(context, product.url, (page) =>
          page
            .getByRole("article", { name: /^Grow Agent/ })
            .first()
            .waitFor({ timeout: 60_000 }),
        );
        await context.close();
        return load;
      });
      const lcps = (all: Load[]) => all.map(({ lcp }) => lcp);
      const counts = (all: Load[]) => all.map(({ requests }) => requests);
      return [
        makeFigure("door, slow line and processor: largest contentful paint", lcps(door), undefined, { must: "≤ 2,000" }),
        makeFigure("door: requests", counts(door), undefined, { unit: "" }),
        makeFigure("home, slow line and processor: largest contentful paint", lcps(home), undefined, { must: "≤ 3,000" }),
        makeFigure("home: requests", counts(home), undefined, { unit: "" }),
      ];
    } finally {
      await browser.close();
    }
  },
};
