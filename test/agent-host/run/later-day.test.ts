import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readImageTags } from "../../../agent-host/images.ts";
import { laterEnvironment } from "../../../agent-host/run/room/later-clock.ts";

const run = promisify(execFile);
/** What a program prints in a box in which the clock is so many days on. */
async function runLater(program: string[], env: readonly string[] = laterEnvironment(400)): Promise<string> {
  const box = ["run", "--rm", "--network", "none", "--entrypoint", "env", readImageTags().opencode];
  const { stdout, stderr } = await run("docker", [...box, ...env, ...program]);
  return `${stdout}${stderr}`.trim();
}
const day = 86_400;
const sleeps = "import time; time.sleep(0.01); print('slept')";
/** Milliseconds for which a thread waits for a condition by the monotonic clock, as Java does. */
const waits = `#include <pthread.h>
#include <stdio.h>
#include <time.h>
static long now(struct timespec *at) { clock_gettime(CLOCK_MONOTONIC, at); return at->tv_sec * 1000 + at->tv_nsec / 1000000; }
int main(void) {
  struct timespec until; pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; pthread_condattr_t kind; pthread_cond_t condition;
  pthread_condattr_init(&kind); pthread_condattr_setclock(&kind, CLOCK_MONOTONIC); pthread_cond_init(&condition, &kind);
  long begun = now(&until); until.tv_sec += 1;
  pthread_mutex_lock(&mutex); pthread_cond_timedwait(&condition, &mutex, &until);
  puts(now(&until) - begun >= 990 ? "waited" : "did not wait"); return 0;
}`;
const compiled = (env: readonly string[]) => [
  "sh",
  "-c",
  `echo "$1" | gcc -x c -o /tmp/waits - -pthread && env ${env.join(" ")} /tmp/waits`,
  "sh",
  waits,
];
const alone = laterEnvironment(400).map((each) => each.replace("/usr/local/lib/monotonic-waits.so:", ""));

test("a program is told a later day, and waits by a clock that stays", async () => {
  const asks = "import time, subprocess; subprocess.run(['true'], timeout=9); time.sleep(0.01); print(int(time.time()))";
  const told = Number(await runLater(["python3", "-c", asks]));
  expect(Math.round((told - Date.now() / 1_000) / day)).toBe(400);
  expect(await runLater(["python3", "-c", sleeps])).toBe("slept");
  expect(await runLater(compiled(laterEnvironment(400)), [])).toBe("waited");
});
test("libfaketime alone spoils such waits; once it does not, monotonic-waits.c can go", async () => {
  await expect(runLater(["python3", "-c", sleeps], alone)).rejects.toThrow("Invalid argument");
  expect(await runLater(compiled(alone), [])).toBe("did not wait");
});
