/** What is undone when the process ends, however it ends short of `kill -9`. */
const undoings = new Set<() => void>();
process.on("exit", () => {
  for (const undo of undoings) undo();
});

/** Registers what is undone at the end of the process; the answer takes it out again. */
export function undoAtExit(undo: () => void): () => void {
  undoings.add(undo);
  return () => undoings.delete(undo);
}

/** The usual signals end the process in order: what is registered is undone, and nothing goes on alone. */
export function endOnSignals(): void {
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    process.on(name, () => process.exit(code));
}
