import type { Series } from "./figures.ts";
import { type Arrival, isEvent, type Member, now, type Stream } from "./member.ts";
import { openRawEvents, promptOpenCode, type RawServer } from "./raw.ts";

const script = (chunks: number, gapMs: number) => `bench SCRIPT:${JSON.stringify([{ text: "x", chunks, gapMs, stamp: true }])}END`;
const stamps = (text: string) => [...text.matchAll(/<([\d.]+)>/g)].map((match) => Number(match[1]));

/**
 * Delay of each piece of text: from the model's own stamp to its first arrival here. Both use this machine's
 * clock.
 */
function delays(stream: Stream, from: number, textOf: (arrival: Arrival) => string | undefined): Series {
  const seen = new Set<number>();
  return stream.seen.slice(from).flatMap((arrival) => {
    const fresh = stamps(textOf(arrival) ?? "").filter((stamp) => !seen.has(stamp));
    for (const stamp of fresh) seen.add(stamp);
    return fresh.map((stamp) => arrival.at - stamp);
  });
}
const deltaText = ({ name, data }: Arrival) => (name === "delta" ? (data as { text: string }).text : undefined);
/** What a member sees: a piece that did not come as a delta comes with the finished block. */
function shownText(arrival: Arrival): string | undefined {
  const block = arrival.data as { body?: { text?: string } };
  return arrival.name === "message.text" ? block.body?.text : deltaText(arrival);
}
function rawText({ data }: Arrival): string | undefined {
  const payload = (data as { payload?: { type?: string; properties?: { delta?: string } } }).payload;
  return payload?.type === "message.part.delta" ? payload.properties?.delta : undefined;
}
const isRaw = (type: string) => (arrival: { data: unknown }) => (arrival.data as { payload?: { type?: string } }).payload?.type === type;

/**
 * `late`: pieces of ours that came with the finished block only, because the block was finished within the 20
 * ms that deltas wait for each other.
 */
export type StreamFigures = { first: Series; rawFirst: Series; delta: Series; rawDelta: Series; late: number };
export type Subject = { member: Member; agent: string; stream: Stream; raw: RawServer; rawStream: Stream };

export async function openSubject(member: Member, agent: string, raw: RawServer): Promise<Subject> {
  return { member, agent, stream: await member.events(agent), raw, rawStream: await openRawEvents(raw) };
}

/** Milliseconds by which this process may read one stream later than the other. */
const readingOrder = 50;

/**
 * One turn through the product, watched at both ends, then one prompt straight into OpenCode. The difference
 * is what the product adds.
 */
export async function measureTurn(subject: Subject, chunks: number, gapMs: number): Promise<StreamFigures> {
  const { member, agent, stream, raw, rawStream } = subject;
  const [from, rawFrom] = [stream.seen.length, rawStream.seen.length];
  const sent = now();
  await member.call("POST", `/actors/${agent}/message`, { clientId: `bench-${crypto.randomUUID()}`, text: script(chunks, gapMs) });
  const deadline = 30_000 + chunks * gapMs * 4;
  const first = await stream.until("first text", (arrival) => (shownText(arrival) ?? "") !== "", deadline, from);
  await stream.until("turn done", (arrival) => isEvent(arrival, "turn.state", (body) => body.state === "done"), deadline, from);
  const delta = delays(stream, from, shownText);
  const late = delta.length - delays(stream, from, deltaText).length;
  const rawDelta = delays(rawStream, rawFrom, rawText);
  const rawBegan = rawStream.seen.slice(rawFrom).find((arrival) => rawText(arrival))?.at ?? Number.POSITIVE_INFINITY;
  if (first.at < rawBegan - readingOrder) throw new Error(`the first text came ${rawBegan - first.at} ms before OpenCode's own`);
  if (delta.length !== chunks || rawDelta.length !== chunks)
    throw new Error(`of ${chunks} pieces ${delta.length} came to the member, and ${rawDelta.length} from OpenCode`);
  const again = rawStream.seen.length;
  const rawSent = await promptOpenCode(raw, script(chunks, gapMs));
  const rawFirst = await rawStream.until("raw first delta", (arrival) => Boolean(rawText(arrival)), deadline, again);
  await rawStream.until("raw idle", isRaw("session.idle"), deadline, again);
  return { first: [first.at - sent], rawFirst: [rawFirst.at - rawSent], delta, rawDelta, late };
}

export function mergeFigures(all: readonly StreamFigures[]): StreamFigures {
  const join = (name: Exclude<keyof StreamFigures, "late">) => all.flatMap((turn) => turn[name]);
  return {
    first: join("first"),
    rawFirst: join("rawFirst"),
    delta: join("delta"),
    rawDelta: join("rawDelta"),
    late: all.reduce((sum, turn) => sum + turn.late, 0),
  };
}
