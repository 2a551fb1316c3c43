import { z } from "zod";
import { egressDaysKept } from "../stack/egress-use.ts";
import { stackLimits, tiers } from "../stack/stack.ts";
import { AppError, type ErrorCode } from "../wire/error.ts";
import { id } from "../wire/id.ts";

export const hostStates = ["joining", "ready", "draining", "left", "revoked"] as const;
export type HostState = (typeof hostStates)[number];

const hostTransitions = {
  joining: ["ready", "left", "revoked"],
  ready: ["draining", "left", "revoked"],
  draining: ["ready", "left", "revoked"],
  left: ["joining", "revoked"],
  revoked: [], // for good: the machine joins anew, as another one
} as const satisfies Record<HostState, readonly HostState[]>;

/** The next state of a host, or undefined when the step is not allowed. Staying is always allowed. */
export function nextHostState(from: HostState, to: HostState): HostState | undefined {
  return from === to || (hostTransitions[from] as readonly HostState[]).includes(to) ? to : undefined;
}

/** A machine whose calls nobody takes any more. */
export function isHostGone(state: HostState): boolean {
  return state === "left" || state === "revoked";
}

export const capacityShape = z.strictObject({
  cpus: z.number().positive(),
  memoryMb: z.number().int().positive(),
  stacks: z.number().int().nonnegative(),
});
export type Capacity = z.infer<typeof capacityShape>;

/** A cell's name: an engine with its runners and hosts. */
export const cellName = z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, "a cell is named with a-z, 0-9 and -, at most 30 characters");

/** What runs on a machine, as it says itself. */
const versionText = z.string().regex(/^[\x20-\x7e]{1,80}$/);
export const machineVersions = z.strictObject({ growqr: versionText, node: versionText, docker: versionText, images: versionText });
export type MachineVersions = z.infer<typeof machineVersions>;
/** How busy a machine is: the processes that want a CPU (mean of a minute), and what is free. */
export const machineLoad = z.strictObject({
  cpu: z.number().nonnegative(),
  freeMemoryMb: z.number().int().nonnegative(),
  freeDiskMb: z.number().int().nonnegative(),
});
export type MachineLoad = z.infer<typeof machineLoad>;
/** What stacks on a host wait for: an image that is being made, or could not be and is tried again. */
export const awaitedImage = z.strictObject({ failed: z.boolean(), line: z.string().min(1).max(400) });
export type AwaitedImage = z.infer<typeof awaitedImage>;

export const machineRole = z.enum(["host", "runner"]);
export type MachineRole = z.infer<typeof machineRole>;

