import { countToldBytes } from "../../schema/project/host-command.ts";
import type { CommandOutputLine } from "../../schema/project/project-command.ts";

/**
 * Lines of a moment are told together. One that prints on and on is told in longer moments, so that a quarter
 * of an hour is some hundreds of events.
 */
const toldMoment = { bytes: 8 * 1024, firstMs: 300, moreMs: 50, mostMs: 3_000 } as const;

/**
 * Collects what a command prints and tells it in batches, one after another. What a batch could not be told
 * for, the next call throws.
 */
export class ToldOutput {
  private lines: CommandOutputLine[] = [];
  private bytes = 0;
  private batches = 0;
  private timer: NodeJS.Timeout | undefined;
  private told: Promise<void> = Promise.resolve();
  private readonly tell: (lines: CommandOutputLine[]) => Promise<void>;

  constructor(tell: (lines: CommandOutputLine[]) => Promise<void>) {
    this.tell = tell;
  }
  async add(line: CommandOutputLine): Promise<void> {
    this.lines.push(line);
    this.bytes += countToldBytes(line);
    if (this.bytes >= toldMoment.bytes) return this.flush();
    const ms = Math.min(toldMoment.mostMs, toldMoment.firstMs + this.batches * toldMoment.moreMs);
    this.timer ??= setTimeout(() => this.flush().catch(() => undefined), ms); // the next call has the error
  }
  /** Tells what waits, and answers when all is told. */
  flush(): Promise<void> {
    this[Symbol.dispose]();
    const { lines } = this;
    this.lines = [];
    this.bytes = 0;
    this.batches += 1;
    if (lines.length > 0) this.told = this.told.then(() => this.tell(lines));
    return this.told;
  }
  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
