import { describe, expect, it } from "vitest";
import { bringAuthor, bringFailingSetups, seconds } from "./setup-author.ts";

/** Setups that never end, and that take what they can. */
bringAuthor();

describe("an environment that can't be made", () => {
  const { setUp } = bringFailingSetups();
  it.concurrent("fails within its time where it never ends, or listens for ever", async () => {
    const listens = "node -e 'require(\"net\").createServer().listen(8080)'";
    const [sleeping, listening] = await Promise.all([setUp("sleep 1000"), setUp(listens)]);
    expect(sleeping).toBe(`\`sleep 1000\` did not end: a setup may take ${seconds} s.`);
    expect(listening).toMatch(/did not end: a setup may take/);
  });
  it.concurrent("fails where it forks without end, prints without end or fills memory", async () => {
    expect(await setUp("f() { f | f & f; }; f")).toMatch(/did not end|used up/);
    expect(await setUp("yes")).toMatch(/printed too much/);
    expect(await setUp("head -c 3G /dev/zero | tail")).toMatch(/ended with/);
  });
  it("fails where it fills the disk, with one file or with many", async () => {
    expect(await setUp("fallocate -l 4G large")).toMatch(/ended with 15[0-9]/);
    expect(await setUp("for n in 1 2 3 4 5; do fallocate -l 1500M large-$n; done; sleep 1000")).toMatch(
      /wrote more than a setup may and was stopped/,
    );
    expect(await setUp("mkdir node_modules; for n in 1 2 3; do fallocate -l 1500M node_modules/$n; done")).toMatch(/more than 3 GB/);
  });
});
