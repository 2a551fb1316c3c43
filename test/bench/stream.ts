import type { Series } from "./figures.ts";
import { isEvent, type Member, now, type Stream } from "./member.ts";
import { type RawServer, rawEvents, rawPrompt } from "./raw.ts";

const script = (chunks: number, gapMs: number) => `bench SCRIPT:${JSON.stringify([{ text: "x", chunks, gapMs, stamp: true }])}END`;
const stamps = (text: string) => [...text.matchAll(/<([\d.]+)>/g)].map((match) => Number(match[1]));

/** Delay of each piece of text: from when the model sent it (its own stamp, one clock on this machine) to when it arrived here. */
function delays(stream: Stream, from: number, textOf: (data: unknown) => string | undefined): Series {
  return stream.seen.slice(from).flatMap(({ at, data }) => stamps(textOf(data) ?? "").map((stamp) => at - stamp));
}
const oursText = (name: string) => (data: unknown) => (name === "delta" ? (data as { text: string }).text : undefined);
function rawText(data: unknown): string | undefined {
  const payload = (data as { payload?: { type?: string; properties?: { delta?: string } } }).payload;
  return payload?.type === "message.part.delta" ? payload.properties?.delta : undefined;
}
const isRaw = (type: string) => (arrival: { data: unknown }) => (arrival.data as { payload?: { type?: string } }).payload?.type === type;

/** `pieces`: how many the model sent; those of ours that did not come as deltas came with the finished text. */
export type StreamFigures = { first: Series; rawFirst: Series; delta: Series; rawDelta: Series; pieces: number };
export type Subject = { member: Member; agent: string; stream: Stream; raw: RawServer; rawStream: Stream };

export async function subject(member: Member, agent: string, raw: RawServer): Promise<Subject> {
  return { member, agent, stream: await member.events(agent), raw, rawStream: await rawEvents(raw) };
}

/** One turn through the product, watched at both ends, then one prompt straight into OpenCode: what the chain adds. */
export async function turn(of: Subject, chunks: number, gapMs: number): Promise<StreamFigures> {
  const { member, agent, stream, raw, rawStream } = of;
  const [from, rawFrom] = [stream.seen.length, rawStream.seen.length];
  const sent = now();
  await member.call("POST", `/actors/${agent}/message`, { clientId: `bench-${crypto.randomUUID()}`, text: script(chunks, gapMs) });
  const deadline = 30_000 + chunks * gapMs * 4;
  const first = await stream.until("first delta", (arrival) => arrival.name === "delta", deadline, from);
  await stream.until("turn done", (arrival) => isEvent(arrival, "turn.state", (body) => body.state === "done"), deadline, from);
  const delta = delays({ ...stream, seen: stream.seen.slice(from).filter((one) => one.name === "delta") }, 0, oursText("delta"));
  const rawDelta = delays(rawStream, rawFrom, rawText);
  const again = rawStream.seen.length;
  const rawSent = await rawPrompt(raw, script(chunks, gapMs));
  const rawFirst = await rawStream.until("raw first delta", isRaw("message.part.delta"), deadline, again);
  await rawStream.until("raw idle", isRaw("session.idle"), deadline, again);
  return { first: [first.at - sent], rawFirst: [rawFirst.at - rawSent], delta, rawDelta, pieces: chunks };
}

export function merge(all: readonly StreamFigures[]): StreamFigures {
  const join = (name: Exclude<keyof StreamFigures, "pieces">) => all.flatMap((one) => one[name]);
  return {
    first: join("first"),
    rawFirst: join("rawFirst"),
    delta: join("delta"),
    rawDelta: join("rawDelta"),
    pieces: all.reduce((sum, one) => sum + one.pieces, 0),
  };
}
