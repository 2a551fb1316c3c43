import { expect, test } from "vitest";
import { edgeLines } from "../../edge/deploy/workerd/workerd-log.ts";
import { logger } from "../../schema/wire/log.ts";

test("whatever workerd says is one line of JSON in the edge's log; the Worker's own lines stay as they are", () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const say = edgeLines(write, logger("edge", write));
  const written = JSON.stringify({ at: "2026-11-21T00:00:00.000Z", level: "info", part: "edge", message: "request", status: 200 });
  say({ level: "log", message: written });
  say({ level: "log", message: "e = rust/worker.rs:12: failed\nstack: 1 2 3" });
  say({ level: "error", message: '{"at":1}' });
  expect(lines[0]).toBe(written);
  expect(lines.slice(1).map((line) => JSON.parse(line))).toMatchObject([
    { part: "edge", level: "info", message: "e = rust/worker.rs:12: failed\nstack: 1 2 3" },
    { part: "edge", level: "error", message: '{"at":1}' },
  ]);
});
