import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { type Answer, ask, edgeUp, refusal } from "./client.ts";

/** Faults of the app in browsers (issue 11.8) are lines of the log, without what is nobody's business. */
const fault = {
  name: "TypeError",
  message: "x is undefined",
  stack: "    at render (https://a/assets/index-1.js:2:3)",
  page: "/project",
  build: "index-1.js",
};
const send = (body: object, from: string) => ask("POST", "/browser-errors", { body, headers: { "cf-connecting-ip": from } });
/** The whole lines that hold a word. */
const lines = (word: string) =>
  readFileSync(edgeUp.log, "utf8")
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.includes(word));

test("a fault is a line of the log, with the id of its answer and no credential", async () => {
  const mark = crypto.randomUUID();
  const answer = await send({ ...fault, message: `${mark} Bearer abcdefghijklmnop.qrstuvwxyz0123456789` }, "203.0.113.201");
  expect([answer.status, answer.json]).toEqual([202, { taken: true }]);
  const line = await eventually("the line is in the log", async () => lines(mark)[0]);
  expect(JSON.parse(line)).toMatchObject({ level: "warn", requestId: answer.headers.get("x-request-id"), fault: { page: "/project" } });
  expect(line).not.toContain("qrstuvwxyz");
});

test("what is too much, unknown or an address with words in it is refused, and stands nowhere", async () => {
  const mark = crypto.randomUUID();
  for (const [body, status] of [
    [{ ...fault, message: mark.repeat(100) }, 400],
    [{ ...fault, stack: mark.repeat(1_000) }, 413],
    [{ ...fault, page: `/project/${mark}` }, 400],
    [{ ...fault, [mark]: 1 }, 400],
    [{}, 400],
  ] as const)
    expect((await send(body, "203.0.113.202")).status).toBe(status);
  expect(lines(mark)).toEqual([]);
});

test("who tells of too many is told to wait", async () => {
  const answers: Answer[] = [];
  for (let round = 0; round < 14 && !answers.some(({ status }) => status === 429); round++)
    answers.push(...(await Promise.all(Array.from({ length: 50 }, () => send(fault, "203.0.113.203")))));
  const refused = answers.find(({ status }) => status === 429);
  expect(refused && [refusal(refused).code, refused.headers.get("retry-after")]).toEqual(["rate_limited", "10"]);
});
