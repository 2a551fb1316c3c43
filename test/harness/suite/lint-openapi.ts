import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { bin, root } from "../../local/process.ts";

/**
 * Lints what the Worker says of itself in `/openapi.json`, with the rules in `redocly.yaml`, and refuses when
 * the client's types (`edge/client`) are of another API. Nothing has to run for that. `--write` writes them.
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
const worker: unknown = (await import(new URL("../../../edge/api.ts", import.meta.url).href)).app;
const { request } = z
  .object({ request: z.function({ input: [z.string(), z.object({}), z.unknown()], output: z.promise(z.instanceof(Response)) }) })
  .parse(worker);
const answer = await request("/openapi.json", {}, { ...settings, RATE: { limit: async () => ({ success: true }) } });
if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}: ${await answer.text()}`);
const file = path.join(root, ".growqr/openapi.json");
mkdirSync(path.dirname(file), { recursive: true });
const description: unknown = await answer.json();
writeFileSync(file, JSON.stringify(description, null, 1));

/** The path is no literal: the client's generator has a compiler of its own. */
const generator: unknown = await import(new URL("../../../edge/client/generate-types.ts", import.meta.url).href);
const { composeApiTypes } = z
  .object({ composeApiTypes: z.function({ input: [z.unknown()], output: z.promise(z.string()) }) })
  .parse(generator);
const typesFile = path.join(root, "edge/client/api-types.ts");
const types = await composeApiTypes(description);
if (process.argv.includes("--write")) writeFileSync(typesFile, types);
else if (readFileSync(typesFile, "utf8") !== types)
  throw new Error("edge/client/api-types.ts is not of this API. `npm run client` writes it; look at what changed, and commit it.");
const child = spawn(bin("redocly"), ["lint", file, "--config", path.join(root, "redocly.yaml"), "--format", "stylish"], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
});
const [code] = await once(child, "exit");
process.exitCode = code ?? 1;
