import type { HostState, MachineLoad, MachineVersions } from "../../../schema/machine/host.ts";
import type { HostView, JoinTokenView, MachineEventKind, RunnerView } from "../../../schema/machine/machine-view.ts";
import { formatBytes, formatElapsed } from "../ui/format.ts";
import type { RingState } from "../ui/ring.tsx";

/** How machines stand, in words and as a ring. Pure. */
type Standing = { ring: RingState; text: string };
const machineStandings: Record<Exclude<HostState, "ready">, Standing> = {
  joining: { ring: "working", text: "Joining" },
  draining: { ring: "idle", text: "Draining, takes no new stacks" },
  left: { ring: "cancelled", text: "Has left" },
  revoked: { ring: "cancelled", text: "Revoked" },
};
export function describeMachineState(machine: HostView | RunnerView): Standing {
  const gone = machine.state === "left" || machine.state === "revoked";
  if (!gone && machine.state !== "joining") {
    if (machine.health === "lost") return { ring: "failed", text: machine.lastHeartbeat === null ? "Not heard yet" : "Lost" };
    if (machine.health === "silent") return { ring: "stale", text: "Silent, but it can be reached" };
  }
  if (machine.state !== "ready") return machineStandings[machine.state];
  if ("closed" in machine && machine.closed) return { ring: "idle", text: "Takes no new stacks, by its own word" };
  if ("full" in machine && machine.full) return { ring: "stale", text: "Disk full, takes no new stacks" };
  if ("image" in machine && machine.image)
    return machine.image.failed
      ? { ring: "failed", text: "Its stacks wait: an image could not be made" }
      : { ring: "working", text: "Its stacks wait: an image is being made" };
  return { ring: "done", text: "Well" };
}

const eventTitles: Record<MachineEventKind, string> = {
  joined: "Joined",
  renewed: "Certificate renewed",
  draining: "Draining began",
  undrained: "Takes new stacks again",
  revoked: "Revoked",
  evicted: "Stacks taken from it",
  left: "Left",
  refused: "Refused",
  silent: "Went silent",
  back: "Came back",
};
export const machineEventTitle = (kind: MachineEventKind): string => eventTitles[kind];

export const joinTokenWords: Record<JoinTokenView["state"], Standing> = {
  open: { ring: "waiting", text: "Not used yet" },
  used: { ring: "complete", text: "Used" },
  withdrawn: { ring: "cancelled", text: "Withdrawn" },
  ended: { ring: "cancelled", text: "Ended, never used" },
};

export const describeHeard = (last: number | null, now: number): string =>
  last === null ? "Never heard" : `Heard ${formatElapsed(Math.max(0, now - last))} ago`;
export const describeLoad = (load: MachineLoad | null): string =>
  load === null
    ? "It has not said."
    : `${load.cpu.toFixed(1)} processes want a CPU, ${formatBytes(load.freeMemoryMb * 2 ** 20)} of memory and ${formatBytes(load.freeDiskMb * 2 ** 20)} of disk are free`;
export const describeVersions = (versions: MachineVersions | null): string =>
  versions === null
    ? "It has not said."
    : `GrowQR ${versions.growqr}, Node ${versions.node}, Docker ${versions.docker}, image ${versions.images}`;

export type MachineAct = "drain" | "undrain" | "revoke" | "evict";
export const machineActWords: Record<MachineAct, { title: string; text: string; press: string; busy: string }> = {
  drain: {
    title: "Drain",
    text: "No new stack is placed on it. The stacks that are here stay and go on; take it back whenever you like.",
    press: "Drain it",
    busy: "Draining it",
  },
  undrain: {
    title: "Take new stacks again",
    text: "New stacks may be placed on it again.",
    press: "Take new stacks",
    busy: "Asking it",
  },
  revoke: {
    title: "Revoke",
    text: "The edge refuses its key at once, and the other machines refuse its certificate within seconds. This can't be undone: it may join anew, as another machine.",
    press: "Revoke it for good",
    busy: "Revoking it",
  },
  evict: {
    title: "Take its stacks away",
    text: "Each stack gets another place, or waits without a host until there is room. Data does not move with it: a stack whose memory is on this machine says so and does not start empty, until its volumes are back.",
    press: "Take them away",
    busy: "Taking them away",
  },
};
/** What revoking brings for what runs through this machine. */
export const revokeConsequence = (host: HostView | null): string =>
  host === null
    ? "What this runner does goes on at the other runners; with no other one, agents stand still until one joins. A runner that was revoked knows the engine's token still: change that too."
    : `${host.placed === 1 ? "One stack is" : `${host.placed} stacks are`} placed here. Within half a minute ${host.placed === 1 ? "it loses" : "they lose"} the right to run and pause; their members are told. Nothing on its disk is removed.`;
