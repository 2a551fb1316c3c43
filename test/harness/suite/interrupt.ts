/**
 * A run of tests that is interrupted takes the processes it started along (`start` ends them at exit); its
 * containers are the suite's to take away.
 */
export default function setup(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
}
