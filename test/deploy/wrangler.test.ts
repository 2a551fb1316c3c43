import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { parse } from "smol-toml";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { buildApp } from "../../edge/deploy/build-app.ts";
import { measureStart, workerLimits } from "../../edge/deploy/build-worker.ts";
import { readClerkOrigin } from "../../edge/deploy/clerk-instance.ts";
import { readSettingsFile } from "../../edge/deploy/settings-file.ts";
import { limit } from "../harness/suite/limit.ts";
import { root } from "../local/process.ts";

/** `npx wrangler deploy --dry-run`, as who knows wrangler and not our commands calls it. */
const folder = mkdtempSync(path.join(tmpdir(), "growqr-wrangler-"));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await buildApp(); // for other tests, where a developer's own settings had it built for elsewhere
}, limit(120_000));

/** By the key alone, as in a clean clone that Cloudflare builds; a developer's own settings go before it. */
const CLERK_PUBLISHABLE_KEY = `pk_live_${btoa("clerk.wrangler.example$")}`;
const settings = path.join(root, "deploy/settings.env");
const clerk = readClerkOrigin((existsSync(settings) && readSettingsFile(settings).CLERK_PUBLISHABLE_KEY) || CLERK_PUBLISHABLE_KEY);

test.each(["", "preview"])(
  "wrangler alone builds the app, for the instance of Clerk that the key names, and the Worker (environment %j)",
  { timeout: limit(180_000) },
  async (environment) => {
    const words = [
      path.join(root, "node_modules/wrangler/bin/wrangler.js"),
      "deploy",
      "--dry-run",
      "--env",
      environment,
      "--outdir",
      folder,
    ];
    const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", CLERK_PUBLISHABLE_KEY };
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: root, env });
    expect(stdout).toMatch(/the app is in dist\/app/);
    for (const binding of ["RATE", "RATE_OPEN", "RATE_VISITS", "RATE_STRIPE", "ASSETS"]) expect(stdout).toContain(`env.${binding} `);
    expect(readFileSync(path.join(root, "dist/app/index.html"), "utf8")).toContain("<title>GrowQR");
    const headers = readFileSync(path.join(root, "dist/app/_headers"), "utf8");
    expect(headers).toContain(`connect-src 'self' ${clerk};`);
    expect(headers).not.toContain("localhost");
  },
);

test("the second environment has what the first has, under a name and with limits of its own", () => {
  const limits = z.array(z.object({ name: z.string(), namespace_id: z.string(), simple: z.unknown() }));
  const shape = z.looseObject({
    name: z.string(),
    assets: z.unknown(),
    triggers: z.unknown(),
    ratelimits: limits,
    observability: z.unknown(),
  });
  const first = shape.extend({ env: z.object({ preview: shape }) }).parse(parse(readFileSync(path.join(root, "wrangler.toml"), "utf8")));
  const { preview } = first.env;
  expect(preview.name).not.toBe(first.name);
  const shared = ["assets", "triggers", "observability", "workers_dev", "preview_urls"] as const;
  for (const name of shared) expect([name, preview[name]]).toEqual([name, first[name]]);
  const withoutSpace = ({ ratelimits }: typeof preview) => ratelimits.map(({ name, simple }) => [name, simple]);
  expect(withoutSpace(preview)).toEqual(withoutSpace(first));
  const spaces = [...first.ratelimits, ...preview.ratelimits].map(({ namespace_id }) => namespace_id);
  expect(new Set(spaces).size).toBe(spaces.length);
});

test("the Worker's start is measured, and is a fraction of what Cloudflare allows", { timeout: limit(120_000) }, async () => {
  const milliseconds = await measureStart();
  expect(milliseconds).toBeGreaterThan(1);
  expect(milliseconds).toBeLessThan(workerLimits.startMilliseconds);
});
