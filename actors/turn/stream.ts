import type { Delta } from "../../schema/event.ts";
import { sendToAll } from "../kernel/event.ts";
import type { Running, Self } from "../kernel/self.ts";

const coalesce = 20; // milliseconds

/**
 * Takes a piece of running text. The first of a block goes out at once, after that what comes within 20 ms as
 * one delta. `restart` replaces what was sent of the block.
 */
export function push(self: Self, running: Running, piece: { partId: string; text: string; restart: boolean }): void {
  if (piece.restart) {
    running.parts.delete(piece.partId);
    running.pending.delete(piece.partId);
  }
  running.pending.set(piece.partId, (running.pending.get(piece.partId) ?? "") + piece.text);
  if (!running.parts.has(piece.partId)) flush(self, running);
  else running.flush ??= setTimeout(() => flush(self, running), coalesce);
}

/** Sends what waits. The index of a block's deltas counts from 0; a 0 begins the block anew. */
export function flush(self: Self, running: Running): void {
  clearTimeout(running.flush);
  running.flush = undefined;
  for (const [partId, text] of running.pending) {
    const before = running.parts.get(partId);
    const delta: Delta = { turnId: running.turnId, channel: running.channel, partId, index: before ? before.index + 1 : 0, text };
    running.parts.set(partId, { ...delta, text: (before?.text ?? "") + text });
    sendToAll(self, "delta", delta);
  }
  running.pending.clear();
}

/** A block is finished: its whole text is an event now. */
export function close(running: Running, partId: string): void {
  running.pending.delete(partId);
  running.parts.delete(partId);
}
