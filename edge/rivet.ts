import { createClient } from "rivetkit/client";
import { z } from "zod";
import { type ActionName, type GrowAgentInput, growAgentKey } from "../schema/agent.ts";
import { AppError, errorCode } from "../schema/error.ts";
import type { Id } from "../schema/id.ts";
import type { Config } from "./env.ts";
import { ticket } from "./keys.ts";

/** How long an action may take before the caller is told that the part behind is not reachable. */
export const actionDeadline = 10_000;

export type Call = { action: ActionName; requestId: string; key: string; input: unknown };
const failure = z.object({ group: z.string(), code: z.string() });

/** An actor's own refusal keeps its code; everything else is about reaching it. */
function asAppError(error: unknown, action: string): AppError {
  if (error instanceof AppError) return error;
  const known = failure.safeParse(error);
  if (!known.success) return new AppError("unavailable", { action }, { cause: error });
  const { group, code } = known.data;
  const own = errorCode.safeParse(code);
  if (group === "user" && own.success) return new AppError(own.data, { action }, { cause: error });
  if (group === "actor" && code === "action_timed_out") return new AppError("timeout", { action }, { cause: error });
  // the client says `internal_error` of a refused connection too, so nothing finer can be told
  return new AppError("unavailable", { action, group, code }, { cause: error });
}

/** Settles within `ms`: the client's own retries may go on longer than anyone waits. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new AppError("unavailable", { what: `no answer in ${ms} ms` }));
      stop.abort();
    }, ms);
  });
  try {
    return await Promise.race([work(stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls an action of a member's growAgent as the edge, with a service ticket for this one call. With `create` the actor is made when it is not there. */
export async function act<T extends z.ZodType>(
  config: Config,
  member: Id<"mem">,
  call: Call,
  out: T,
  options: { create?: GrowAgentInput; deadline?: number } = {},
): Promise<z.infer<T>> {
  const params = { ticket: (await ticket(config, "actor", { member })).ticket };
  const client = createClient({
    endpoint: config.RIVET_URL,
    namespace: "default",
    token: config.RIVET_TOKEN,
    poolName: "default",
    disableMetadataLookup: true,
    encoding: "json",
  });
  const key = growAgentKey(member);
  const { action, ...envelope } = call;
  try {
    const answer = await within(options.deadline ?? actionDeadline, (signal) => {
      const handle = options.create
        ? client.getOrCreate("growAgent", key, { params, createWithInput: options.create })
        : client.get("growAgent", key, { params });
      return handle.action({ name: action, args: [envelope], signal });
    });
    const parsed = out.safeParse(answer);
    if (!parsed.success) throw new AppError("upstream", { action, what: "not the shape it promised" }, { cause: parsed.error });
    return parsed.data;
  } catch (error) {
    throw asAppError(error, action);
  } finally {
    void client.dispose();
  }
}
