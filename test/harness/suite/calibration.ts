import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { root } from "../../local/process.ts";
import { readRunnable } from "./room.ts";

const run = promisify(execFile);
/** What is measured: the processor, a program started and ended, a write that is on the disk, a container. */
const kinds = ["cpu", "exec", "fsync", "container"] as const;
type Kind = (typeof kinds)[number];

/**
 * What each takes on the reference machine with nothing beside it, in milliseconds. Its `schema` takes a
 * minute on two cores. The processor's figure is worked out from a machine on which it took two and a half
 * minutes, and this 42 ms. A disk is quick for a moment and slow in the next, so its figure is generous.
 */
export const reference: Record<Kind, number> = { cpu: 16, exec: 0.6, fsync: 1, container: 300 };
/** However slow a disk is, what hangs is found within the hour. */
const slowest = 6;

export const calibration = z.object({
  /** By what every limit is multiplied: 1 to 6. */
  factor: z.number(),
  /** Milliseconds of each; nothing where there is no Docker to ask. */
  took: z.partialRecord(z.enum(kinds), z.number()),
  /** How many threads of others run beside it. */
  others: z.number(),
});
export type Calibration = z.infer<typeof calibration>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The median of `rounds` times, in milliseconds. The first round warms up and does not count. */
async function measure(rounds: number, work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const from = performance.now();
    await work();
    if (round > 0) times.push(performance.now() - from);
  }
  return median(times);
}

const block = Buffer.alloc(1 << 20, "x");
const text = "a line of words, \u00e4s tests read them\n".repeat(8_000);
/** What tests do: objects that are made and forgotten, expressions over long text, JSON, and hashes. */
function useProcessor(): number {
  const made = new Map<string, { at: number; words: string[] }>();
  for (let at = 0; at < 20_000; at += 1) made.set(`key ${at}`, { at, words: [`word ${at}`] });
  const read = JSON.parse(JSON.stringify([...made])) as unknown[];
  const found = text.replace(/\b(\w+)s\b/gu, "$1").match(/[^,\n]{3,}/gu)?.length ?? 0;
  return read.length + found + createHash("sha256").update(block).digest().length;
}

const programs = 40;
/** From a shell: of a large process a start takes longer, by its memory. */
const startPrograms = `for each in $(seq ${programs}); do /bin/true; done`;

async function measureFsync(): Promise<number> {
  const folder = path.join(root, ".growqr/results");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `calibration-${process.pid}`);
  const opened = openSync(file, "w");
  try {
    return await measure(15, () => {
      writeSync(opened, block, 0, 4_096);
      fsyncSync(opened);
    });
  } finally {
    closeSync(opened);
    rmSync(file, { force: true });
  }
}

/** `image`: one that is on this machine, for a container that does nothing. */
async function measureContainer(image: string): Promise<number> {
  const args = ["run", "--rm", "--network", "none", "--log-driver", "none", "--entrypoint", "/bin/true", image];
  return measure(3, () => run("docker", args, { timeout: 60_000 }));
}

/** How many threads run while this process waits: the median of seven looks in an eighth of a second. */
async function countOthers(): Promise<number> {
  const looks: number[] = [];
  while (looks.length < 7) {
    await wait(20);
    looks.push(readRunnable());
  }
  return median(looks);
}

/** By the slowest of what was measured: a limit that is too long costs nothing, unless something hangs. */
export function judgeMachine(took: Calibration["took"], others = 0): Calibration {
  const ratios = kinds.flatMap((kind) => (took[kind] === undefined ? [] : [took[kind] / reference[kind]]));
  const factor = Math.min(slowest, Math.max(1, ...ratios));
  return { factor: Math.round(factor * 10) / 10, took, others };
}

/** Two seconds of measuring; half a one where there is no `image` to start. */
export async function calibrate(image?: string): Promise<Calibration> {
  const others = await countOthers();
  const took: Calibration["took"] = {
    cpu: await measure(7, useProcessor),
    exec: (await measure(3, () => run("/bin/sh", ["-c", startPrograms]))) / programs,
    fsync: await measureFsync(),
  };
  if (image) took.container = await measureContainer(image);
  return judgeMachine(took, others);
}

/** One line, such as `this machine: 2.3 × the reference (cpu 1.9, exec 2.3, fsync 0.8, container 1.4)`. */
export function describeMachine({ factor, took, others }: Calibration): string {
  const each = kinds.flatMap((kind) => (took[kind] === undefined ? [] : [`${kind} ${(took[kind] / reference[kind]).toFixed(1)}`]));
  const beside = others > 0 ? `; threads of others beside it: ${others}` : "";
  return `this machine: ${factor} × the reference (${each.join(", ")})${beside}`;
}
