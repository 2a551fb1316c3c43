import { z } from "zod";
import type { EdgeUp } from "../../harness/edge-parts.ts";
import { readServerSentEvents } from "../../harness/server-sent-events.ts";
import { limit } from "../../harness/suite/limit.ts";
import { edgeUp } from "../client.ts";

export type Said = { id?: number; event: string; data: unknown };
const sent = z.object({ body: z.object({ text: z.string() }) });
/** What was written into a conversation, of its events. */
export const textsOf = (all: readonly Said[]): string[] =>
  all.filter(({ event }) => event === "message.sent").map(({ data }) => sent.parse(data).body.text);

/**
 * Reads a stream of server-sent events until `enough`, then hangs up. Throws what it has got when that takes
 * too long.
 */
export async function listen(
  path: string,
  options: { token: string; headers?: Record<string, string>; enough: (all: Said[]) => boolean; ms?: number; edge?: EdgeUp },
): Promise<Said[]> {
  const stop = AbortSignal.timeout(limit(options.ms ?? 15_000));
  const hangUp = new AbortController();
  const response = await fetch((options.edge ?? edgeUp).url + path, {
    headers: { authorization: `Bearer ${options.token}`, ...options.headers },
    signal: AbortSignal.any([stop, hangUp.signal]),
  });
  if (response.status !== 200 || !response.body) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  const all: Said[] = [];
  try {
    for await (const { id, event, data } of readServerSentEvents(response.body)) {
      all.push({ ...(id ? { id: Number(id) } : {}), event: event ?? "", data: JSON.parse(data) });
      if (options.enough(all)) return all;
    }
  } catch (cause) {
    if (stop.aborted) throw new Error(`not enough in time: ${JSON.stringify(all.map(({ id, event }) => [id, event]))}`, { cause });
    throw cause;
  } finally {
    hangUp.abort();
  }
  throw new Error("the stream ended");
}
