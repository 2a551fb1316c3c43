import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readRunnable } from "../room.ts";

/** The kernel's clock tick: all figures of `/proc` are in it. */
const tick = 100;

/** Processor seconds that the whole machine has used since it started. */
export function readMachineSeconds(stat = readFileSync("/proc/stat", "utf8")): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (stat.split("\n")[0] ?? "").trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / tick;
}

/** What kind of process this is: a program's name, or for Node the file that it runs. */
export function nameProcess(program: string, words: readonly string[]): string {
  const script = words.slice(1).find((word) => /\.[cm]?[jt]s$/.test(word));
  if (!/^(node|MainThread|vitest)/.test(program)) return program;
  if (words[0]?.includes("vitest") || words.some((word) => word.includes("vitest"))) return "vitest";
  return script ? script.split("/").slice(-2).join("/") : path.basename(words[0] ?? program) || program;
}

/** Ticks of a process itself, without its children; `undefined` when it is gone. */
function readProcess(pid: string): { key: string; ticks: number; program: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { key: `${pid} ${fields[19]}`, ticks, program: stat.slice(stat.indexOf("(") + 1, end) };
  } catch {
    return undefined;
  }
}

function readWords(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

export type Used = { seconds: number; load: number; kinds: [kind: string, seconds: number][] };
/**
 * Adds up processor seconds by kind of process, by looking every two seconds. What lives shorter than that is
 * in the difference to the machine's own sum, and told as `short-lived`.
 */
export class ProcessorTime {
  readonly #seen = new Map<string, { ticks: number; program: string; kind: string }>();
  readonly #kinds = new Map<string, number>();
  readonly #timer = setInterval(() => this.#look(), 2_000).unref();
  #machine = readMachineSeconds();
  #runnable: number[] = [];

  constructor() {
    this.#look();
    this.take();
  }

  #look(): void {
    this.#runnable.push(readRunnable());
    const alive = new Set<string>();
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const found = readProcess(pid);
      if (!found) continue;
      alive.add(found.key);
      const before = this.#seen.get(found.key);
      const kind = before?.program === found.program ? before.kind : nameProcess(found.program, readWords(pid));
      this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + (found.ticks - (before?.ticks ?? 0)) / tick);
      this.#seen.set(found.key, { ticks: found.ticks, program: found.program, kind });
    }
    for (const key of this.#seen.keys()) if (!alive.has(key)) this.#seen.delete(key);
  }

  /**
   * Seconds since the last call: of the machine, and by kind, most first. `load`: how many threads ran or
   * waited for a processor, on average.
   */
  take(): Used {
    this.#look();
    const load = this.#runnable.reduce((total, each) => total + each, 0) / this.#runnable.length;
    this.#runnable = [];
    const now = readMachineSeconds();
    const seconds = now - this.#machine;
    const kinds = [...this.#kinds].filter(([, each]) => each > 0);
    const known = kinds.reduce((total, [, each]) => total + each, 0);
    this.#machine = now;
    this.#kinds.clear();
    if (seconds - known > 1) kinds.push(["short-lived", seconds - known]);
    return { seconds, load, kinds: kinds.sort(([, left], [, right]) => right - left) };
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
