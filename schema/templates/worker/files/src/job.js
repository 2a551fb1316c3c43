/**
 * One run of the job: what it answers is kept in the journal, and what it throws is kept as a failure. `before` is what the
 * last good run answered. Put your own work here.
 */
export async function runJob(before) {
  const runs = (before?.runs ?? 0) + 1;
  return { runs };
}
