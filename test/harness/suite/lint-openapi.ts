import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { bin, root } from "../../local/process.ts";

/**
 * Lints what the Worker says of itself in `/openapi.json`, with the rules in `redocly.yaml`. Nothing has to
 * run for that.
 */
const settings = {
  ...{ INSTANCE: "lint", ENVIRONMENT: "local", PUBLIC_URL: "http://localhost:20000", LIBSQL_URL: "http://127.0.0.1:1" },
  ...{ RIVET_URL: "http://127.0.0.1:1", RIVET_TOKEN: "none", RELAY_URL: "http://127.0.0.1:1", KEK_CURRENT: "k1" },
  SIGNING_KEYS: JSON.stringify([{ kty: "EC", crv: "P-256", kid: "k1", x: "x", y: "y", d: "d" }]),
  KEKS: JSON.stringify({ k1: "A".repeat(43) }),
  ...{ IDENTITY: "local", IDENTITY_ISSUER: "http://localhost", IDENTITY_JWT_KEY: "pem", IDENTITY_PARTIES: "http://localhost" },
  ...{ IDENTITY_URL: "http://localhost", MODEL_URL: "http://127.0.0.1:1", MODEL_KEY: "none", MODEL_NAME: "none" },
};
/** The path is no literal: the Worker's types are not this program's. */
const worker: unknown = (await import(new URL("../../../edge/index.ts", import.meta.url).href)).default;
const { request } = z
  .object({ request: z.function({ input: [z.string(), z.object({}), z.unknown()], output: z.promise(z.instanceof(Response)) }) })
  .parse(worker);
const answer = await request("/openapi.json", {}, settings);
if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}: ${await answer.text()}`);
const file = path.join(root, ".growqr/openapi.json");
mkdirSync(path.dirname(file), { recursive: true });
writeFileSync(file, JSON.stringify(await answer.json(), null, 1));
const child = spawn(bin("redocly"), ["lint", file, "--config", path.join(root, "redocly.yaml"), "--format", "stylish"], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
});
const [code] = await once(child, "exit");
process.exitCode = code ?? 1;
