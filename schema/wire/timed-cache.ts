/**
 * What many calls ask for alike, kept for a moment in memory. A call never waits for the question of another
 * one: in a Worker it can't.
 */
export class TimedCache<T> {
  private readonly all = new Map<string, { value: T; at: number }>();
  private readonly ms: number;
  private readonly most: number;

  constructor({ ms, most }: { ms: number; most: number }) {
    this.ms = ms;
    this.most = most;
  }
  /**
   * `at`: the value is what it was then or later. Nothing is kept of what there is not, nor of what `lasts`
   * is false for.
   */
  async get(
    key: string,
    read: () => Promise<T | undefined>,
    lasts: (value: T) => boolean = () => true,
  ): Promise<{ value: T; at: number } | undefined> {
    const at = Date.now();
    const known = this.all.get(key);
    if (known && at - known.at < this.ms) return known;
    this.all.delete(key); // what is kept anew comes last
    const value = await read();
    if (value === undefined) return undefined;
    const kept = { value, at };
    if (!lasts(value)) return kept;
    for (const oldest of this.all.keys())
      if (this.all.size < this.most) break;
      else this.all.delete(oldest);
    this.all.set(key, kept);
    return kept;
  }
  forget(key: string): void {
    this.all.delete(key);
  }
  forgetAll(): void {
    this.all.clear();
  }
}
