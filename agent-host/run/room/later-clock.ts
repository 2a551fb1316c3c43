const libfaketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1:libc.so.6";
/**
 * The clock of a check that is tried on another day. Its waits by the monotonic clock, which stays, are the
 * kernel's (`images/opencode/monotonic-waits.c`). libc is named before other allocators: jemalloc, which
 * redis-cli is linked with, asks for the time before it can give memory, and libfaketime for memory before it
 * can tell the time, so that such a program would wait for itself for ever.
 */
export const laterEnvironment = (days: number) => [
  `LD_PRELOAD=/usr/local/lib/monotonic-waits.so:${libfaketime}`,
  `FAKETIME=+${days}d`,
  "FAKETIME_DONT_FAKE_MONOTONIC=1",
];
/** That clock for servers beside the checks, which have another image. */
export const toServerClock = (clock: readonly string[]) =>
  clock.map((each) => (each.startsWith("LD_PRELOAD=") ? `LD_PRELOAD=${libfaketime}` : each));
