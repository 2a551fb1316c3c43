import { type EgressRefusal, egressRefusedEvent } from "../../schema/stack/egress-refusal.ts";
import type { EventSource } from "../opencode/told-between.ts";

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
  /** For the agent's stream of events. */
  source(agent: string): EventSource {
    return (say) => this.follow(agent, (refusal) => say(egressRefusedEvent, refusal));
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