/** POST /hosts/join, by the machine that wants in. The private key never leaves it. */
export const joinIn = z.strictObject({
  token: z.string().min(20).max(2000),
  csr: z.string().min(100).max(8000),
  name: z.string().min(1).max(100),
  /** Where runners reach a host's mutual-TLS port; absent for a runner. */
  address: z.string().max(253).optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  zone: z.string().max(60).default("local"),
  capacity: capacityShape.optional(),
});
export type JoinIn = z.infer<typeof joinIn>;
export const joinOut = z.object({
  id: z.union([id("hst"), id("rnr")]),
  role: machineRole,
  certificate: z.string(),
  ca: z.string(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
});
export type JoinOut = z.infer<typeof joinOut>;
const usedUp: ReadonlySet<string> = new Set<ErrorCode>(["join_token_used", "join_token_expired", "unauthenticated"]);
/**
 * Why a machine can't join, and what its operator can do. What is nothing of that stays as it is. `asked`:
 * where the edge was asked; `edge`: where people have it.
 */
export function explainJoinRefusal(error: unknown, { asked, edge }: { asked: string; edge: string }): unknown {
  if (!(error instanceof AppError)) return error;
  const again = (message: string) => new AppError(error.code, error.meta, { cause: error, message });
  if (usedUp.has(error.code))
    return again(
      `${edge} takes this token no more: it was used, withdrawn, or is older than a quarter of an hour. Make another at ${edge}/machine.`,
    );
  if (error.code === "unavailable")
    return again(`${asked} does not answer. Does the edge run, and does this machine reach it there? EDGE_URL says another address.`);
  return error;
}

/** POST /hosts/:id/certificate: renewal, signed with the key in force; the CSR may carry a new key. */
export const certificateIn = z.strictObject({ csr: z.string().min(100).max(8000) });

/** Of one stack: a petabyte at most, so that sums of some are still whole numbers. */
const byteCount = z
  .number()
  .int()
  .min(0)
  .max(2 ** 50);
/** POST /hosts/:id/heartbeat */
export const heartbeatIn = z.strictObject({
  sequence: z.number().int().nonnegative(),
  capacity: capacityShape,
  /** Its disk has less than the reserve left: it takes no new stack. */
  full: z.boolean().optional(),
  /** It was told to take no new stack; those that it has go on. */
  closed: z.boolean().optional(),
  versions: machineVersions.optional(),
  load: machineLoad.optional(),
  /** Absent where all that stacks need is there. */
  image: awaitedImage.optional(),
  stacks: z
    .array(
      z.strictObject({
        member: id("mem"),
        epoch: z.number().int(),
        generation: z.number().int(),
        /** What the last command wants. A host that does not say it gives no slot back. */
        tier: z.enum(tiers).optional(),
        observed: z.string().max(20),
        since: z.number(),
        memoryMissing: z.boolean().optional(),
        /** When the agents' box was last found without what it held, by the host's clock. */
        boxLostAt: z.number().optional(),
        /** Bytes out of its boxes to the internet and back, of days (UTC) that the edge does not have so. */
        egress: z
          .array(z.strictObject({ day: z.number().int().nonnegative(), bytes: byteCount }))
          .max(egressDaysKept + 2)
          .optional(),
        /** What its volumes hold, where the edge does not have it yet. `at`: by the host's clock. */
        disk: z.strictObject({ bytes: byteCount, at: z.number().int().nonnegative() }).optional(),
      }),
    )
    .max(5000),
  /** Stacks that were to be erased, of which nothing is left here. */
  erased: z.array(id("mem")).max(5000).optional(),
});
export type HeartbeatIn = z.infer<typeof heartbeatIn>;
/** The answer renews the lease of each stack in it; a stack the edge does not list has no lease here. */
export const heartbeatOut = z.object({
  leaseMs: z.number(),
  /** What the heartbeat told of egress and disks is kept: it need not be told again. */
  useTaken: z.boolean().default(false),
  /** Machines whose certificates are refused before their end. */
  revoked: z.array(z.string()).default([]),
  stacks: z.array(
    z.object({
      member: id("mem"),
      epoch: z.number().int(),
      ceiling: z.enum(["running", "paused", "stopped", "archived", "erased"]),
      ceilingRev: z.number().int(),
      /** What the plan allows now: a change of plan reaches a stack that runs. */
      limits: stackLimits.optional(),
      /** Megabytes that its volumes may hold before no further agent begins; absent: as much as there is. */
      diskMb: z.number().int().min(1).optional(),
    }),
  ),
});
export type HeartbeatOut = z.infer<typeof heartbeatOut>;

/** POST /hosts/:id/probe, by a runner: could the host's port be reached? */
export const probeIn = z.strictObject({ reachable: z.boolean(), at: z.number() });

export type HostHealth = "ok" | "silent" | "lost";
/**
 * Derived from the last heartbeat and the last probe that got through
 * (milliseconds since 1970). Lost only when both have been silent.
 */
export function hostHealth(lastHeartbeat: number | undefined, lastProbe: number | undefined, now: number, silentMs: number): HostHealth {
  const quiet = (at: number | undefined) => at === undefined || now - at > silentMs;
  if (quiet(lastHeartbeat) && quiet(lastProbe)) return "lost";
  return quiet(lastHeartbeat) ? "silent" : "ok";
}
