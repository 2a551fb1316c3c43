/**
 * A file of tests takes along what it started, however its own process ends: by a signal, as vitest ends it
 * too, or because vitest is gone.
 */
function end(): void {
  process.emit("exit", 130); // `start` listens for it; vitest forbids `process.exit` in here
  process.kill(process.pid, "SIGKILL");
}
for (const why of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"] as const) process.once(why, end);
