import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import { AppError } from "../schema/wire/error.ts";
import { type Logger, redact } from "../schema/wire/log.ts";
import { waitUntil } from "./deadline.ts";
import { type ImageLog, type ImageName, imageNames, type LaterImage, laterImages, type PairImage, readImageTags } from "./images.ts";
import { readStateFile, writeStateFile } from "./machine/machine.ts";

/** Times are milliseconds since 1970. `line`: what is being done. */
const imageState = z.discriminatedUnion("state", [
  z.object({ state: z.literal("preparing"), line: z.string(), since: z.number() }),
  z.object({ state: z.literal("failed"), reason: z.string(), since: z.number(), retryAt: z.number() }),
  z.object({ state: z.literal("ready"), since: z.number() }),
]);
export type ImageState = z.infer<typeof imageState>;
/** Those of first need from then on. */
const imageStates = z.object({
  gitea: imageState,
  opencode: imageState,
  full: imageState.optional(),
  services: imageState.optional(),
});
export type ImageStates = z.infer<typeof imageStates>;

/** In the state folder, while the daemon serves: for whoever has started it, and for `agent-host status`. */
const imagesFile = "images.json";
/** How far the images of a daemon are; undefined where none serves this folder. */
export function readImageStates(folder: string): ImageStates | undefined {
  const text = readStateFile(folder, imagesFile);
  return text === undefined ? undefined : imageStates.parse(JSON.parse(text));
}

/** Where images come from: whether one is there, and what makes one that is not. */
export type ImageSource = {
  has: (name: ImageName) => Promise<boolean>;
  prepare: (name: ImageName, log: ImageLog, signal: AbortSignal) => Promise<void>;
};

/** Milliseconds to wait after so many failures in a row: five seconds doubling to two minutes. */
export const imageBackoff = (attempts: number): number => Math.min(120_000, 5_000 * 2 ** Math.min(attempts - 1, 10));

const imageTitles: Record<ImageName, string> = {
  gitea: "Gitea's image",
  opencode: "the box's image",
  full: "the image with Go, Rust and Java",
  services: "the image of services",
};
/**
 * The one line for a stack that waits for these images: a failure first, then what takes longest. `since`:
 * when the work began that goes on.
 */
export function describeAwaited(states: ImageStates, names: readonly ImageName[]): { detail: string; since?: number } | undefined {
  for (const name of names) {
    const image = states[name];
    if (image?.state !== "failed") continue;
    const wait = Math.round((image.retryAt - image.since) / 1000);
    return { detail: `Building ${imageTitles[name]} failed: ${image.reason}. It is tried again after ${wait} s.` };
  }
  for (const name of names) {
    const image = states[name];
    if (image?.state !== "preparing") continue;
    return { detail: `Building ${imageTitles[name]}${image.line && `: ${image.line}`}`, since: image.since };
  }
  return undefined;
}
/** Why an image failed, in one line. */
function describeReason(error: unknown): string {
  const text = String(redact(error instanceof Error ? error.message : String(error)));
  return (text.trim().split("\n")[0] ?? "").slice(0, 200).replace(/\.$/, "");
}

/** For how long a caller is kept waiting for an image before it is told that there is none yet. */
const patienceMs = 20_000;
/** For how long somebody waits, milliseconds; `tell` hears what is being done, at each change. */
type ImageWait = { ms?: number; tell?: (detail: string) => void };
/** For how long the end of the daemon waits for the programs that build. */
const endMs = 4_000;

/**
 * Prepares the images beside all else that the daemon does, and never gives up. `backoff`: what it waits
 * after so many failures in a row, milliseconds.
 */
export class HostImages {
  readonly tags = readImageTags();
  private readonly source: ImageSource;
  private readonly log: Logger;
  private readonly folder: string;
  private readonly backoff: (attempts: number) => number;
  private readonly states: ImageStates;
  private readonly ending = new AbortController();
  private working: Promise<unknown> = Promise.resolve();

