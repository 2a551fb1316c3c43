import { z } from "zod";
import { fapiVersion } from "./fapi-version.ts";
import { signInAway } from "./wait-within.ts";

/**
 * What Clerk's Frontend API says of this browser, at `GET /v1/client`: who is signed in. Nothing else is
 * taken from it; whatever is not understood is Clerk's own script's.
 */
const activeSession = z.object({ id: z.string(), status: z.literal("active"), last_active_token: z.object({ jwt: z.string() }) });
const clientAnswer = z.object({
  response: z.object({ last_active_session_id: z.string().nullable(), sessions: z.array(z.unknown()) }).nullable(),
});
export type ActiveSession = z.infer<typeof activeSession>;

/** Undefined: what came says nothing. Null: nobody is signed in. */
export function readActiveSession(answer: unknown): ActiveSession | null | undefined {
  const parsed = clientAnswer.safeParse(answer);
  if (!parsed.success) return undefined;
  const { sessions = [], last_active_session_id: last = null } = parsed.data.response ?? {};
  if (last === null) return null;
  return sessions.map((each) => activeSession.safeParse(each).data).find((session) => session?.id === last);
}
const openSession = z.object({ id: z.string(), status: z.enum(["active", "pending"]) });
/** Whether that session still is one. Undefined: what came does not say. */
export function isSessionOpen(answer: unknown, id: string): boolean | undefined {
  const parsed = clientAnswer.safeParse(answer);
  return parsed.data && (parsed.data.response?.sessions ?? []).some((each) => openSession.safeParse(each).data?.id === id);
}

/** Milliseconds. */
const plainCallWithin = 10_000;
/** The answer of one plain call. Rejects where Clerk is away; what it refuses says nothing. */
export async function askClient(identityUrl: string): Promise<unknown> {
  const url = `${identityUrl}/v1/client?${fapiVersion}`;
  const answer = await fetch(url, { credentials: "include", signal: AbortSignal.timeout(plainCallWithin) }).catch((cause: unknown) => {
    throw signInAway(cause);
  });
  const isAway = answer.status === 429 || answer.status >= 500;
  if (isAway) throw signInAway(undefined, Number(answer.headers.get("retry-after")) || undefined);
  return answer.json().catch(() => undefined);
}
