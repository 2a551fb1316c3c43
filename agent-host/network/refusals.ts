import { Transform } from "node:stream";
import { type EgressRefusal, egressRefusedEvent } from "../../schema/stack/egress-refusal.ts";

type Listener = (refusal: EgressRefusal) => void;
const [mostKept, mostSaid, quiet] = [20, 50, 10_000];

/**
 * What was not let out, by agent, for who follows that agent's events. What comes while nobody does is kept
 * for the next. To one follower the same name again within ten seconds is the same refusal.
 */
export class Refusals {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly kept = new Map<string, EgressRefusal[]>();
  private readonly said = new Map<string, Map<string, number>>();

  /** Whether this was not said a moment ago, nor too much else; notes that it is said now. */
  isNew(agent: string, name: string, port: number, now = performance.now()): boolean {
    const said = new Map([...(this.said.get(agent) ?? [])].filter(([, at]) => now - at < quiet));
    const isNew = !said.has(`${name}:${port}`) && said.size < mostSaid;
    this.said.set(agent, isNew ? said.set(`${name}:${port}`, now) : said);
    return isNew;
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
    this.said.delete(agent);
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
