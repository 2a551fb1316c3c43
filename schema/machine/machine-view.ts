import { z } from "zod";
import { observedStates, stackTroubles } from "../stack/stack.ts";
import { id } from "../wire/id.ts";
import { awaitedImage, capacityShape, cellName, hostStates, machineLoad, machineRole, machineVersions } from "./host.ts";

/** What operators see and send. */

export const machineEventKinds = [
  "joined",
  "renewed",
  "draining",
  "undrained",
  "revoked",
  "evicted",
  "left",
  /** A call with a key that is no longer taken, at most one an hour. */
  "refused",
  "silent",
  "back",
] as const;
export type MachineEventKind = (typeof machineEventKinds)[number];

const machineHealth = z.enum(["ok", "silent", "lost"]);
const certificateView = z.object({
  /** null: it was issued before serials were kept. */
  serial: z.string().nullable(),
  issuedAt: z.number(),
  endsAt: z.number(),
});
const machineShape = {
  name: z.string(),
  state: z.enum(hostStates),
  health: machineHealth,
  cell: cellName,
  lastHeartbeat: z.number().nullable(),
  certificateEnds: z.number(),
  serial: z.string().nullable(),
  versions: machineVersions.nullable(),
  load: machineLoad.nullable(),
  createdAt: z.number(),
};
export const hostView = z
  .object({
    id: id("hst"),
    ...machineShape,
    address: z.string().nullable(),
    port: z.number().int().nullable(),
    zone: z.string(),
    capacity: capacityShape,
    placed: z.number().int(),
    /** How many of them run, or are about to: `capacity.stacks` counts these. */
    held: z.number().int(),
    lastProbe: z.number().nullable(),
    /** Its disk has less than the reserve left: it takes no new stack. */
    full: z.boolean(),
    /** It says itself that it takes no new stack. Those that are on it go on. */
    closed: z.boolean(),
    /** What its stacks wait for; null where all that they need is there. */
    image: awaitedImage.nullable(),
    /**
     * Stacks of which the agents' box lost what it held in the
     * last week, the newest hundred. They go on from Git.
     */
    lostBoxes: z.array(z.object({ stack: id("stk"), at: z.number() })),
    /** Stacks that are placed here and can't go on, the first hundred, and why. */
    troubles: z.array(z.object({ stack: id("stk"), trouble: z.enum(stackTroubles), since: z.number() })),
  })
  .meta({ id: "Host" });
export type HostView = z.infer<typeof hostView>;
export const runnerView = z.object({ id: id("rnr"), ...machineShape }).meta({ id: "Runner" });
export type RunnerView = z.infer<typeof runnerView>;
export const hostsOut = z.object({
  hosts: z.array(hostView),
  runners: z.array(runnerView),
  /** Stacks without a host: their machine is gone and none has taken them. */
  homeless: z.array(z.object({ stack: id("stk"), since: z.number().nullable() })),
});

const machineEventView = z.object({
  sequence: z.number().int(),
  kind: z.enum(machineEventKinds),
  at: z.number(),
  by: id("mem").nullable(),
  detail: z.string().nullable(),
});
export type MachineEventView = z.infer<typeof machineEventView>;
const placedStackView = z.object({
  stack: id("stk"),
  member: id("mem"),
  epoch: z.number().int(),
  observed: z.enum(observedStates),
  trouble: z.enum(stackTroubles).nullable(),
});
/** One machine: what stands in the list, and what only its own page shows. */
export const machineOut = z.object({
  host: hostView.nullable(),
  runner: runnerView.nullable(),
  /** The first five hundred. */
  stacks: z.array(placedStackView),
  /** The newest two hundred, newest first. */
  events: z.array(machineEventView),
  /** The newest first. */
  certificates: z.array(certificateView),
  /** Whether its stacks can be placed elsewhere now: nothing on it can hold a lease any more. */
  evictable: z.boolean(),
  /** The token by which it joined. */
  joinedBy: id("jtk").nullable(),
});
export type MachineOut = z.infer<typeof machineOut>;

export const joinTokenStates = ["open", "used", "withdrawn", "ended"] as const;
/** A join token as it is listed: never the token itself. */
export const joinTokenView = z
  .object({
    id: id("jtk"),
    role: machineRole,
    cell: cellName,
    state: z.enum(joinTokenStates),
    createdBy: id("mem"),
    createdAt: z.number(),
    expiresAt: z.number(),
    machine: z.union([id("hst"), id("rnr")]).nullable(),
    withdrawnAt: z.number().nullable(),
  })
  .meta({ id: "JoinToken" });
export type JoinTokenView = z.infer<typeof joinTokenView>;
/** The newest hundred. */
export const joinTokensOut = z.object({ tokens: z.array(joinTokenView) });
export const joinTokenIn = z.strictObject({ role: machineRole, cell: cellName.default("main") });
export const joinTokenMade = z.object({ id: id("jtk"), token: z.string(), expiresAt: z.number() });
export type JoinTokenMade = z.infer<typeof joinTokenMade>;

/** Why, in one line; the machine that is refused hears it. */
export const revokeIn = z.strictObject({
  reason: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, "one line")
    .optional(),
});
export const evictIn = z.strictObject({
  /** The host that takes them; each finds its own where none is named. */
  to: id("hst").optional(),
});
/** `stopped`: those that are placed when they wake. */
export const evictOut = z.object({ placed: z.number().int(), homeless: z.number().int(), stopped: z.number().int() });
