import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { libsqlLimits } from "../../local/libsql.ts";
import { root } from "../../local/process.ts";

/** `docker-compose.yml` as its readers take it; it is not started here: its image needs Docker Hub. */
const text = readFileSync(path.join(root, "docker-compose.yml"), "utf8");
const service = z.looseObject({
  healthcheck: z.object({ test: z.tuple([z.literal("CMD"), z.literal("node"), z.literal("-e"), z.string()]) }),
  network_mode: z.literal("host"),
  restart: z.literal("unless-stopped"),
});
const compose = z.object({ services: z.record(z.string(), service) }).parse(parse(text, { merge: true }));

test("each service of the cell has a health check that is a program, and starts again", () => {
  expect(Object.keys(compose.services)).toEqual(["libsql", "engine", "runner", "agent-host"]);
  for (const { healthcheck } of Object.values(compose.services)) expect(() => new Function(healthcheck.test[3])).not.toThrow();
});

test("the database has the limits that it does not stop with", () => {
  const words = libsqlLimits.flatMap((word, at) => (at % 2 === 0 ? [`${word}=${libsqlLimits[at + 1]}`] : []));
  expect(compose.services.libsql?.command).toEqual(expect.arrayContaining(words));
});

test("each setting that the cell asks for is one that `npm run deploy` writes, or is said where it is asked for or in a README", () => {
  const said = ["edge/README.md", "agent-host/README.md", "edge/deploy/keys.ts"].map((file) => readFileSync(path.join(root, file), "utf8"));
  const names = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = ""]) => name));
  expect(names.size).toBeGreaterThan(3);
  expect([...names].filter((name) => !text.includes(`\${${name}:?`) && !said.some((each) => each.includes(name)))).toEqual([]);
});
