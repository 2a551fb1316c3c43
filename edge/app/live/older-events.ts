import { limits } from "../../../schema/wire/limits.ts";
import type { LogEntry } from "./log-view.ts";

/** Asks for a channel's events just before `before`, oldest first; large events make a page shorter. */
export type Ask = (before: number, limit: number) => Promise<LogEntry[]>;
type Page = { before: number; events: LogEntry[] };
const eventsPerPage = 4;
const from = ({ events }: Page) => events[0]?.seq ?? 0; // an empty page: there is nothing before

/**
 * A channel's events from `to` on, and often some before it, until `first`, oldest first. The newest page
 * says how far one goes; the rest is asked for several pages at a time, for each way to the actor takes its
 * time. `ended`: there are none before.
 */
export async function loadOlderEvents(to: number, first: number, ask: Ask): Promise<{ events: LogEntry[]; ended: boolean }> {
  const pages: Page[] = [];
  const fetch = async (before: number) => pages.push({ before, events: await ask(before, limits.eventPage) });
  /** How far back everything before `at` is there: in a quiet channel one page reaches far. */
  const reached = (at: number): number => {
    const over = pages.find((page) => from(page) < at && at <= page.before);
    return over ? reached(from(over)) : at;
  };
  await fetch(first);
  const width = Math.max(limits.eventPage, first - reached(first));
  const spans: { to: number; before: number }[] = [];
  for (let before = reached(first); before > to; before -= width) spans.push({ to: Math.max(to, before - width), before });
  const walk = async () => {
    for (let span = spans.shift(); span; span = spans.shift())
      for (let at = reached(span.before); at > span.to; at = reached(at)) await fetch(at);
  };
  const stop = (error: unknown) => {
    spans.length = 0; // the other pages are not shown
    throw error;
  };
  await Promise.all(Array.from({ length: eventsPerPage }, () => walk().catch(stop)));
  const events = pages.flatMap((page) => page.events).sort((a, b) => a.seq - b.seq);
  return { events, ended: pages.some((page) => page.events.length === 0) };
}
