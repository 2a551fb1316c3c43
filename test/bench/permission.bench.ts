import { z } from "zod";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench } from "./ground.ts";
import { isEvent, type Stream } from "./member.ts";
import type { Subject } from "./stream.ts";

/**
 * What the permission decision adds to a command that is allowed, by OpenCode's own events: asked and
 * replied.
 */
const calls = 12;
const steps = Array.from({ length: calls }, (_, n) => ({ tool: "bash", args: { command: `echo ${n}`, description: "nothing" } }));
const script = `bench SCRIPT:${JSON.stringify([...steps, { text: "done" }])}END`;
const sent = z.object({ turnId: z.string() });
const told = z.object({
  payload: z.object({ type: z.string(), properties: z.looseObject({ id: z.string().optional(), requestID: z.string().optional() }) }),
});

function decisionTimes(raw: Stream, from: number): Series {
  const asked = new Map<string, number>();
  return raw.seen.slice(from).flatMap(({ at, data }) => {
    const read = told.safeParse(data);
    if (!read.success) return [];
    const { type, properties } = read.data.payload;
    if (type === "permission.asked" && properties.id) asked.set(properties.id, at);
    const began = type === "permission.replied" ? asked.get(properties.requestID ?? "") : undefined;
    return began === undefined ? [] : [at - began];
  });
}
async function measureDecisions({ member, agent, stream, rawStream }: Subject): Promise<Series> {
  const [from, rawFrom] = [stream.seen.length, rawStream.seen.length];
  const clientId = `bench-${crypto.randomUUID()}`;
  const { turnId } = sent.parse(await member.call("POST", `/actors/${agent}/message`, { clientId, text: script }));
  const over = (body: Record<string, unknown>) => body.turnId === turnId && body.state === "done";
  await stream.until("the turn's end", (arrival) => isEvent(arrival, "turn.state", over), 120_000, from);
  const found = decisionTimes(rawStream, rawFrom);
  if (found.length !== calls) throw new Error(`${found.length} of ${calls} commands were asked about and answered`);
  return found;
}

export const bench: Bench = {
  title: `what asking before an allowed command adds, ${calls} commands a turn`,
  seconds: 240,
  async run(ground) {
    const [subject] = await ground.subjects(1);
    if (!subject) throw new Error("nobody is there");
    await measureDecisions(subject); // the first turn warms the server up and is not counted
    const series: Series = [];
    for (let round = 0; round < 4; round++) series.push(...(await measureDecisions(subject)));
    return [makeFigure("permission decision of an allowed command, asked to answered", series, undefined, { must: "p50 < 50" })];
  },
};
