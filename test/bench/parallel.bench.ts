import { z } from "zod";
import type { Delta } from "../../schema/event.ts";
import { thoughtfulPage } from "../doubles/model/parallel-story.ts";
import { inside } from "../harness/member-containers.ts";
import { makeFigure, type Series } from "./figures.ts";
import { type Bench, type Ground, type Ready, turnStack } from "./ground.ts";
import { type Arrival, isEvent, now, type Stream } from "./member.ts";

/** A member of the paid plan, whose team may be five at once. */
const five = 5;
const thought = 5; // seconds a model would think before each task
type Team = Ready & { stream: Stream };
async function openTeam(ground: Ground): Promise<Team> {
  const subject = await ground.ready("parallel", "studio");
  return { ...subject, stream: await subject.member.events(subject.agent) };
}

const facts = z.object({ taskId: z.string(), facts: z.object({ state: z.string() }) });
const taskInState = (arrival: Arrival, state: string) => {
  let id: string | undefined;
  isEvent(arrival, "task.state", (body) => {
    const read = facts.safeParse(body);
    if (read.success && read.data.facts.state === state) id = read.data.taskId;
    return true;
  });
  return id;
};
const tasksIn = (team: Team, from: number, state: string) =>
  new Set(team.stream.seen.slice(from).flatMap((arrival) => taskInState(arrival, state) ?? []));

/**
 * Bytes that the box needs: what its cgroup counts, less the file pages that the kernel could drop at any
 * time.
 */
const reading = `cd /sys/fs/cgroup; if [ -f memory.current ]; then cat memory.current; grep '^inactive_file ' memory.stat; else cat memory/memory.usage_in_bytes; grep '^total_inactive_file ' memory/memory.stat; fi`;
async function boxMemory(instance: string, memberId: string): Promise<number> {
  const [used = "", idle = ""] = (await inside(instance, "opencode", memberId, ["sh", "-c", reading])).trim().split("\n");
  return Number(used) - Number(idle.split(" ")[1]);
}

const planned = z.object({ plan: z.object({ id: z.string(), revision: z.number() }) });
type Ran = { perMinute: number; bytes: number };
/**
 * Runs five tasks of one project, so many at once. Answers how many were proven a minute, and the most memory
 * seen meanwhile.
 */
async function runTasks(team: Team, ground: Ground, name: string, concurrency: number, seconds = thought): Promise<Ran> {
  const tasks = Array.from({ length: five }, (_, index) => thoughtfulPage("parallel-pages", `${name}-${index + 1}`, seconds));
  const plan = { title: `Pages ${name}`, story: "Measured", concurrency, tasks };
  const { id, revision } = planned.parse(await team.member.call("POST", "/plans", { plan })).plan;
  const from = team.stream.seen.length;
  const began = now();
  await team.member.call("POST", `/plans/${id}/accept`, { revision });
  let bytes = 0;
  let over = false;
  const sampling = (async () => {
    while (!over) bytes = Math.max(bytes, await boxMemory(ground.instance.name, team.memberId));
  })();
  const all = () => tasksIn(team, from, "verified").size === five;
  await team.stream.until(`${name} done`, all, 240_000, from).finally(() => (over = true));
  const ended = now(); // `until` answers the first arrival that it looked at, not the last proof
  await sampling;
  if (bytes === 0) throw new Error("the box's memory was never read");
  return { perMinute: (five * 60_000) / (ended - began), bytes };
}

/** Milliseconds from the member's message to a sub-agent's first piece of text. */
async function measureFirstDelta(team: Team, page: string): Promise<number> {
  const from = team.stream.seen.length;
  const before = new Set(
    team.stream.seen.flatMap((arrival) =>
      arrival.name === "snapshot" ? [z.looseObject({ channel: z.string().optional() }).parse(arrival.data).channel] : [],
    ),
  );
  const sent = now();
  const text = `hand page ${page} of parallel-pages to a sub-agent`;
  await team.member.call("POST", `/actors/${team.agent}/message`, { clientId: `bench-${crypto.randomUUID()}`, text });
  const first = (arrival: Arrival) =>
    arrival.name === "delta" && !before.has((arrival.data as Delta).channel) && (arrival.data as Delta).text.includes("thinking");
  const { at } = await team.stream.until("a sub-agent's first words", first, 90_000, from);
  await team.stream.until("it is proven", () => tasksIn(team, from, "verified").size === 1, 90_000, from);
  return at - sent;
}

export const bench: Bench = {
  title: `a team: ${five} sub-agents against one, memory of each, and a message's way to a sub-agent's first words`,
  seconds: 300,
  async run(ground) {
    const team = await openTeam(ground);
    const cold: Series = [await measureFirstDelta(team, "cold")];
    const warm: Series = [];
    for (let round = 1; round <= 3; round++) warm.push(await measureFirstDelta(team, `warm-${round}`));
    ground.log(`  ${five} tasks by one agent, then by ${five}`);
    const alone = await runTasks(team, ground, "one", 1);
    await runTasks(team, ground, "warming", five, 1); // the other four servers start; this run is not counted
    const all = await runTasks(team, ground, "five", five);
    const mib = (all.bytes - alone.bytes) / (five - 1) / 2 ** 20;
    await team.stream.close();
    await turnStack(team, "stop");
    return [
      makeFigure("message to a sub-agent's first delta, its server starts", cold),
      makeFigure("message to a sub-agent's first delta, its server runs", warm),
      makeFigure(`tasks proven by ${five} sub-agents beside one (${thought} s of thought each)`, [all.perMinute], [alone.perMinute], {
        unit: "a minute",
      }),
      makeFigure("memory of the box for each extra working sub-agent", [mib], undefined, { unit: "MiB", must: "at most 512" }),
    ];
  },
};
