import type { z } from "zod";
import { searchOut } from "../../schema/search/search.ts";
import { queries } from "../harness/sample-text.ts";
import { figure, type Series } from "./figures.ts";
import type { Bench, Ground } from "./ground.ts";
import { type Member, now } from "./member.ts";
import { rawGit } from "./raw.ts";
import { forget, logLength, memory, projects, sleep, type Years, years } from "./years.ts";

const rounds = 5;

async function find(member: Member, query: string): Promise<{ wall: number } & z.infer<typeof searchOut>> {
  const began = now();
  const answer = searchOut.parse(await member.call("GET", `/memory/search?q=${encodeURIComponent(query)}`));
  return { wall: now() - began, ...answer };
}
async function eventually(title: string, ms: number, ready: () => Promise<boolean>): Promise<void> {
  for (const end = now() + ms; !(await ready()); ) {
    if (now() > end) throw new Error(`${title}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Forgets the index and answers how long it took until nothing was left to read: Git by its files, the log by what was said. */
async function rebuild(ground: Ground, { member, memberId }: Years): Promise<number> {
  await forget(ground, "search", memberId);
  const began = now();
  await eventually("all is read again", 150_000, async () => {
    const { behind, seq } = await find(member, "goal");
    return !behind && seq >= logLength;
  });
  return now() - began;
}

export const bench: Bench = {
  title: "search of 100,000 passages: 70,000 messages, 20,000 of files, 10,000 of memory and decisions",
  seconds: 330,
  async run(ground) {
    const member = await years(ground);
    const { member: caller, memberId } = member;
    const built = await rebuild(ground, member);
    const files = "git ls-tree -r main | awk '{print $3}' | git cat-file --batch > /dev/null";
    const rawBuilt = [memory, ...projects].map((repo) => rawGit(ground.instance, memberId, repo, files));
    await eventually("it is warm", 60_000, async () => (await find(caller, "goal")).hot);
    const [inside, wall]: [Series, Series] = [[], []];
    for (let round = 0; round < rounds; round++)
      for (const query of queries(logLength)) {
        const { ms, wall: all } = await find(caller, query);
        if (ms > all) throw new Error(`a query took ${ms} ms in the index and ${all} ms from GET to answer`);
        inside.push(ms);
        wall.push(all);
      }
    const [first, second]: [Series, Series] = [[], []];
    for (const query of [...queries(logLength), ...queries(logLength)]) {
      await sleep(ground, "growAgent", memberId);
      await sleep(ground, "search", memberId);
      first.push((await find(caller, query)).wall);
      second.push((await find(caller, "goal module")).wall);
      await eventually("it is warm again", 60_000, async () => (await find(caller, "goal")).hot); // it sleeps when nothing is left to do
    }
    return [
      figure("search index rebuilt from Git and log", [built], [rawBuilt.reduce((sum, ms) => sum + ms, 0)]),
      figure("search, warm, in the index", inside, undefined, { must: "p95 < 100" }),
      figure("search, warm, GET to answer", wall),
      figure("search, first after a sleep, GET to answer", first, undefined, { must: "p95 < 1,000" }),
      figure("search, the next one, while it warms", second),
    ];
  },
};
