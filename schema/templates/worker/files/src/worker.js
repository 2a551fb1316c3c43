/** Runs the job once and keeps how it went. */
export async function runOnce(journal, job, now = () => Date.now()) {
  const startedAt = now();
  try {
    const result = await job(journal.last);
    journal.add({ startedAt, ms: now() - startedAt, result });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    console.error(`the job has failed: ${error}`);
    journal.add({ startedAt, ms: now() - startedAt, error });
  }
}

/** Runs the job, waits, and runs it again, never two at once. What it answers stops it, once the run under way has ended. */
export function repeat(journal, job, seconds) {
  let timer;
  let stopped = false;
  let current;
  const next = () => {
    current = runOnce(journal, job).then(() => {
      if (!stopped) timer = setTimeout(next, seconds * 1_000);
    });
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return current;
  };
}

/** What its address answers: how the last runs went, and whether it is well. */
export function answer(journal, pathname) {
  if (pathname === "/health") return journal.isWell ? [200, { state: "well" }] : [503, { state: "failing" }];
  return pathname === "/" ? [200, { runs: journal.runs.slice(0, 20) }] : [404, { error: "there is nothing at this path" }];
}
