import type { Host } from "../host.ts";

/** What a member does with a stack past their agents: they ask something of it, or look at what it shows. */
export type StackUseKind = "asked" | "looked";
const askedPath = /^\/stacks\/\w+\/(git\/|push\/|commits$|agents\/\w+\/attachments\/)/;
const lookedPath = /^\/stacks\/\w+\/agents\/\w+\/ports\//;

/**
 * When each member last used their stack past their agents. Whether it is idle is its actor's to decide; a
 * preview's page may ask by itself for ever, so looking is told apart. What apps serve is no use of it.
 */
export class StackUse {
  private readonly last = { asked: new Map<string, number>(), looked: new Map<string, number>() };
  private readonly elapsed: Host["elapsed"];

  constructor(elapsed: Host["elapsed"]) {
    this.elapsed = elapsed;
  }
  note(member: string, use: StackUseKind): void {
    this.last[use].set(member, this.elapsed());
  }
  /** Of a call that came with a relay ticket: an actor's own calls have another. */
  noteCall(member: string, path: string): void {
    if (askedPath.test(path)) this.note(member, "asked");
    else if (lookedPath.test(path)) this.note(member, "looked");
  }
  /** How long ago each was, in milliseconds. */
  describe(member: string): { asked?: number; looked?: number } {
    const since = (use: StackUseKind) => {
      const at = this.last[use].get(member);
      return at === undefined ? {} : { [use]: Math.max(0, this.elapsed() - at) };
    };
    return { ...since("asked"), ...since("looked") };
  }
}
