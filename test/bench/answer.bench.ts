import type { Page } from "playwright-core";
import { z } from "zod";
import { serveApp } from "../app/browser/serve-app.ts";
import { openBrowser } from "../harness/browser.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench } from "./ground.ts";

/**
 * A long answer streams into a channel of ten thousand messages, all of them loaded, and into one of forty,
 * in the same Chromium.
 */
const pieces = 400;
const counted = z.object({ gaps: z.array(z.number()), mutations: z.number() });

/** Opens the real app with all messages of its sample actor loaded, at the end of the conversation. */
async function openConversation(page: Page, url: string, messages: number): Promise<void> {
  await page.goto(`${url}/#messages=${messages}`);
  const last = page.getByText(`Answer ${messages / 2}.`, { exact: true });
  await last.waitFor({ timeout: 60_000 });
  if (messages <= 100) return;
  const at = z.number().parse(await page.evaluate(() => Reflect.get(window, "sample").seqOf('"Question 1"')));
  await page.goto(`${url}/?at=${at}#messages=${messages}`);
  await page.getByText("Question 1", { exact: true }).waitFor({ timeout: 60_000 });
  await page.getByRole("button", { name: /Latest|new$/ }).click();
  await last.waitFor({ timeout: 60_000 });
}

/**
 * Streams one piece of text a frame. Times between frames are milliseconds; `work` is the page's processor
 * time for each piece.
 */
async function streamAnswer(page: Page): Promise<{ gaps: Series; work: number; mutations: number }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" }); // the page's own time: a busy machine does not count
  const worked = async () =>
    (await cdp.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
  const before = await worked();
  const { gaps, mutations } = counted.parse(
    await page.evaluate(async (pieces) => {
      const { actor } = Reflect.get(window, "sample");
      const turnId = "trn_01KBENCH00000000000000000A";
      actor.append("message.sent", { messageId: "msg_01KBENCH00000000000000000A", clientId: "bench", text: "Tell me all of it", turnId });
      actor.append("turn.state", { turnId, state: "running" });
      let mutations = 0;
      const seen = new MutationObserver((all) => {
        mutations += all.length;
      });
      seen.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      const gaps: number[] = [];
      let last = performance.now();
      for (let index = 0; index < pieces; index++) {
        const text = index % 20 === 19 ? "\n\n" : `The **${index}th** piece of the answer. `;
        actor.delta({ turnId, channel: actor.channel, partId: "bench-part", index, text });
        const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
        gaps.push(now - last);
        last = now;
      }
      seen.disconnect();
      return { gaps: gaps.slice(5), mutations };
    }, pieces),
  );
  const work = ((await worked()) - before) * 1_000;
  await page.getByText("396th").waitFor();
  return { gaps, work: work / pieces, mutations };
}

export const bench: Bench = {
  title: "a long answer into ten thousand messages, in Chromium",
  seconds: 180,
  async run({ log }) {
    const [app, browser] = await Promise.all([serveApp(), openBrowser()]);
    const run = async (messages: number) => {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await openConversation(page, app.url, messages);
      log(`an answer of ${pieces} pieces into ${messages} messages`);
      const streamed = await streamAnswer(page);
      await page.close();
      return streamed;
    };
    try {
      const long: Awaited<ReturnType<typeof run>>[] = [];
      const short: typeof long = [];
      for (let round = 0; round < 3; round++) {
        long.push(await run(10_000));
        short.push(await run(40));
      }
      const gaps = (all: typeof long) => all.flatMap((round) => round.gaps);
      const work = (all: typeof long) => all.map((round) => round.work);
      return [
        makeFigure("an answer into 10,000 messages: frame, beside 40 messages", gaps(long), gaps(short), { must: "p95 ≤ 34" }),
        makeFigure("an answer into 10,000 messages: processor time of a piece, beside 40 messages", work(long), work(short)),
        makeFigure(
          "an answer into 10,000 messages: changes in the document for a piece",
          long.map((round) => round.mutations / pieces),
          short.map((round) => round.mutations / pieces),
          { unit: "" },
        ),
      ];
    } finally {
      await browser.close();
      await app.close();
    }
  },
};