  constructor(source: ImageSource, at: { folder: string; log: Logger; backoff: (attempts: number) => number }) {
    this.source = source;
    this.folder = at.folder;
    this.log = at.log;
    this.backoff = at.backoff;
    const nothing: ImageState = { state: "preparing", line: "", since: Date.now() };
    this.states = { gitea: nothing, opencode: nothing };
  }
  /** Looks which are here, and begins with the others, side by side: Gitea's alone takes minutes. */
  async begin(): Promise<void> {
    const here = await Promise.all(imageNames.map((name) => this.source.has(name)));
    for (const [index, name] of imageNames.entries()) if (here[index]) this.note(name, { state: "ready", since: Date.now() });
    if (await this.source.has("full")) this.note("full", { state: "ready", since: Date.now() });
    this.working = Promise.all(this.missing().map((name) => this.keepTrying(name)));
  }
  missing(): PairImage[] {
    return imageNames.filter((name) => this.states[name].state !== "ready");
  }
  /** Begins to prepare an image that is made on first need. */
  async want(name: LaterImage): Promise<void> {
    if (this.states[name] || this.ended) return;
    const here = await this.source.has(name);
    if (this.states[name]) return; // somebody else was as fast
    if (here) return this.note(name, { state: "ready", since: Date.now() });
    this.working = Promise.all([this.working, this.keepTrying(name)]);
  }
  hasFull(): boolean {
    return this.states.full?.state === "ready";
  }
  get ended(): boolean {
    return this.ending.signal.aborted;
  }
  describe(names: readonly ImageName[]): ReturnType<typeof describeAwaited> {
    return describeAwaited(this.states, names);
  }
  /** Waits a little for an image that is being prepared; throws `unavailable` with what is going on. */
  async waitFor(name: ImageName, left: AbortSignal, { ms = patienceMs, tell }: ImageWait = {}): Promise<void> {
    const later = laterImages.find((image) => image === name);
    if (later) await this.want(later);
    let told: string | undefined;
    const ready = async () => {
      if (this.states[name]?.state === "ready") return true;
      const detail = this.describe([name])?.detail;
      if (detail !== undefined && detail !== told) tell?.(detail);
      told = detail;
      return undefined;
    };
    const over = () => left.aborted || this.ended;
    await waitUntil(ready, { deadline: ms, every: 200, what: "image", signal: over }).catch((cause: unknown) => {
      const line = this.describe([name]);
      throw new AppError("unavailable", { what: "image", ...line }, { cause, ...(line ? { message: line.detail } : {}) });
    });
  }
  /** Ends what builds, and all that it has started. */
  async stop(): Promise<void> {
    this.ending.abort();
    await Promise.race([this.working, after(endMs, undefined, { ref: false })]);
    rmSync(path.join(this.folder, imagesFile), { force: true });
  }

  private note(name: ImageName, state: ImageState): void {
    this.states[name] = state;
    try {
      writeStateFile(this.folder, imagesFile, JSON.stringify(this.states));
    } catch (error) {
      this.log("warn", "the state of the images was not written", { error }); // it is for people: all goes on without
    }
  }
  private async keepTrying(name: ImageName): Promise<void> {
    const { signal } = this.ending;
    for (let attempts = 1; !signal.aborted; attempts += 1) {
      const since = Date.now();
      this.note(name, { state: "preparing", line: "", since });
      const heard = (line: string) => {
        this.log("info", line, { image: name });
        this.note(name, { state: "preparing", line, since });
      };
      try {
        await this.source.prepare(name, heard, signal);
        return this.note(name, { state: "ready", since: Date.now() });
      } catch (error) {
        if (signal.aborted) return;
        const wait = this.backoff(attempts);
        this.log("error", "an image was not made", { image: name, attempts, wait, error });
        this.note(name, { state: "failed", reason: describeReason(error), since: Date.now(), retryAt: Date.now() + wait });
        await after(wait, undefined, { signal }).catch(() => undefined); // cut short by the end
      }
    }
  }
}
