import { setTimeout as after } from "node:timers/promises";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import type { MemberKey } from "../runner/edge.ts";
import { Seal } from "./seal.ts";

/** Rivet Kit gives a start 30 s. Milliseconds. */
const startPatience = 20_000;
const askAgain = 1_000;
const awayCodes: ReadonlySet<ErrorCode> = new Set(["unavailable", "timeout", "upstream", "internal", "rate_limited"]);
/** Whether the edge could not answer, and may later. */
export const isKeyAway = ({ code }: AppError): boolean => awayCodes.has(code);

/** `name` and `memberName`: what a Grow Agent that is new is called, and its member. */
export type KnownMember = { seal: Seal; name: string; memberName: string };

/** The seals of a runner's members, each made of the key that the edge keeps, which is asked for once. */
export class Seals {
  readonly #ask: (member: string) => Promise<MemberKey>;
  readonly #known = new Map<string, Promise<KnownMember>>();
  readonly #members = new Map<string, string>();
  constructor(ask: (member: string) => Promise<MemberKey>) {
    this.#ask = ask;
  }
  /** Says whose the actor is that the engine calls so: before the first statement of its own. */
  bind(actor: string, member: string): void {
    this.#members.set(actor, member);
  }
  /** Of the actor that the engine calls so. Throws what the edge said while the key can't be had. */
  ofActor(actor: string): Promise<Seal> {
    const member = this.#members.get(actor);
    return member === undefined ? Promise.reject(new Error(`nobody said whose ${actor} is`)) : this.of(member);
  }
  async of(member: string): Promise<Seal> {
    return (await this.#askOnce(member)).seal;
  }
  #askOnce(member: string): Promise<KnownMember> {
    const known = this.#known.get(member);
    if (known) return known;
    const asked = this.#ask(member).then(({ key, ...called }) => ({ seal: new Seal(key), ...called }));
    this.#known.set(member, asked);
    asked.catch(() => this.#known.get(member) === asked && this.#known.delete(member)); // the next one asks again
    return asked;
  }
  /**
   * Before an actor's first statement, whose error would tell what was in it. While the edge does not answer
   * it is asked again, as long as a start may take: the engine starts anew at once what has failed to start.
   */
  async waitFor(member: string, life: AbortSignal): Promise<KnownMember> {
    for (const until = Date.now() + startPatience; ; await after(askAgain, undefined, { signal: life }))
      try {
        return await this.#askOnce(member);
      } catch (error) {
        if (Date.now() > until || !(error instanceof AppError) || !isKeyAway(error)) throw error;
      }
  }
  /** The member's account is erased. */
  forget(member: string): void {
    this.#known.delete(member);
  }
}
