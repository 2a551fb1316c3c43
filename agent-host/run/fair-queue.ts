import { AppError } from "../../schema/wire/error.ts";

type Waiting = { owner: string; yieldsUntil: number; start: () => void };
/** So long work that yields lets others go first. */
const yieldMs = 10 * 60_000;
/**
 * `signal`: whoever waits leaves the queue with it. `yields`: the work comes after all that does not yield,
 * for some minutes. `waits` is called where the work can't begin at once.
 */
type Wish = { signal?: AbortSignal; yields?: boolean; waits?: () => void };

/**
 * Runs at most `width` works at once, and at most `each` of one owner. Next comes the waiting owner with the
 * fewest works under way, then the one that was served longest ago, so that another owner waits one turn at
 * most. Refuses an owner's work with `no_capacity` while `most` of that owner wait. p-queue orders by
 * priority and knows no owners.
 */
export class FairQueue {
  private readonly limits: { width: number; each: number; most: number };
  private readonly busy = new Map<string, number>();
  private readonly served = new Map<string, number>();
  private readonly waiting: Waiting[] = [];
  private total = 0;
  private turn = 0;

  constructor(limits: { width: number; each: number; most: number }) {
    this.limits = limits;
  }
  async run<T>(owner: string, work: () => Promise<T>, wish: Wish = {}): Promise<T> {
    const { most } = this.limits;
    if (this.waiting.filter((other) => other.owner === owner).length >= most)
      throw new AppError("no_capacity", { what: "runs", limit: most });
    await this.enter(owner, wish);
    try {
      return await work();
    } finally {
      this.end(owner);
      this.startNext();
    }
  }
  private enter(owner: string, { signal, yields = false, waits }: Wish): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        const at = this.waiting.indexOf(entry);
        if (at < 0) return;
        this.waiting.splice(at, 1);
        this.forget(owner);
        reject(new AppError("unavailable", { what: "run was ended" }));
      };
      const start = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const entry: Waiting = { owner, yieldsUntil: yields ? performance.now() + yieldMs : 0, start };
      this.waiting.push(entry);
      if (signal?.aborted) return leave();
      signal?.addEventListener("abort", leave, { once: true });
      this.startNext();
      if (this.waiting.includes(entry)) waits?.();
    });
  }
  private underWay(owner: string): number {
    return this.busy.get(owner) ?? 0;
  }
  private startNext(): void {
    const { width, each } = this.limits;
    const ready = this.total < width ? this.waiting.filter(({ owner }) => this.underWay(owner) < each) : [];
    const last = (owner: string) => this.served.get(owner) ?? 0;
    const now = performance.now();
    const yields = ({ yieldsUntil }: Waiting) => Number(yieldsUntil > now);
    const [first] = ready.sort(
      (a, b) => yields(a) - yields(b) || this.underWay(a.owner) - this.underWay(b.owner) || last(a.owner) - last(b.owner),
    );
    if (!first) return;
    this.waiting.splice(this.waiting.indexOf(first), 1);
    this.total += 1;
    this.busy.set(first.owner, this.underWay(first.owner) + 1);
    this.served.set(first.owner, ++this.turn);
    first.start();
  }
  private end(owner: string): void {
    this.total -= 1;
    if (this.underWay(owner) > 1) {
      this.busy.set(owner, this.underWay(owner) - 1);
      return;
    }
    this.busy.delete(owner);
    this.forget(owner);
  }
  /** Nothing of the owner's is here: when it was served last says nothing any more. */
  private forget(owner: string): void {
    if (this.underWay(owner) === 0 && !this.waiting.some((other) => other.owner === owner)) this.served.delete(owner);
  }
}
