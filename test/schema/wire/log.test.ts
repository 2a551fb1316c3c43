import fc from "fast-check";
import { expect, test } from "vitest";
import { logger, redact } from "../../../schema/wire/log.ts";

const letters = fc.stringMatching(/^[A-Za-z0-9]{24,40}$/);
const planted = letters.chain((body) =>
  fc
    .constantFrom(
      `sk-${body}`,
      `gqb_${body}`,
      `gqj_${body}`,
      `gqt_${body}`,
      `gqp_${body}`,
      `Bearer ${body}`,
      `bearer ${body}`,
      `BEARER\t${body}`,
      `bAsIc  ${body}1`,
      `MACHINE ${body}1`,
      `Token ${body}1`,
      `eyJ${body}.${body}.${body}`,
      `http://default:${body}@10.0.0.1/`,
    )
    .map((text) => ({ body, text })),
);

test("a credential is taken out of any text, wherever it stands", () => {
  fc.assert(
    fc.property(planted, fc.string({ maxLength: 20 }), (secret, around) => {
      expect(redact(`${around} ${secret.text} ${around}`)).not.toContain(secret.body);
    }),
  );
});

test("a value under a secret's name is taken out at any depth, in lists and in errors", () => {
  fc.assert(
    fc.property(
      letters,
      fc.constantFrom("token", "Authorization", "password", "MODEL_KEY", "engine_token", "ticket", "cookie"),
      (body, name) => {
        const deep = { a: [{ b: { [name]: body, kept: "yes" } }], error: new Error("failed", { cause: new Error(`Bearer ${body}`) }) };
        const text = JSON.stringify(redact(deep));
        expect(text).not.toContain(body);
        expect(text).toContain("yes");
      },
    ),
  );
});

test("a log line is one line of JSON with time, level, part and message, redacted", () => {
  const lines: string[] = [];
  const log = logger(
    "edge",
    (line) => lines.push(line),
    () => 0,
  );
  log("info", "signed in with Bearer abcdefghijklmnop", { requestId: "req_1", password: "x", nested: { text: "two\nlines" } });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain("\n");
  expect(JSON.parse(lines[0]!)).toEqual({
    at: "1970-01-01T00:00:00.000Z",
    level: "info",
    part: "edge",
    message: "signed in with [redacted]",
    requestId: "req_1",
    password: "[redacted]",
    nested: { text: "two\nlines" },
  });
});

test("ordinary text is left alone", () => {
  fc.assert(fc.property(fc.lorem(), (text) => redact(text) === text));
  for (const text of ["a basic understanding", "Machine certificates. Token verification"]) expect(redact(text)).toBe(text);
});
