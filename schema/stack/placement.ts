import type { Capacity, HostHealth, HostState } from "../machine/host.ts";
import type { Id } from "../wire/id.ts";

export type PlacementCandidate = {
  id: Id<"hst">;
  state: HostState;
  health: HostHealth;
  zone: string;
  capacity: Capacity;
  /** How many of its slots are taken: by stacks that run, or are about to. */
  held: number;
  /** How many stacks have their volumes here, running or not. */
  placed: number;
  /** Its disk has less than the reserve left. */
  full?: boolean;
  /** It takes no new stacks by its own word. */
  closed?: boolean;
  /** Set on a machine a member enrolled for their own stack. */
  owner?: Id<"mem"> | undefined;
};
export type PlacementWish = { member: Id<"mem">; zone?: string | undefined; pin?: Id<"hst"> | undefined };

/**
 * The host that takes this stack, or undefined when none can: pinned, else own, else same zone, else the
 * one with the fewest stacks for its size, which may all wake, else with the most free slots; ties by id.
 */
export function placement(want: PlacementWish, hosts: readonly PlacementCandidate[]): Id<"hst"> | undefined {
  const fit = hosts.filter(
    (host) =>
      host.state === "ready" &&
      host.health === "ok" &&
      host.held < host.capacity.stacks &&
      host.full !== true &&
      host.closed !== true &&
      (host.owner === undefined || host.owner === want.member),
  );
  if (want.pin) return fit.find((host) => host.id === want.pin)?.id;
  const rank = (host: PlacementCandidate) =>
    [
      host.owner === want.member ? 0 : 1,
      want.zone === undefined || host.zone === want.zone ? 0 : 1,
      host.placed / host.capacity.stacks,
      host.held / host.capacity.stacks,
    ] as const;
  const [best] = [...fit].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x[0] - y[0] || x[1] - y[1] || x[2] - y[2] || x[3] - y[3] || (a.id < b.id ? -1 : 1);
  });
  return best?.id;
}
