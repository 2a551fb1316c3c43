import { z } from "zod";
import { projectName } from "../task/spec.ts";
import { dayMs } from "../wire/duration.ts";
import { id } from "../wire/id.ts";

/**
 * A name of a member's own at which what serves of a project is seen. Whose it is, a TXT record tells: the
 * first who proves it has it, and what nobody has proven keeps nobody out.
 */
export const domainStates = [
  /** One of its records is missing still, or again. */
  "waiting_dns",
  /** Its records are right; its certificate is being made. */
  "waiting_certificate",
  "active",
  /** It needs the member: the reason says why. Nothing is looked at until they ask for it. */
  "failed",
  /** It serves nothing any more; its certificate is being taken back. */
  "removing",
] as const;
export type DomainState = (typeof domainStates)[number];
const domainMoves = {
  waiting_dns: ["waiting_certificate", "active", "failed", "removing"], // its certificate may be there already
  waiting_certificate: ["active", "waiting_dns", "failed", "removing"],
  active: ["waiting_dns", "waiting_certificate", "failed", "removing"],
  failed: ["waiting_dns", "removing"],
  removing: [],
} as const satisfies Record<DomainState, readonly DomainState[]>;
/** Whether a domain may change so; one that stays as it is may. */
export const isDomainMove = (from: DomainState, to: DomainState): boolean =>
  from === to || (domainMoves[from] as readonly DomainState[]).includes(to);

/** How long a domain waits for its records before it fails. */
const waitLife = 14 * dayMs;
/** How long a domain that was proven is its member's after a record is gone. */
const lostGrace = 3 * dayMs;
const second = 1_000;
/** How long until a domain is looked at again by itself, milliseconds; undefined: not at all. */
export function waitForNextLook(state: DomainState, tries: number, lost: boolean): number | undefined {
  if (state === "failed") return undefined;
  if (state === "active") return (lost ? 0.5 : 6) * 3_600 * second;
  return Math.min(30 * second * 2 ** Math.min(tries, 10), 3_600 * second);
}
/** How long "Check now" waits after a look: the answers of the DNS are kept for a while as well. */
export const leastBetweenLooks = 5 * second;

type DomainFacts = { state: DomainState; provenAt: number | null; missingAt: number | null };
/** `taken`: somebody else has proven the name. */
export type DomainSeen = { txt: boolean; target: boolean; taken: boolean };
export type JudgedDomain = DomainFacts & { reason: string | null };
const missingWords = ({ txt, target }: DomainSeen): string =>
  !txt && !target ? "Both records are missing" : txt ? "The record that leads here is missing" : "The TXT record is missing";

/**
 * What a look at the DNS makes of a domain. Who has the right TXT record first has the name; without it for
 * some days it is nobody's again. Pure.
 */
export function judgeDomain(domain: DomainFacts, seen: DomainSeen, now: number): JudgedDomain {
  const { state } = domain;
  const proven = domain.provenAt ?? (seen.txt && !seen.taken ? now : null);
  if (proven !== null && seen.txt && seen.target)
    return { state: state === "waiting_dns" ? "waiting_certificate" : state, provenAt: proven, missingAt: null, reason: null };
  const missingAt = domain.missingAt ?? now;
  const missing = now - missingAt;
  if (proven === null && seen.txt)
    return { state: "waiting_dns", provenAt: null, missingAt, reason: "Another account has proven that this name is its own." };
  if (state === "active" && proven !== null) {
    if (missing < lostGrace)
      return { state, provenAt: proven, missingAt, reason: `${missingWords(seen)}: after three days it serves nothing any more.` };
    return {
      state: "waiting_dns",
      provenAt: null,
      missingAt: now,
      reason: `${missingWords(seen)} for three days, so it serves nothing any more.`,
    };
  }
  if (missing >= waitLife) return { state: "failed", provenAt: null, missingAt, reason: `${missingWords(seen)} for two weeks.` };
  const kept = seen.txt || missing < lostGrace ? proven : null;
  return { state: "waiting_dns", provenAt: kept, missingAt, reason: `${missingWords(seen)}.` };
}

/** What the DNS must say of a name, and whether it did at the last look. */
export const domainRecord = z.object({ type: z.enum(["TXT", "CNAME"]), name: z.string(), value: z.string(), found: z.boolean() });
export type DomainRecord = z.infer<typeof domainRecord>;
export const proofName = (name: string): string => `_growqr.${name}`;
export const proofValue = (token: string): string => `growqr-domain=${token}`;

export const domainView = z.object({
  id: id("dom"),
  project: projectName,
  /** In lower case; letters beyond ASCII in Punycode. */
  name: z.string(),
  state: z.enum(domainStates),
  /** In words: what is missing, or went wrong. */
  reason: z.string().optional(),
  /** Both must be there, and stay. None where no DNS is asked. */
  records: z.array(domainRecord),
  address: z.string(),
  /** No DNS is asked and no certificate is made: a copy of the product on a developer's machine. */
  demo: z.boolean(),
  checkedAt: z.number().optional(),
  /** Absent: it is looked at when the member asks for it. */
  nextCheckAt: z.number().optional(),
  createdAt: z.number(),
});
export type DomainView = z.infer<typeof domainView>;
/** `most`: of one project, by its member's plan. `demo`: names below localhost only. */
export const domainsOut = z.object({ domains: z.array(domainView), most: z.number().int(), demo: z.boolean() });
export const domainIn = z.strictObject({ name: z.string().trim().min(1).max(300) });
