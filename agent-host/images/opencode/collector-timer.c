// Loaded into an agent's server and into nothing else. Bun 1.3.14, on which OpenCode is built, collects its garbage 16 ms after every change of
// its heap: some twenty times a second while an agent works, a third of a server's processor time (oven-sh/bun, pull request 35356). It sets that
// timer by this function; here it becomes a second. A heap that has doubled is collected at once, as before. Goes with the first OpenCode on a later
// Bun: test/agent-host/opencode/collector-timer.test.ts tells.
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define COLLECTOR_NANOSECONDS 16000000

int timerfd_settime(int timer, int flags, const struct itimerspec *wanted, struct itimerspec *before) {
  struct itimerspec set = *wanted;
  int once = !set.it_interval.tv_sec && !set.it_interval.tv_nsec;
  if (once && !flags && !set.it_value.tv_sec && set.it_value.tv_nsec == COLLECTOR_NANOSECONDS) set.it_value = (struct timespec){ .tv_sec = 1 };
  return (int)syscall(SYS_timerfd_settime, timer, flags, &set, before);
}
