import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { errorBody } from "../../schema/wire/error.ts";
import { ask, newMember, operatorToken } from "./client.ts";

/** A small fuzz of what the API says it takes; `npm run fuzz` is the thorough one (edge/README.md). */
const operation = z.looseObject({ security: z.array(z.record(z.string(), z.unknown())), requestBody: z.unknown().optional() });
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

const value = fc.oneof(
  fc.jsonValue({ stringUnit: "binary", maxDepth: 3 }).map((json) => JSON.stringify(json)),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom(
    "",
    "null",
    "{",
    '{"a":"\\ud800"}',
    `${"[".repeat(2_000)}${"]".repeat(2_000)}`,
    '{"__proto__":{"x":1}}',
    '{"constructor":1}',
  ),
);
const type = fc.constantFrom(
  "application/json",
  "application/json;",
  "application/json; charset=utf-8",
  "text/plain",
  "",
  "application/json;;;",
);
const part = fc.oneof(
  fc.constantFrom("01ARZ3NDEKTSV4RRFFQ69G5FAV", "%00", "..%2f", "%ff", "a b", "'", "pause", "1", "-1", "a".repeat(40)),
  fc.webSegment().filter((text) => text !== ""),
);
const prefix = fc.constantFrom("agt_", "tsk_", "pln_", "gol_", "qst_", "prp_", "apr_", "rct_", "gtk_", "dev_", "chn_", "wsp_", "");
const query = fc.oneof(
  fc.constant(""),
  fc.webQueryParameters({ size: "small" }),
  fc.constantFrom("limit=-1", "limit=1e9", "cursor=", "q=%ed%a0%80", "after=-1"),
);

test("whatever a member or an operator sends, the answer is the product's own, and never a fault of ours", async () => {
  const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security }]) =>
      security.some((each) => "session" in each) && !path.endsWith("/events") ? [{ path, method }] : [],
    ),
  );
  const [member, operator] = [await newMember(), await operatorToken()];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...all),
      value,
      type,
      prefix,
      part,
      query,
      async ({ path, method }, raw, contentType, named, id, asked) => {
        const where = path.replace(/\{\w+\}/g, () => named + id);
        const bodied = method === "get" ? {} : { raw };
        const headers = contentType === "" ? {} : { "content-type": contentType };
        const token = path.startsWith("/hosts") ? operator : await member.token();
        const answer = await ask(method.toUpperCase(), `${where}${asked ? `?${asked}` : ""}`, { ...bodied, headers, token });
        if (answer.status < 400) return;
        const { code } = errorBody.parse(answer.json).error;
        // no host is reached here, so what asks one may say that it is away
        if (answer.status >= 500) expect(["unavailable", "no_capacity"], `${method} ${where} ${raw}`).toContain(code);
      },
    ),
    { numRuns: 300 },
  );
});
