import { type AwayPart, describeAway, type HealthPart, type HeardReadiness, heardReadiness } from "../../../schema/readiness.ts";
import { callFailed } from "./call-failed.ts";

/** Milliseconds between two looks while all is well, and while something is away. */
const [wellLookEvery, awayLookEvery] = [120_000, 10_000];
/** The same after a call that failed: the edge answers with a look of its own that is some seconds old. */
const afterFailure = 4_000;
/** What is away is a 503 with the same answer; anything else says nothing of the parts. */
async function readReadiness(): Promise<HeardReadiness | undefined> {
  try {
    const response = await fetch("/ready", { signal: AbortSignal.timeout(10_000) });
    return heardReadiness.safeParse(await response.json()).data;
  } catch {
    return undefined; // nothing is heard: the page says by itself that nothing answers
  }
}

/**
 * Looks at how the parts behind the edge are while the page is seen, and tells what is away, until it ends.
 * Each Worker looks by itself, so two answers one after the other may differ: what is away is over when two
 * of them say so, and the earliest time that was told of it stands.
 */
export class AwayWatch {
  #found: AwayPart | undefined;
  #wellSeen = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the next look is due, milliseconds since 1970. */
  #due = 0;
  #looking = false;
  #ended = false;
  readonly #tell: (found: AwayPart | undefined) => void;

  readonly #parts: readonly HealthPart[];

  constructor(found: AwayPart | undefined, tell: (found: AwayPart | undefined) => void, parts: readonly HealthPart[]) {
    this.#parts = parts;
    this.#found = found;
    this.#tell = tell;
    document.addEventListener("visibilitychange", this.#lookIfSeen);
    window.addEventListener(callFailed, this.#lookSoon);
    void this.#look();
  }
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#lookIfSeen);
    window.removeEventListener(callFailed, this.#lookSoon);
  }

  #lookIfSeen = (): void => {
    if (!document.hidden) void this.#look();
  };
  #lookSoon = (): void => {
    if (this.#due - Date.now() > afterFailure) this.#lookIn(afterFailure);
  };
  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#due = Date.now() + ms;
    this.#timer = setTimeout(this.#lookIfSeen, ms);
  }
  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#looking) return; // one answer counts once
    this.#looking = true;
    const heard = await readReadiness();
    this.#looking = false;
    if (this.#ended) return;
    if (heard) this.#take(describeAway(heard, Date.now(), this.#parts));
    const every = this.#found || this.#wellSeen === 1 ? awayLookEvery : wellLookEvery;
    this.#lookIn(every * (0.9 + 0.2 * Math.random())); // pages don't ask all at once
  }
  #take(found: AwayPart | undefined): void {
    this.#wellSeen = found ? 0 : this.#wellSeen + 1;
    if (!found && this.#found && this.#wellSeen < 2) return;
    const since = found && found.away === this.#found?.away ? Math.min(found.since, this.#found.since) : found?.since;
    const isSame = found?.away === this.#found?.away && since === this.#found?.since;
    this.#found = found && since !== undefined ? { ...found, since } : undefined;
    if (!isSame) this.#tell(this.#found);
  }
}
