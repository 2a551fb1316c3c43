import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogEntry } from "../../edge/app/live/log-view.ts";
import { loadOlderEvents } from "../../edge/app/live/older-events.ts";

/** A channel with events at these sequences, of which a page holds `most` at most. */
function channel(seqs: readonly number[], most = 500) {
  const all = [...new Set(seqs)].sort((a, b) => a - b).map((seq): LogEntry => ({ seq, kind: "unknown" }));
  const asked: number[] = [];
  const now = { open: 0, most: 0 };
  const ask = async (before: number, limit: number) => {
    asked.push(before);
    now.open += 1;
    now.most = Math.max(now.most, now.open);
    await new Promise((resolve) => setImmediate(resolve));
    now.open -= 1;
    return all.filter((event) => event.seq < before).slice(-Math.min(limit, most));
  };
  return { all, ask, asked, now };
}
const every = (step: number, until: number) => Array.from({ length: Math.floor(until / step) }, (_, index) => (index + 1) * step);

describe("older events of a channel", () => {
  test("are asked for several pages at a time, each once, and are there whole", async () => {
    const { all, ask, asked, now } = channel(every(1, 22_000));
    const { events, ended } = await loadOlderEvents(80, 22_001, ask);
    expect(events.map((event) => event.seq)).toEqual(all.slice(-events.length).map((event) => event.seq));
    expect(events[0]!.seq).toBeLessThanOrEqual(80);
    expect(ended).toBe(false);
    expect(now.most).toBe(4);
    expect(asked.length).toBe(44);
  });

  test("of a quiet channel take few pages, also where its newest stand close", async () => {
    const quiet = channel([...every(40, 20_000), ...every(1, 500).map((seq) => seq + 20_000)]);
    const { events, ended } = await loadOlderEvents(1, 20_501, quiet.ask);
    expect(new Set(events.map((event) => event.seq)).size).toBe(1_000);
    expect(ended).toBe(true);
    expect(quiet.asked.length).toBeLessThan(12);
  });

  test("are complete from the one that is wanted on, however they lie and however few a page holds", async () => {
    const seqs = fc.array(fc.integer({ min: 1, max: 6_000 }), { maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(seqs, fc.integer({ min: 1, max: 6_000 }), fc.integer({ min: 1, max: 60 }), async (some, to, most) => {
        const { all, ask } = channel(some, most);
        const { events, ended } = await loadOlderEvents(to, 6_001, ask);
        const found = new Set(events.map((event) => event.seq));
        const first = events[0]?.seq ?? 6_001;
        expect([...found]).toEqual(all.filter((event) => event.seq >= first).map((event) => event.seq));
        expect(first <= to || ended).toBe(true);
        if (ended) expect(found.size).toBe(all.length);
      }),
      { numRuns: 60 },
    );
  });
});
