import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { type Figure, makeFigure, type Series } from "./figures.ts";
import type { Bench } from "./ground.ts";
import { type Arrival, isEvent } from "./member.ts";
import { abortOpenCode, promptOpenCode } from "./raw.ts";
import type { Subject } from "./stream.ts";

/**
 * Milliseconds from the press of stop to the turn's end, on the member's own stream. What the agent does must
 * make no difference.
 */
const rounds = 6;
const bashStep = (command: string) => ({ tool: "bash", args: { command, description: "go on" } });
const storm =
  'use POSIX (); $SIG{$_} = "IGNORE" for qw(TERM HUP INT QUIT); while (1) { my $c = fork(); if (defined $c) { if ($c == 0) { POSIX::setsid() } elsif (rand() < 0.5) { POSIX::_exit(0) } } }';
const turnKinds: Record<string, object> = {
  "an answer that streams": { text: "on ", chunks: 5_000, gapMs: 20 },
  "a model that says nothing more": { text: "So", hang: true },
  "a provider asked again and again": { status: 503 },
  "a command that ignores TERM, with its child": bashStep("trap '' TERM; sh -c 'trap \"\" TERM; sleep 311' & echo begun; sleep 312"),
  "sixty children in sessions of their own": bashStep(`${"setsid sleep 313 & ".repeat(60)}echo begun; sleep 312`),
  "a storm that forks without end": bashStep(`(setsid perl -e '${storm}' >/dev/null 2>&1 </dev/null &) ; sleep 312`),
};
const sent = z.object({ turnId: z.string() });
const isSignOf = (turnId: string) => (arrival: Arrival) =>
  arrival.name === "delta"
    ? (arrival.data as { turnId?: string }).turnId === turnId
    : ["tool.call", "notice"].includes(arrival.name) && JSON.stringify(arrival.data).includes(turnId);

async function measureStop({ member, agent, stream }: Subject, step: object): Promise<number> {
  const from = stream.seen.length;
  const text = `bench SCRIPT:${JSON.stringify([step])}END`;
  const { turnId } = sent.parse(await member.call("POST", `/actors/${agent}/message`, { clientId: `bench-${crypto.randomUUID()}`, text }));
  await stream.until("it is under way", isSignOf(turnId), 60_000, from);
  if ("tool" in step) await delay(700); // the command has begun to run
  const pressed = performance.timeOrigin + performance.now();
  await member.call("POST", `/actors/${agent}/stop`, { scope: "turn" });
  const over = (body: Record<string, unknown>) => body.turnId === turnId && body.state === "stopped";
  return (await stream.until("the turn's end", (arrival) => isEvent(arrival, "turn.state", over), 60_000, from)).at - pressed;
}

/** OpenCode's own abort of a prompt that streams, until its own events say idle. */
async function measureRawStop({ raw, rawStream }: Subject): Promise<number> {
  const from = rawStream.seen.length;
  const is = (type: string) => (arrival: Arrival) => (arrival.data as { payload?: { type?: string } }).payload?.type === type;
  await promptOpenCode(raw, `bench SCRIPT:${JSON.stringify([turnKinds["an answer that streams"]])}END`);
  await rawStream.until("raw first delta", is("message.part.delta"), 60_000, from);
  const pressed = await abortOpenCode(raw);
  return (await rawStream.until("raw idle", is("session.idle"), 60_000, from)).at - pressed;
}

export const bench: Bench = {
  title: `a press of stop until the turn has ended, ${rounds} of each kind`,
  seconds: 300,
  async run(ground) {
    const [subject] = await ground.subjects(1);
    if (!subject) throw new Error("nobody is there");
    const figures: Figure[] = [];
    for (const [name, step] of Object.entries(turnKinds)) {
      const series: Series = [];
      for (let round = 0; round < rounds; round++) series.push(await measureStop(subject, step));
      const raw: Series = [];
      if (name === "an answer that streams") for (let round = 0; round < rounds; round++) raw.push(await measureRawStop(subject));
      ground.log(
        `${name}: ${series.map(Math.round).join(", ")} ms${raw.length ? `; OpenCode's own: ${raw.map(Math.round).join(", ")} ms` : ""}`,
      );
      figures.push(makeFigure(`stop of ${name}: press to end`, series, raw.length ? raw : undefined, { must: "≤ 2,000", contains: true }));
    }
    return figures;
  },
};
