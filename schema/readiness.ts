import { z } from "zod";

/** How the parts behind the edge are, as `/ready` and `/health/<part>` say (SPEC 16). */
export const healthParts = ["db", "engine", "hosts", "git", "ci", "billing", "identity"] as const;
export type HealthPart = (typeof healthParts)[number];
export const partHealth = z
  .object({
    ok: z.boolean(),
    /** In words for an operator. */
    state: z.string(),
    /** When it was looked at, milliseconds since 1970. */
    at: z.number(),
    /** Since when the Worker that answers has seen it so; each Worker looks by itself. */
    since: z.number(),
  })
  .meta({ id: "PartHealth" });
export type PartHealth = z.infer<typeof partHealth>;
export const readiness = z.object({ ready: z.boolean(), parts: z.record(z.enum(healthParts), partHealth) }).meta({ id: "Readiness" });

/** The same as a reader takes it: a Worker of another version may name other parts, and say less of each. */
export const heardReadiness = z.object({
  ready: z.boolean(),
  parts: z.record(z.string(), z.object({ ok: z.boolean(), state: z.string(), since: z.number().optional() })),
});
export type HeardReadiness = z.infer<typeof heardReadiness>;

/**
 * What is away, what still works and what waits: for members, the worst first. No room for clean rooms is no
 * such part: it comes and goes in a small cell, and a task that waits for it says so itself.
 */
const awayTexts: Record<Exclude<HealthPart, "ci">, { away: string; works: string }> = {
  engine: { away: "Agents can't be reached", works: "What is open here can be read; what you write is sent once they are back." },
  db: { away: "Accounts can't be reached", works: "What is open here can be read; what you write is answered once they are back." },
  git: { away: "Agents and files can't be reached", works: "What is open here can be read; what you write is sent once they are back." },
  hosts: { away: "No machine is reached", works: "The conversation, plans and receipts can be read; agents, files and apps online wait." },
  identity: {
    away: "Sign-in is away",
    works:
      "What is open here can be read, and messages that you write are kept; signing in and other changes wait. Nothing is lost, and it comes back by itself.",
  },
  billing: { away: "Payments are away", works: "Everything else works; plans and cards can't be changed." },
};
export type AwayPart = { away: string; works: string; since: number };
/**
 * The worst of what is away; undefined where all is well. `now`: for a part that says no time. `among`: the
 * parts that the reader has something of.
 */
export function describeAway({ parts }: HeardReadiness, now: number, among: readonly HealthPart[] = healthParts): AwayPart | undefined {
  const seen: ReadonlySet<string> = new Set(among);
  for (const [part, texts] of Object.entries(awayTexts)) {
    const health = seen.has(part) ? parts[part] : undefined;
    if (health && !health.ok) return { ...texts, since: health.since ?? now };
  }
  return undefined;
}
/**
 * The one line of a page that has no token to call with since `since`: Clerk may be out of this browser's
 * reach alone. Whatever else is away, nothing can be read anew or changed. `found`: what the edge tells.
 */
export function describeSignInAway(found: AwayPart | undefined, since: number): AwayPart {
  const { identity: texts } = awayTexts;
  return { ...texts, since: found?.away === texts.away ? Math.min(found.since, since) : since };
}
