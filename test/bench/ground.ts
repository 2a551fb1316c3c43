import { z } from "zod";
import type { Instance } from "../../schema/machine/instance.ts";
import { onStudio } from "../harness/paid-plan.ts";
import { signIn } from "../local/identity.ts";
import type { Started } from "../local/process.ts";
import type { Product } from "../local/up.ts";
import type { Figure } from "./figures.ts";
import { type Arrival, isEvent, type Member, now, openMember } from "./member.ts";
import { findRawServer } from "./raw.ts";
import { openSubject, type Subject } from "./stream.ts";

/** What a bench stands on: the whole product on an instance of its own, which begins empty. */
export type Ground = {
  instance: Instance;
  product: Product;
  log: (line: string) => void;
  /** A new person with a stack that is ready, on trial or on the paid plan. `ms`: from POST to ready. */
  ready(name: string, plan?: "studio"): Promise<Ready>;
  /**
   * So many members, each with a stream open at the product and one at OpenCode. The next bench gets the same
   * members again.
   */
  subjects(many: number): Promise<Subject[]>;
  /** Hands over a process that a bench started in place of one of the product's. It ends with the run. */
  keep(part: Started): void;
  /**
   * Closes the members' streams and stops their stacks, so that the next measurement has the machine to
   * itself.
   */
  quiet(): Promise<void>;
};
export type Ready = { member: Member; agent: string; memberId: string; ms: number };
/**
 * One file `<name>.bench.ts` that exports `bench`. After `seconds` the bench is given up and the others go
 * on.
 */
export type Bench = { title: string; seconds: number; run(ground: Ground): Promise<Figure[]> };

const isReady = (arrival: Arrival) => isEvent(arrival, "provision.step", (body) => body.step === "ready" && body.state === "done");
const isStopped = (arrival: Arrival) => isEvent(arrival, "stack.state", (body) => body.observed === "stopped");
const seen = z.object({ snapshot: z.object({ lastSeq: z.number(), stack: z.object({ ready: z.boolean(), observed: z.string() }) }) });

/**
 * Starts or stops a stack and answers the milliseconds from the call to the event; 0 where the stack is so
 * already.
 */
export async function turnStack({ member, agent }: Pick<Ready, "member" | "agent">, to: "start" | "stop"): Promise<number> {
  const { snapshot } = seen.parse(await member.call("GET", `/actors/${agent}`));
  const is = snapshot.stack.observed === "running" && snapshot.stack.ready;
  if (is === (to === "start")) return 0;
  const stream = await member.events(agent, snapshot.lastSeq);
  try {
    const began = now();
    await member.call("POST", `/actors/${agent}/${to}`, to === "stop" ? { scope: "stack" } : {});
    return (await stream.until(to, to === "start" ? isReady : isStopped, 60_000)).at - began;
  } finally {
    await stream.close();
  }
}

export function prepareGround(instance: Instance, product: Product, log: (line: string) => void): Ground & { end(): Promise<void> } {
  const kept: Started[] = [];
  const pool: Ready[] = [];
  const open: Subject[] = [];
  const ready: Ground["ready"] = async (name, plan) => {
    const email = `${name}@example.com`;
    const member = await openMember(product.edgeUrl, await signIn(product.identityUrl!, email, name));
    if (plan === "studio") {
      await member.call("GET", "/billing"); // from then on the product knows them
      await onStudio(instance.name, email);
    }
    const began = now();
    const actor = await member.provision();
    const stream = await member.events(actor.id);
    const done = await stream.until("ready", isReady, 120_000);
    await stream.close();
    return { member, agent: actor.id, memberId: actor.member, ms: done.at - began };
  };
  const close = async () => {
    await Promise.all(open.splice(0).flatMap((subject) => [subject.stream.close(), subject.rawStream.close()]));
  };
  const start = async ({ member, agent, memberId }: Ready): Promise<Subject> => {
    await turnStack({ member, agent }, "start");
    return openSubject(member, agent, findRawServer(instance, memberId, agent));
  };
  return {
    instance,
    product,
    log,
    ready,
    async subjects(many) {
      await close();
      while (pool.length < many) {
        const batch = Array.from({ length: Math.min(2, many - pool.length) }, (_, index) => ready(`bench${pool.length + index}`));
        pool.push(...(await Promise.all(batch)));
      }
      for (const member of pool.slice(0, many)) open.push(await start(member));
      return open;
    },
    keep: (part) => void kept.push(part),
    async end() {
      for (const part of kept) await part.stop();
    },
    async quiet() {
      await close();
      for (const member of pool) await turnStack(member, "stop");
    },
  };
}
