/** A run of tests that is interrupted takes the processes it started along (`start` ends them at exit); its containers go when the next run begins. */
export default function setup(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
}
