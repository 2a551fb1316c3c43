/**
 * How often the provider failed a caller (a session of a member), as a token bucket: who uses it up waits.
 * One Worker's own memory: OpenCode's own tries never come near it, what calls in a loop is braked.
 */
const burst = 12;
const every = 10_000; // milliseconds until a failure is forgotten
const mostKept = 10_000;
const failures = new Map<string, { count: number; at: number }>();

function countOf(caller: string, now: number): number {
  const known = failures.get(caller);
  return known ? Math.max(0, known.count - (now - known.at) / every) : 0;
}
/** Milliseconds until this caller may call again. */
export function failureWait(caller: string, now: number): number {
  return Math.max(0, Math.ceil((countOf(caller, now) - (burst - 1)) * every));
}
export function noteModelFailure(caller: string, now: number): void {
  const count = countOf(caller, now) + 1;
  if (failures.size >= mostKept) failures.clear();
  failures.set(caller, { count, at: now });
}
export function noteModelAnswer(caller: string): void {
  failures.delete(caller);
}

/** How many calls in a row a session has made that were longer than the model takes. */
const overflows = new Map<string, number>();
const mostOverflows = 3;
const overflowWords =
  /context[_ ]length|context window|maximum prompt length|(?:prompt|input) is too long|too many tokens|reduce the length/i;
/** Notes a refusal that says so. Answers whether the conversation was shortened often enough, in vain. */
export function noteOverflow(caller: string, refusal: string): boolean {
  if (!overflowWords.test(refusal)) return false;
  const count = (overflows.get(caller) ?? 0) + 1;
  if (overflows.size >= mostKept) overflows.clear();
  overflows.set(caller, count);
  return count > mostOverflows;
}
/** A conversation that the model takes begins anew. Its summary, a call without tools, is not it. */
export function noteTaken(caller: string): void {
  overflows.delete(caller);
}
