import { and, eq, inArray } from "drizzle-orm";
import { modelSessionTable } from "../../schema/billing/usage.table.ts";
import type { ModelDialect } from "../../schema/provider/provider-key.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import {
  type BudgetedCall,
  findExpiredCall,
  type ModelSessionRow,
  noteCallBegan,
  releaseBudget,
  reserveBudget,
  settleCall,
  settleExpiredCalls,
} from "../billing/model-budget.ts";
import type { ModelUsage } from "../billing/model-usage.ts";
import { answerTimes, callFirst } from "./model.ts";
import { failureWait, noteModelFailure } from "./model-brake.ts";
import { type AgentContext, listModelSources, type ModelSource } from "./model-source.ts";

/**
 * The OpenCode session of the call (or the one it is a sub-task of)
 * must be registered as this agent's: it is what the cost belongs to.
 */
async function sessionOf(c: AgentContext, now: number): Promise<ModelSessionRow> {
  const { db, agent } = c.var;
  const said = [c.req.header("x-session-id"), c.req.header("x-parent-session-id")].filter((name) => name !== undefined);
  if (said.length === 0) throw new AppError("forbidden", { what: "no session" });
  const { member } = agent;
  const mine = and(
    eq(modelSessionTable.member, member),
    eq(modelSessionTable.agent, agent.agent),
    inArray(modelSessionTable.session, said),
  );
  const [[row], expired] = await db.batch([db.select().from(modelSessionTable).where(mine).limit(1), findExpiredCall(db, member, now)]);
  if (!row) throw new AppError("forbidden", { what: "unknown session" });
  if (expired.length > 0) await settleExpiredCalls(db, now);
  return row;
}

/**
 * A session whose calls failed one after another waits before its next call, so a loop of failing calls costs
 * nothing.
 */
function requireCalm(caller: string): void {
  const wait = failureWait(caller, Date.now());
  if (wait === 0) return;
  const seconds = Math.ceil(wait / 1000);
  const message = `The model's provider has failed several times. The next try is in ${seconds} s.`;
  throw new AppError("rate_limited", { what: "model", retryAfter: seconds }, { message });
}

const callerOf = ({ agent, session }: Pick<BudgetedCall, "agent" | "session">) => `${agent.member}/${session.session}`;

/**
 * What one call costs whom: taken before it runs, settled once when it has ended, returned if it came to
 * nothing.
 */
export class CallAccount {
  readonly caller: string;
  readonly #c: AgentContext;
  readonly #usage: Id<"usg">;
  readonly #call: BudgetedCall;
  readonly #sources: readonly ModelSource[];
  #source: ModelSource;
  #over = false;

  constructor(c: AgentContext, usage: Id<"usg">, call: BudgetedCall, sources: readonly [ModelSource, ...ModelSource[]]) {
    this.#c = c;
    this.#usage = usage;
    this.#call = call;
    this.#sources = sources;
    this.#source = sources[0];
    this.caller = callerOf(call);
  }
  get paidBy(): ModelSource["paidBy"] {
    return this.#source.paidBy;
  }
  /** The answer of the first of its sources that gives one. */
  async call(stop: AbortSignal, send: (source: ModelSource) => Promise<Response>): Promise<Response> {
    const { source, response } = await callFirst(this.#sources, stop, send, ({ paidBy, door, model }, why) =>
      this.#c.var.log("warn", "model gave way to another", { paidBy, provider: door.provider, model, why }),
    );
    this.#source = source;
    return response;
  }
  /** The provider has begun to answer. */
  begin(): void {
    this.#later(() => noteCallBegan(this.#c.var.db, this.#usage));
  }
  /** `used` is absent where the answer was none. Only the first time counts. */
  settle(used: ModelUsage | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#later(() => settleCall(this.#c.var.db, this.#usage, { ...this.#call, model: this.#source.model }, used));
  }
  release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#later(() => releaseBudget(this.#c.var.db, this.#usage));
  }
  /** A database that takes no more just now is asked again; what fails in the end is settled by expiry. */
  #later(work: () => Promise<void>): void {
    const told = (error: unknown) => this.#c.var.log("error", "usage was not settled", { usage: this.#usage, error });
    this.#c.executionCtx.waitUntil(tryAgain(work).catch(told));
  }
}
const settleTries = 6;
async function tryAgain(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === settleTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** tries));
    }
  }
}

type AccountedCall = { dialect: ModelDialect; requestBytes: number; mostOutput: number | undefined };
/** Runs a call of an agent's session under its budgets. What comes to nothing costs nothing. */
export async function withAccount(
  c: AgentContext,
  { dialect, requestBytes, mostOutput }: AccountedCall,
  run: (account: CallAccount) => Promise<Response>,
): Promise<Response> {
  const { db, config, agent, subscription, requestId, model: alias } = c.var;
  const now = Date.now();
  const session = await sessionOf(c, now);
  const [source, ...others] = await listModelSources(c, dialect);
  if (!source) throw new AppError("not_found", { dialect }, { message: "No model is there for this." });
  const times = answerTimes(config);
  const longest = (1 + others.length) * times.first + times.whole + 60_000;
  const byMember = source.paidBy === "member";
  const call = { agent, session, subscription, requestId, model: source.model, alias, byMember, requestBytes, mostOutput, longest };
  requireCalm(callerOf(call));
  const usage = await reserveBudget(db, call, now);
  const account = new CallAccount(c, usage, call, [source, ...others]);
  let answer: Response | undefined;
  try {
    answer = await run(account);
    if (answer.status >= 500) noteModelFailure(account.caller, Date.now());
    return answer;
  } catch (error) {
    if (!c.req.raw.signal.aborted) noteModelFailure(account.caller, Date.now());
    throw error;
  } finally {
    if (!answer?.ok) account.release(); // a refusal, or an error: where it had begun it is settled already
  }
}
