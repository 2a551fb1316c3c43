import type { z } from "zod";
import { searchOut } from "../../schema/search/search.ts";
import { queries } from "../harness/sample-text.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench, Ground } from "./ground.ts";
import { type Member, now } from "./member.ts";
import { measureRawGit } from "./raw.ts";
import { forgetActors, logLength, memory, prepareYears, projects, putActorsToSleep, type Years } from "./years/years.ts";

const rounds = 5;

async function measureSearch(member: Member, query: string): Promise<{ wall: number } & z.infer<typeof searchOut>> {
  const began = now();
  const answer = searchOut.parse(await member.call("GET", `/memory/search?q=${encodeURIComponent(query)}`));
  return { wall: now() - began, ...answer };
}
async function eventually(condition: string, ms: number, ready: () => Promise<boolean>): Promise<void> {
  for (const end = now() + ms; !(await ready()); ) {
    if (now() > end) throw new Error(`${condition}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Nobody asks: what was written is brought into one piece, as a sleep of five minutes finds it. */
const inOrder = () => new Promise((resolve) => setTimeout(resolve, 20_000));
/** Forgets the index and answers the milliseconds until all of Git and of the log is indexed again. */
async function measureRebuild(ground: Ground, { member, memberId }: Years): Promise<number> {
  await forgetActors(ground, "search", memberId);
  const began = now();
  await eventually("all is read again", 150_000, async () => {
    const { behind, seq } = await measureSearch(member, "goal");
    return !behind && seq >= logLength;
  });
  return now() - began;
}

export const bench: Bench = {
  title: "search of 100,000 passages: 70,000 messages, 20,000 of files, 10,000 of memory and decisions",
  seconds: 350,
  async run(ground) {
    const years = await prepareYears(ground);
    const { member, memberId } = years;
    const built = await measureRebuild(ground, years);
    const files = "git ls-tree -r main | awk '{print $3}' | git cat-file --batch > /dev/null";
    const rawBuilt = [memory, ...projects].map((repo) => measureRawGit(ground.instance, memberId, repo, files));
    await eventually("it is warm", 60_000, async () => (await measureSearch(member, "goal")).hot);
    const [inside, wall]: [Series, Series] = [[], []];
    for (let round = 0; round < rounds; round++)
      for (const query of queries(logLength)) {
        const { ms, wall: all } = await measureSearch(member, query);
        if (ms > all) throw new Error(`a query took ${ms} ms in the index and ${all} ms from GET to answer`);
        inside.push(ms);
        wall.push(all);
      }
    await inOrder();
    const [first, second]: [Series, Series] = [[], []];
    for (const query of [...queries(logLength), ...queries(logLength)]) {
      await putActorsToSleep(ground, "growAgent", memberId);
      await putActorsToSleep(ground, "search", memberId);
      first.push((await measureSearch(member, query)).wall);
      second.push((await measureSearch(member, "goal module")).wall);
      // the actor sleeps when it has nothing left to do
      await eventually("it is warm again", 60_000, async () => (await measureSearch(member, "goal")).hot);
    }
    return [
      makeFigure("search index rebuilt from Git and log", [built], [rawBuilt.reduce((sum, ms) => sum + ms, 0)], { contains: true }),
      makeFigure("search, warm, in the index", inside, undefined, { must: "p95 < 100" }),
      makeFigure("search, warm, GET to answer", wall),
      makeFigure("search, first after a sleep, GET to answer", first, undefined, { must: "p95 < 1,000" }),
      makeFigure("search, the next one, while it warms", second),
    ];
  },
};
