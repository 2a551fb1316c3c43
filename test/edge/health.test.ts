import { expect, test } from "vitest";
import { z } from "zod";
import { healthParts, partHealth, readiness } from "../../schema/readiness.ts";
import { eventually } from "../harness/eventually.ts";
import { ask, newMember, sql } from "./client.ts";

/** SPEC 16: how each part is, for whoever watches the edge; a stranger may ask. */
const part = z.strictObject(partHealth.shape);
const ready = z.strictObject({ ...readiness.shape, parts: z.record(z.enum(healthParts), part) });

test("each part says whether it is well, without a word of where it is", async () => {
  await newMember(); // its host is heard of
  for (const name of ["db", "engine", "hosts", "git", "identity"]) {
    const answer = await eventually(`${name} is well`, async () => {
      const now = await ask("GET", `/health/${name}`);
      return now.status === 200 ? now : undefined;
    });
    expect(part.parse(answer.json).state).toMatch(/^[a-z0-9 ]+$/);
  }
  expect((await ask("GET", "/health/nothing")).status).toBe(404);
});

test("what is away is a 503 with a time to come back; people are served all the same", async () => {
  await newMember(); // its host is heard of
  try {
    await sql("update machine set full = 1 where role = 'host'");
    const ci = await eventually("it is seen", async () => {
      const now = await ask("GET", "/health/ci");
      return now.status === 503 ? now : undefined;
    });
    expect([ci.headers.get("retry-after"), part.parse(ci.json)]).toMatchObject([
      "10",
      { ok: false, state: "no host has room for a clean room" },
    ]);
    const answer = await ask("GET", "/ready");
    const { parts, ...rest } = ready.parse(answer.json);
    expect([answer.status, rest]).toEqual([200, { ready: true }]);
    expect(Object.keys(parts)).toEqual([...healthParts]);
    expect(parts.ci?.ok).toBe(false);
    const { since, at } = part.parse(ci.json);
    expect([since <= at, parts.ci?.since]).toEqual([true, since]); // since it was seen so, not since it was looked at
  } finally {
    await sql("update machine set full = 0 where role = 'host'");
  }
});

test("a part is looked at once in a few seconds, however many ask", async () => {
  const first = part.parse((await ask("GET", "/health/db")).json);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("GET", "/health/db")));
  const looks = [...new Set([first, ...answers.map(({ json }) => part.parse(json))].map(({ at }) => at))].sort((a, b) => a - b);
  for (const [n, at] of looks.slice(1).entries()) expect(at - looks[n]!).toBeGreaterThanOrEqual(3_000);
});
