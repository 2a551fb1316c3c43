import { Transform } from "node:stream";
import { type EgressRefusal, egressRefusedEvent } from "../../schema/stack/egress-refusal.ts";

type Listener = (refusal: EgressRefusal) => void;
const [mostKept, quiet] = [20, 10_000];

/**
 * What was not let out, by agent, for who follows that agent's events. What comes while nobody does is kept
 * for the next; the same name again within ten seconds is the same refusal.
 */
export class Refusals {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly kept = new Map<string, EgressRefusal[]>();
  private readonly saidAt = new Map<string, number>();

  /** Whether this was not said a moment ago; notes that it is said now. */
  isNew(agent: string, name: string, port: number, now = performance.now()): boolean {
    const key = `${agent} ${name}:${port}`;
    if (now - (this.saidAt.get(key) ?? Number.NEGATIVE_INFINITY) < quiet) return false;
    if (this.saidAt.size > 5_000) this.saidAt.clear();
    this.saidAt.set(key, now);
    return true;
  }
  add(agent: string, refusal: EgressRefusal): void {
    const listeners = this.listeners.get(agent);
    if (listeners?.size) for (const say of listeners) say(refusal);
    else this.kept.set(agent, [...(this.kept.get(agent) ?? []), refusal].slice(-mostKept));
  }
  /** Says each refusal from now on, those that were kept first. Answers how to end that. */
  follow(agent: string, say: Listener): () => void {
    for (const refusal of this.kept.get(agent) ?? []) say(refusal);
    this.kept.delete(agent);
    const listeners = this.listeners.get(agent) ?? new Set<Listener>();
    this.listeners.set(agent, listeners.add(say));
    return () => {
      listeners.delete(say);
      if (listeners.size === 0) this.listeners.delete(agent);
    };
  }
}

const frameOf = (refusal: EgressRefusal) => `data: ${JSON.stringify({ payload: { type: egressRefusedEvent, properties: refusal } })}\n\n`;
/** A stream of server-sent events with this agent's refusals between two events of its own. */
export function tellRefusals(refusals: Refusals, agent: string): Transform {
  let [waiting, between] = ["", true];
  const flush = () => {
    if (!between || waiting === "" || stream.destroyed || stream.writableEnded) return;
    stream.push(waiting);
    waiting = "";
  };
  let end = "";
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      stream.push(chunk);
      end = (end + chunk.subarray(-2).toString("latin1")).slice(-2);
      between = end === "\n\n";
      flush();
      done();
    },
  });
  const leave = refusals.follow(agent, (refusal) => {
    waiting += frameOf(refusal);
    flush();
  });
  stream.once("close", leave);
  return stream;
}
