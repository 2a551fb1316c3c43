import { z } from "zod";
import type { Delta } from "../../schema/event.ts";
import { thoughtfulPage } from "../doubles/model/parallel-story.ts";
import { inside } from "../harness/member-containers.ts";
import { onStudio } from "../harness/paid-plan.ts";
import { signIn } from "../local/identity.ts";
import { figure, type Series } from "./figures.ts";
import { type Bench, type Ground, turnStack } from "./ground.ts";
import { type Arrival, isEvent, type Member, memberClient, now, type Stream } from "./member.ts";

/** A member of the paid plan, whose team may be five at once. */
const five = 5;
const thought = 5; // seconds a model would think before each task
type Team = { member: Member; agent: string; memberId: string; stream: Stream };
async function team({ instance, product }: Ground): Promise<Team> {
  const email = "parallel@example.com";
  const member = await memberClient(product.edgeUrl, await signIn(product.identityUrl!, email, "Parallel"));
  await member.call("GET", "/billing");
  await onStudio(instance.name, email);
  const { id: agent, member: memberId } = await member.provision();
  const stream = await member.events(agent);
  const ready = (arrival: Arrival) => isEvent(arrival, "provision.step", (body) => body.step === "ready" && body.state === "done");
  await stream.until("ready", ready, 120_000);
  return { member, agent, memberId, stream };
}

const facts = z.object({ taskId: z.string(), facts: z.object({ state: z.string() }) });
const stateOf = (arrival: Arrival, state: string) => {
  let id: string | undefined;
  isEvent(arrival, "task.state", (body) => {
    const read = facts.safeParse(body);
    if (read.success && read.data.facts.state === state) id = read.data.taskId;
    return true;
  });
  return id;
};
const distinct = (team: Team, from: number, state: string) =>
  new Set(team.stream.seen.slice(from).flatMap((arrival) => stateOf(arrival, state) ?? []));

/** Bytes the box works with: what its cgroup counts, without file pages that could be dropped at any time. */
const reading = `cd /sys/fs/cgroup; if [ -f memory.current ]; then cat memory.current; grep '^inactive_file ' memory.stat; else cat memory/memory.usage_in_bytes; grep '^total_inactive_file ' memory/memory.stat; fi`;
async function memory(instanceName: string, memberId: string): Promise<number> {
  const [used = "", idle = ""] = (await inside(instanceName, "opencode", memberId, ["sh", "-c", reading])).trim().split("\n");
  return Number(used) - Number(idle.split(" ")[1]);
}

const planned = z.object({ plan: z.object({ id: z.string(), revision: z.number() }) });
type Ran = { perMinute: number; bytes: number };
/** Five tasks of one project, so many at once: how many are proven in a minute, and the most memory seen while all of those were thinking. */
async function run(team: Team, ground: Ground, name: string, concurrency: number, seconds = thought): Promise<Ran> {
  const tasks = Array.from({ length: five }, (_, index) => thoughtfulPage("parallel-pages", `${name}-${index + 1}`, seconds));
  const plan = { title: `Pages ${name}`, story: "Measured", concurrency, tasks };
  const { id, revision } = planned.parse(await team.member.call("POST", "/plans", { plan })).plan;
  const from = team.stream.seen.length;
  const began = now();
  await team.member.call("POST", `/plans/${id}/accept`, { revision });
  let bytes = 0;
  let over = false;
  const sampling = (async () => {
    while (!over) bytes = Math.max(bytes, await memory(ground.instance.name, team.memberId));
  })();
  const all = () => distinct(team, from, "verified").size === five;
  await team.stream.until(`${name} done`, all, 240_000, from).finally(() => (over = true));
  const ended = now(); // what the stream answers is the first arrival it was asked about, not the last proof
  await sampling;
  return { perMinute: (five * 60_000) / (ended - began), bytes };
}

/** From the member's message to the first piece of text of a sub-agent. */
async function firstDelta(team: Team, page: string): Promise<number> {
  const from = team.stream.seen.length;
  const tasks = new Set(
    team.stream.seen.flatMap((arrival) =>
      arrival.name === "snapshot" ? [z.looseObject({ channel: z.string().optional() }).parse(arrival.data).channel] : [],
    ),
  );
  const sent = now();
  const text = `hand page ${page} of parallel-pages to a sub-agent`;
  await team.member.call("POST", `/actors/${team.agent}/message`, { clientId: `bench-${crypto.randomUUID()}`, text });
  const first = (arrival: Arrival) =>
    arrival.name === "delta" && !tasks.has((arrival.data as Delta).channel) && (arrival.data as Delta).text.includes("thinking");
  const { at } = await team.stream.until("a sub-agent's first words", first, 90_000, from);
  await team.stream.until("it is proven", () => distinct(team, from, "verified").size === 1, 90_000, from);
  return at - sent;
}

export const bench: Bench = {
  title: `a team: ${five} sub-agents against one, memory of each, and a message's way to a sub-agent's first words`,
  seconds: 300,
  async run(ground) {
    const working = await team(ground);
    const cold: Series = [await firstDelta(working, "cold")];
    const warm: Series = [];
    for (let round = 1; round <= 3; round++) warm.push(await firstDelta(working, `warm-${round}`));
    ground.log(`  ${five} tasks by one agent, then by ${five}`);
    const alone = await run(working, ground, "one", 1);
    await run(working, ground, "warming", five, 1); // the other four servers start, and are not counted
    const all = await run(working, ground, "five", five);
    const mib = (all.bytes - alone.bytes) / (five - 1) / 2 ** 20;
    await working.stream.close();
    await turnStack(working, "stop");
    return [
      figure("message to a sub-agent's first delta, its server starts", cold),
      figure("message to a sub-agent's first delta, its server runs", warm),
      figure(`tasks proven by ${five} sub-agents beside one (${thought} s of thought each)`, [all.perMinute], [alone.perMinute], {
        unit: "a minute",
      }),
      figure("memory of the box for each extra working sub-agent", [mib], undefined, { unit: "MiB", must: "at most 512" }),
    ];
  },
};
