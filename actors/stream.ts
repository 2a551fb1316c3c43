import type { Delta } from "../schema/event.ts";
import { tell } from "./event.ts";
import type { Running, Self } from "./self.ts";

const coalesce = 20; // milliseconds

/** Takes a piece of running text; what comes within 20 ms goes out as one delta. `restart` replaces what was sent of the block. */
export function push(self: Self, running: Running, piece: { partId: string; text: string; restart: boolean }): void {
  if (piece.restart) {
    running.parts.delete(piece.partId);
    running.pending.delete(piece.partId);
  }
  running.pending.set(piece.partId, (running.pending.get(piece.partId) ?? "") + piece.text);
  running.flush ??= setTimeout(() => flush(self, running), coalesce);
}

/** Sends what waits. The index of a block's deltas counts from 0; a 0 begins the block anew. */
export function flush(self: Self, running: Running): void {
  clearTimeout(running.flush);
  running.flush = undefined;
  for (const [partId, text] of running.pending) {
    const before = running.parts.get(partId);
    const delta: Delta = { turnId: running.turnId, partId, index: before ? before.index + 1 : 0, text };
    running.parts.set(partId, { ...delta, text: (before?.text ?? "") + text });
    tell(self, "delta", delta);
  }
  running.pending.clear();
}

/** A block is finished: its whole text is an event now. */
export function close(running: Running, partId: string): void {
  running.pending.delete(partId);
  running.parts.delete(partId);
}
