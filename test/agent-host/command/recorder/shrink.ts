/**
 * The shortest command that still `fails`, by leaving out ever smaller pieces; `fails` is asked about many at
 * once.
 */
export async function shrunk(command: string, fails: (commands: string[]) => Promise<boolean[]>): Promise<string> {
  let best = command;
  for (let round = 0; round < 30; round++) {
    const shorter = candidates(best);
    const failing = await fails(shorter);
    const next = shorter.find((_, at) => failing[at]);
    if (next === undefined) return best;
    best = next;
  }
  return best;
}
/** Shortest first, at most a hundred. */
function candidates(text: string): string[] {
  const found = new Set<string>();
  for (let size = Math.ceil(text.length / 2); size >= 1 && found.size < 100; size = size > 1 ? Math.ceil(size / 2) : 0)
    for (let at = 0; at < text.length && found.size < 100; at += size) found.add(text.slice(0, at) + text.slice(at + size));
  found.delete(text);
  return [...found];
}
