import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { root } from "../local/process.ts";
import { ask } from "./client.ts";

const operation = z.looseObject({ security: z.array(z.record(z.string(), z.unknown())) });
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

test("routes are made at the doors alone, each of which has its guard", () => {
  const doors = ["edge/door.ts", "edge/live.ts", "edge/openapi/openapi.ts"]; // the last two describe what they mount themselves
  const all = globSync("edge/**/*.ts", { cwd: root, exclude: ["edge/client/**", "edge/**/node_modules/**"] });
  const making = all.filter((file) => /\bcreateRoute\b/.test(readFileSync(path.join(root, file), "utf8")));
  expect(making.sort()).toEqual(doors);
  const mounting = /(?:Routes|\bapp)\.(?:get|post|put|patch|delete|on|all|use)\(/;
  const beside = all.filter((file) => mounting.test(readFileSync(path.join(root, file), "utf8")));
  // by host names, not by paths: previews and what serves of projects
  const hosts = ["edge/preview/preview-host.ts", "edge/project/released-host.ts"];
  expect(beside.filter((file) => !hosts.includes(file)).sort()).toEqual(["edge/api.ts", ...doors]);
});

test("nobody needs to sign in at these addresses, and at no other", async () => {
  const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
  const open = Object.entries(paths).flatMap(([address, methods]) =>
    Object.entries(methods).flatMap(([method, { security }]) => (security.length === 0 ? [`${method.toUpperCase()} ${address}`] : [])),
  );
  const anybodys = [
    ...["/.well-known/jwks.json", "/.well-known/ticket-keys.json", "/config", "/health", "/openapi.json", "/ready", "/reference"],
    ...["billing", "ci", "db", "engine", "git", "hosts", "identity"].map((part) => `/health/${part}`),
    // each by a ticket of its own
    ...["/account/exports/archive", "/git/downloads", "/live/gateway/growAgent/connect", "/terminals/{terminalId}/connect"],
  ].map((address) => `GET ${address}`);
  const told = ["POST /browser-errors", "POST /hosts/join", "POST /webhooks/clerk", "POST /webhooks/stripe"];
  expect(open.sort()).toEqual([...anybodys, ...told].sort());
});
