import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { AppError, type ErrorCode, errorBody, errorResponse, errorTable, invalidInput } from "../../../schema/wire/error.ts";

const codes = Object.keys(errorTable) as ErrorCode[];

test("every code has a refusal status, a sentence for people and a body that parses", () => {
  for (const code of codes) {
    const { status, body } = errorResponse(new AppError(code, { secret: "planted" }), "req_1");
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(errorBody.parse(body).error).toMatchObject({ code, requestId: "req_1", retryable: errorTable[code].retryable });
    expect(body.error.message).toMatch(/^[A-Z].*\.$/);
    expect(JSON.stringify(body)).not.toContain("planted");
  }
});

test("anything that is not ours answers internal and says nothing of itself", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12 }), (secret) => {
      const { status, body } = errorResponse(new Error(`marker-${secret}`), "req_2");
      expect(status).toBe(500);
      expect(body.error.code).toBe("internal");
      expect(body.error.message).toBe(errorTable.internal.message);
    }),
  );
});

test("a refused shape names its paths and never repeats the rejected value", () => {
  const shape = z.strictObject({ channel: z.object({ text: z.string().max(3) }), count: z.number() });
  const parsed = shape.safeParse({ channel: { text: "my-password" }, count: "my-password", extra: 1 });
  const { status, body } = errorResponse(invalidInput(parsed.error!), "req_3");
  expect(status).toBe(400);
  expect(body.error.issues?.map((issue) => issue.path)).toEqual(expect.arrayContaining(["channel.text", "count"]));
  expect(JSON.stringify(body)).not.toContain("my-password");
});

test("what cannot get better by itself is not called retryable", () => {
  for (const code of ["bad_json", "invalid", "not_found", "forbidden", "join_token_used", "payment_required"] as const)
    expect(errorTable[code].retryable).toBe(false);
  for (const code of ["no_capacity", "unavailable", "timeout", "rate_limited"] as const) expect(errorTable[code].retryable).toBe(true);
});
