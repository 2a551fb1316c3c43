import { expect } from "vitest";
import { billingOut } from "../../schema/billing/billing.ts";
import { isTurnOver } from "../../schema/turn.ts";
import { type Events, type Person, script, send } from "./person.ts";

/** Words of a message that no other message has, with steps for the demo model. */
export const misbehave = (...steps: object[]) => `${crypto.randomUUID()} ${script(...steps)}`;

/** The turns of a member's agent, as the member sees them. */
export class Turns {
  readonly #person: Person;
  readonly #actor: string;
  readonly #events: Events;
  constructor(person: Person, actor: string, events: Events) {
    this.#person = person;
    this.#actor = actor;
    this.#events = events;
  }
  async ask(...steps: object[]): Promise<string> {
    return (await send(this.#person, this.#actor, misbehave(...steps))).turnId;
  }
  /** How a turn ended, with all that was told of it. */
  async end(turnId: string, ms = 60_000) {
    const events = this.#events;
    const { body } = await events.wait("turn.state", (event) => event.body.turnId === turnId && isTurnOver(event.body.state), ms);
    // the notice that says why is the next event of the same change
    if (body.state === "interrupted" || body.state === "failed") await this.notice(turnId, /./, 10_000, body.state);
    const ofTurn = <T extends { body: { turnId?: string | undefined } }>(all: T[]) => all.filter((event) => event.body.turnId === turnId);
    return {
      ...{ state: body.state, reason: body.reason },
      texts: new Map(ofTurn(events.of("message.text")).map((event) => [event.body.partId, event.body.text])),
      calls: ofTurn(events.of("tool.call")).map((event) => event.body.call),
      notices: ofTurn(events.of("notice")).map((event) => event.body.text),
    };
  }
  notice(turnId: string, text: RegExp, ms = 30_000, code?: string) {
    const fits = (body: { turnId?: string | undefined; text: string; code: string }) =>
      body.turnId === turnId && text.test(body.text) && (code === undefined || body.code === code);
    return this.#events.wait("notice", (event) => fits(event.body), ms);
  }
  async stop(turnId: string): Promise<void> {
    await this.#person.call("POST", `/actors/${this.#actor}/stop`, { scope: "turn" });
    await this.end(turnId);
  }

  /** The tokens that the member's ledger holds. */
  async #ledger(): Promise<{ input: number; output: number }> {
    return billingOut.parse((await this.#person.call("GET", "/billing")).body).tokens;
  }
  /**
   * A message's turn: it ends in time, the message that waits behind it is answered, and the ledger holds
   * what turns say that they used, once.
   */
  async live(text: string, ms = 20_000) {
    const before = await this.#ledger();
    const known = this.#events.of("usage").length;
    const { turnId } = await send(this.#person, this.#actor, text);
    const nextId = await this.ask({ text: "The next one." });
    const { state, reason } = await this.end(turnId, ms);
    const next = await this.end(nextId, 20_000);
    expect([next.state, [...next.texts.values()]]).toEqual(["done", ["The next one."]]);
    const { calls, texts, notices } = await this.end(turnId); // with what was told behind its end
    // Of these two, and of the turn in which a conversation that has grown long is summed up.
    const told = () => {
      const used = this.#events.of("usage").slice(known);
      expect(new Set(used.map((event) => event.body.turnId)).size).toBe(used.length); // once a turn
      const sum = (pick: (body: (typeof used)[number]["body"]) => number) => used.reduce((n, { body }) => n + pick(body), 0);
      return { input: before.input + sum((body) => body.inputTokens), output: before.output + sum((body) => body.outputTokens) };
    };
    const difference = async () => {
      const [ledger, turns] = [await this.#ledger(), told()];
      return [ledger.input - turns.input, ledger.output - turns.output];
    };
    await expect.poll(difference).toEqual([0, 0]);
    const made = new Map(calls.map((call) => [call.callId, call])); // in the order in which they began
    return { state, reason, texts: [...texts.values()], calls: [...made.values()], notices };
  }
}
