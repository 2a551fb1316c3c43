import { setTimeout as sleep } from "node:timers/promises";
import { type HealthPart, type HeardReadiness, heardReadiness } from "../../schema/readiness.ts";

/** What a member meets while a part is away, by the part's name in `/ready`. */
const withoutPart: Partial<Record<string, string>> = {
  db: "nobody can sign in or read anything",
  engine: "nobody's agent answers; what is in the database is read",
  hosts: "who signs up waits for a machine: none has joined, or none is heard of (docker-compose.yml, at its top)",
  git: "repositories, memory and files are not read: no runner has joined, or its relay is not reached",
  ci: "nothing is verified: no machine has room for a clean room",
  billing: "nobody can pay",
  identity: "nobody new can sign in",
} satisfies Record<HealthPart, string>;

/** What `/ready` says, in lines for who has deployed. */
export function describeReadiness(found: HeardReadiness | undefined, url: string): string[] {
  if (!found) return [`${url}/ready does not answer: nobody meets anything there yet. A new domain takes some minutes to be known.`];
  const away = Object.entries(found.parts).filter(([, { ok }]) => !ok);
  const first = found.ready ? `${url} serves: people can sign in` : `${url} does not serve yet`;
  if (away.length === 0) return [`${first}, and every part is well.`];
  return [
    `${first}; of what is behind it`,
    ...away.map(([part, { state }]) => `  ${part} is away (${state}): ${withoutPart[part] ?? "what needs it fails"}`),
  ];
}

async function readOnce(url: string): Promise<HeardReadiness | undefined> {
  const response = await fetch(new URL("/ready", url), { redirect: "error", signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  if (response?.status !== 200 && response?.status !== 503) return undefined;
  return heardReadiness.safeParse(await response.json().catch(() => undefined)).data;
}
const [readyTries, triesUnanswered, between] = [10, 2, 2_000];
/**
 * Asks `/ready` until people can be served, some twenty seconds at most; gives the last answer. An address
 * that does not answer at all is soon given up: a new domain takes minutes.
 */
export async function readReadiness(url: string): Promise<HeardReadiness | undefined> {
  for (let tried = 1; ; tried++) {
    const found = await readOnce(url);
    if (found?.ready || tried >= (found ? readyTries : triesUnanswered)) return found;
    await sleep(between);
  }
}
