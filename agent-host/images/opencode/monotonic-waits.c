// Loaded before libfaketime, for checks on a later day. That library (0.9.10) takes a time of the monotonic clock to wait until for one of the clock
// that it bends: a sleep fails (its issue 426; Python 3.11 sleeps so), a wait for a condition ends at once (its pull request 503; Java waits so).
// Goes with the first libfaketime in which both are mended: test/agent-host/run/later-day.test.ts tells.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

#define MONOTONIC_CONDITION 2u // as glibc marks it since 2.25

typedef int (*Sleep)(clockid_t, int, const struct timespec *, struct timespec *);
typedef int (*Wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static Sleep bent_sleep, real_sleep;
static Wait bent_wait, real_wait;

// Before the program's own code: what looks for a function may ask for memory, whose giver may wait for a condition.
__attribute__((constructor)) static void find(void) {
  void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  bent_sleep = (Sleep)dlsym(RTLD_NEXT, "clock_nanosleep");
  bent_wait = (Wait)dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  real_sleep = libc ? (Sleep)dlsym(libc, "clock_nanosleep") : bent_sleep;
  real_wait = libc ? (Wait)dlsym(libc, "pthread_cond_timedwait") : bent_wait;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *rest) {
  if (!bent_sleep) find();
  return (clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ? real_sleep : bent_sleep)(clock, flags, wanted, rest);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
  if (!bent_wait) find();
  return (condition->__data.__wrefs & MONOTONIC_CONDITION ? real_wait : bent_wait)(condition, mutex, until);
}
