import { z } from "zod";
import type { Id } from "../wire/id.ts";
import { type PlacementCandidate, placement } from "./placement.ts";

/** Who waits for a slot. `host`: the one that has the volumes of their stack; null where none has. */
export type Waiter = { member: Id<"mem">; host: Id<"hst"> | null; pin?: Id<"hst"> | undefined };

/** Where a stack stands in line for a machine. `place` counts from 1; `since` is milliseconds since 1970. */
export const slotWait = z.object({ place: z.number().int().min(1), since: z.number() });
export type SlotWait = z.infer<typeof slotWait>;

/** So often whoever waits asks again, and so long who asks no more keeps their place. Milliseconds. */
export const lineTimes = { askEvery: 25_000, keptFor: 120_000 } as const;

/** Whether a stack can be started where its volumes are, also where no new ones are taken. */
const canWake = (host: PlacementCandidate | undefined): host is PlacementCandidate =>
  host !== undefined && (host.state === "ready" || host.state === "draining") && host.health === "ok" && host.held < host.capacity.stacks;

/**
 * Who of the line gets a slot now, and where: those who came first are asked first, and one whose host has
 * none free holds up nobody who could use another. Pure.
 */
export function assignSlots(line: readonly Waiter[], candidates: readonly PlacementCandidate[]): Map<Id<"mem">, Id<"hst">> {
  const hosts = new Map(candidates.map((host) => [host.id, host]));
  const assigned = new Map<Id<"mem">, Id<"hst">>();
  for (const { member, host, pin } of line) {
    const home = host === null ? undefined : hosts.get(host);
    const chosen = host === null ? placement({ member, pin }, [...hosts.values()]) : canWake(home) ? home.id : undefined;
    const taken = chosen && hosts.get(chosen);
    if (!chosen || !taken) continue;
    hosts.set(chosen, { ...taken, held: taken.held + 1, placed: taken.placed + (host === null ? 1 : 0) });
    assigned.set(member, chosen);
  }
  return assigned;
}

const ordinalEndings: Record<string, string> = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
/** As people read it: 1st, 2nd, 23rd. */
export const describePlace = (place: number): string => `${place}${ordinalEndings[ordinals.select(place)] ?? "th"}`;
