import { AppError } from "../../schema/wire/error.ts";

type Waiting = { owner: string; start: () => void };

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
  async run<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const { most } = this.limits;
    if (this.waiting.filter((other) => other.owner === owner).length >= most)
      throw new AppError("no_capacity", { what: "runs", limit: most });
    await new Promise<void>((start) => {
      this.waiting.push({ owner, start });
      this.startNext();
    });
    try {
      return await work();
    } finally {
      this.end(owner);
      this.startNext();
    }
  }
  private underWay(owner: string): number {
    return this.busy.get(owner) ?? 0;
  }
  private startNext(): void {
    const { width, each } = this.limits;
    const ready = this.total < width ? this.waiting.filter(({ owner }) => this.underWay(owner) < each) : [];
    const last = (owner: string) => this.served.get(owner) ?? 0;
    const [first] = ready.sort((a, b) => this.underWay(a.owner) - this.underWay(b.owner) || last(a.owner) - last(b.owner));
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
    if (!this.waiting.some((other) => other.owner === owner)) this.served.delete(owner);
  }
}
