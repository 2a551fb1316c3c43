import { beforeEach } from "vitest";

/** For tests that follow one another: after one that failed, the others would wait for what did not come. */
export function skipAfterFailure(): void {
  let broken = false;
  beforeEach((context) => {
    if (broken) context.skip();
    context.onTestFailed(() => {
      broken = true;
    });
  });
}
