import { execFile } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../edge/deploy/migrate.ts";
import { writeDatabaseKeys } from "../../edge/deploy/new-keys.ts";
import { readSettingsFile } from "../../edge/deploy/settings-file.ts";
import { readSettingsTable } from "../../edge/deploy/settings-table.ts";
import { startCloudflare } from "../doubles/cloudflare/deployment.ts";
import { type IdentityKey, mint, openKey } from "../doubles/identity/token.ts";
import { limit } from "../harness/suite/limit.ts";
import { testInstance } from "../harness/suite/test-instance.ts";
import { startEdge } from "../local/edge.ts";
import { type Libsql, startLibsql } from "../local/libsql.ts";
import { type Model, startModel } from "../local/model.ts";
import { root } from "../local/process.ts";

/** `npm run deploy` as an operator has it; a double stands for Cloudflare's API, workerd for its machines. */
const folder = mkdtempSync(path.join(tmpdir(), "growqr-deploy-"));
const file = path.join(folder, "settings.env");
afterAll(() => rmSync(folder, { recursive: true }));

type Ended = { code: number; said: string };
async function call(command: string, args: string[] = [], env: Record<string, string> = {}): Promise<Ended> {
  const words = [path.join(root, "edge/deploy/main.ts"), command, "--settings", file, ...args];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { cwd: root, env: { ...process.env, ...env } });
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}
const deploy = (args: string[] = [], env: Record<string, string> = {}) => call("deploy", args, env);
/** Clerk's list of keys, as its instance publishes it. */
async function startClerk({ jwks }: IdentityKey) {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(jwks)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}
function fill(values: Record<string, string>): void {
  const lines = readFileSync(file, "utf8").split("\n");
  const kept = lines.filter((line) => !Object.keys(values).some((name) => line.replace(/^# /, "").startsWith(`${name}=`)));
  writeFileSync(file, [...kept, ...Object.entries(values).map(([name, value]) => `${name}='${value}'`), ""].join("\n"));
}
function* filesBelow(at: string): Generator<string> {
  for (const entry of readdirSync(at, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) yield path.join(entry.parentPath, entry.name);
}

test("the table of settings in edge/README.md is what the Worker's rules say: `npm run settings` writes it", () => {
  const { written, right } = readSettingsTable();
  expect(written).toBe(right);
});

const shared = testInstance("doubles");
/** A port of the model's own: other files of these tests have one too. */
const instance = { ...shared, ports: { ...shared.ports, model: shared.ports.libsql + 32 } };
const apiToken = "token-of-an-operator";
const modelKey = "sk-canary-model-key";
/** Nothing listens there. */
const nowhere = `http://127.0.0.1:${shared.ports.libsql + 39}`;
let libsql: Libsql | undefined;
let model: Model;
let cloudflare: Awaited<ReturnType<typeof startCloudflare>>;
let identity: IdentityKey;
/** Its Backend API, of which a deployment asks whether it takes the key. */
let clerkApi: Awaited<ReturnType<typeof startClerk>>;
const account = (token = apiToken) => ({
  CLOUDFLARE_API_BASE_URL: cloudflare.url,
  CLOUDFLARE_API_TOKEN: token,
  CLOUDFLARE_ACCOUNT_ID: "account",
});
beforeAll(async () => {
  [cloudflare, model, identity] = await Promise.all([startCloudflare(apiToken), startModel(instance, folder, modelKey), openKey(folder)]);
  clerkApi = await startClerk(identity);
}, limit(60_000));
afterAll(async () => {
  await Promise.all([cloudflare.close(), clerkApi.close(), model.stop(), libsql?.stop()]);
}, limit(60_000));
describe("npm run deploy", { timeout: limit(240_000) }, () => {
  test("wants a file of settings, which `npm run keys` makes, and says all that is empty in it at once", async () => {
    const first = await deploy(["--dry-run"]);
    expect([first.code, first.said, existsSync(file)]).toEqual([2, expect.stringContaining("`npm run keys` makes it"), false]);
    expect(await call("keys")).toEqual({ code: 0, said: expect.stringContaining("SIGNING_KEYS") });
    const made = readSettingsFile(file);
    const again = await deploy();
    expect(again.code).toBe(2);
    const open = [
      "PUBLIC_URL",
      "LIBSQL_URL",
      "RIVET_URL",
      "RELAY_URL",
      "MODEL_URL",
      "MODEL_KEY",
      "MODEL_NAME",
      "CLERK_PUBLISHABLE_KEY",
      "CLERK_SECRET_KEY",
    ];
    for (const name of open) expect(again.said).toContain(`${name}: is missing`);
    expect(again.said.match(/is missing/g)?.length).toBe(open.length);
    expect(again.said).not.toContain("IDENTITY"); // found out by itself
    expect(readSettingsFile(file)).toEqual(made);
    expect(readdirSync(folder).filter((name) => name.startsWith("settings"))).toEqual(["settings.cell", "settings.env"]);
  });

  test("makes no key by itself: one that is missing is said, since what is sealed needs the one that was", async () => {
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace(/^KEKS=.*$/m, "KEKS=''").replace(/^PUSH_KEY=.*$/m, ""));
    const without = readFileSync(file, "utf8");
    expect((await deploy()).said).toContain("KEKS: is missing; `npm run keys` makes it");
    expect(readFileSync(file, "utf8")).toBe(without);
    writeFileSync(file, whole);
  });

  test("refuses what the Worker would refuse, all at once, by name and without a value, and builds nothing", async () => {
    const host = Buffer.from("clerk.growqr.example$").toString("base64");
    const good = {
      ...{ PUBLIC_URL: "https://growqr.example", LIBSQL_URL: nowhere, RIVET_URL: nowhere },
      ...{ RELAY_URL: nowhere, CLERK_PUBLISHABLE_KEY: `pk_live_${host}` },
      ...{ CLERK_SECRET_KEY: "sk_live_canary", CLERK_API_URL: clerkApi.url },
      ...{ MODEL_URL: model.url, MODEL_KEY: "sk-canary-another-key", MODEL_NAME: "demo" },
      ...{ PREVIEW_DOMAIN: "growqr-previews.example", APPS_DOMAIN: "growqr-apps.example", IDENTITY_JWT_KEY: identity.publicPem },
    };
    fill({
      ...good,
      ...{
        ENVIRONMENT: "local",
        PUBLIC_URL: "http://growqr.example",
        RIVET_URL: "engine",
        MODEL_NMAE: "typo",
        APPS_DOMAIN: "apps.growqr.example",
      },
      ...{ CLERK_SECRET_KEY: "sk_test_canary", STRIPE_KEY: "sk_live_canary", MODEL_KEY: "" },
    });
    const refused = await deploy(["--dry-run"], account());
    expect(refused.code).toBe(2);
    for (const told of [
      "ENVIRONMENT: a deployment is 'production' or 'preview'",
      "PUBLIC_URL: a deployment's begins with https:// and has no port",
      "RIVET_URL: Invalid URL",
      "MODEL_NMAE: there is no such setting",
      "MODEL_KEY: is missing",
      "CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY are of different instances",
      "STRIPE_KEY, STRIPE_WEBHOOK_SECRET and STRIPE_PRICE_STUDIO are given together",
    ])
      expect(refused.said).toContain(told);
    fill({
      ...good,
      ENVIRONMENT: "production",
      MODEL_NMAE: "",
      STRIPE_KEY: "",
      PREVIEW_DOMAIN: "preview.growqr.example",
    });
    const apart = await deploy(["--dry-run"], account());
    expect([apart.code, apart.said]).toEqual([2, expect.stringContaining("PREVIEW_DOMAIN lies within the domain of PUBLIC_URL")]);
    fill(good);
    expect(refused.said + apart.said).not.toContain("canary");
    expect(readdirSync(folder)).not.toContain("built");
  });

  test("asks what the settings name, and says all that is not as it must be at once; what comes up later may be away", async () => {
    const { code, said } = await deploy(["--dry-run"], account("another"));
    expect(code).toBe(2);
    for (const told of [
      /the database: no answer \(ECONNREFUSED\)/,
      /the model's provider: it refuses the credential \(401\)/,
      /Cloudflare: it refuses the credential \(401\)/,
      /the engine: no answer \(ECONNREFUSED\); its part of the cell comes up after the edge/,
      /the runner's relay: .*; its part of the cell comes up after the edge/,
      /Nothing was changed/,
    ])
      expect(said).toMatch(told);
    const { CLOUDFLARE_API_TOKEN: _, ...without } = account();
    expect((await deploy(["--dry-run"], { ...without, CLOUDFLARE_API_TOKEN: "" })).said).toContain(
      "CLOUDFLARE_API_TOKEN is not in the environment",
    );
    expect(said).not.toContain("canary");
    expect(readdirSync(folder)).not.toContain("built");
  });

  test("builds all that it would send for this origin, in a dry run, and no key is in it", async () => {
    const { CELL_LIBSQL_JWT_KEY: jwtKey = "" } = readSettingsFile(file);
    libsql = await startLibsql(instance, path.join(folder, "libsql"), { jwtKey });
    fill({ LIBSQL_URL: libsql.url, MODEL_KEY: modelKey });
    const { code, said } = await deploy(["--dry-run"], account());
    expect([code, said]).toEqual([0, expect.stringContaining("nothing was changed")]);
    expect(said).toMatch(/the Worker: \d+ kB compressed, of 3072 \(free\) or 10240 \(paid\)/);
    const headers = readFileSync(path.join(folder, "built/settings/app/_headers"), "utf8");
    for (const origin of ["https://clerk.growqr.example", "https://*.growqr-previews.example", "https://*.growqr-apps.example"])
      expect(headers).toContain(origin);
    expect(headers).not.toContain("localhost");
    expect(headers).toMatch(/script-src 'self' 'sha256-[^']+' https:\/\/challenges\.cloudflare\.com;/);
    const made = readSettingsFile(file);
    const privateParts = [...JSON.parse(made.SIGNING_KEYS ?? "[]"), JSON.parse(made.PUSH_KEY ?? "{}")].map(({ d }) => d);
    expect(privateParts).toEqual([expect.any(String), expect.any(String)]);
    const secrets = [
      ...privateParts,
      made.RIVET_TOKEN,
      made.LIBSQL_TOKEN,
      made.KEK_CURRENT && JSON.parse(made.KEKS ?? "{}")[made.KEK_CURRENT],
      made.MODEL_KEY,
    ];
    for (const built of filesBelow(path.join(folder, "built"))) {
      const text = readFileSync(built, "utf8");
      expect(
        secrets.filter((secret) => text.includes(secret)),
        built,
      ).toEqual([]);
    }
    for (const secret of secrets) expect(said).not.toContain(secret);
    const cell = ["engine-token", "libsql-jwt-key"].map((name) => readFileSync(path.join(folder, "settings.cell", name), "utf8"));
    expect(cell).toEqual([made.RIVET_TOKEN, writeDatabaseKeys([made.CELL_LIBSQL_JWT_KEY ?? ""])]);
    expect(await countMigrations()).toBeUndefined(); // a dry run makes no table
  });

  test("another word or option is told how it is said", async () => {
    for (const args of [["--dryrun"], ["now"], ["--rotate", "KEKS"], ["--settings"]])
      expect(await deploy(args)).toEqual({ code: 2, said: expect.stringContaining("npm run deploy  [-- --dry-run]") });
    // npm keeps a flag that has no -- before it: the command would then do what it was to try
    for (const taken of [{ npm_config_dry_run: "true" }, { npm_config_settings: "deploy/preview.env" }])
      expect(await deploy([], { ...account(), ...taken })).toEqual({ code: 2, said: expect.stringContaining("The -- belongs to npm") });
    expect(cloudflare.kept).toEqual([]);
    expect(await call("migrate", ["--dry-run"])).toEqual({
      code: 0,
      said: expect.stringMatching(/it lacks 0000_first, .*; nothing was changed/),
    });
  });
});

/** How many migrations the database has had; undefined where it has never been migrated. */
async function countMigrations(): Promise<unknown> {
  const client = createClient({ url: libsql!.url, authToken: readSettingsFile(file).LIBSQL_TOKEN ?? "" });
  const { rows } = await client.execute("select 1 from sqlite_master where name = '__drizzle_migrations'");
  const counted = rows.length > 0 ? await client.execute("select count(*) as n from __drizzle_migrations") : undefined;
  client.close();
  return counted?.rows[0]?.n;
}

describe("a deployment", { timeout: limit(240_000) }, () => {
  const migrations = readdirSync(path.join(root, "schema/migrations/database")).filter((name) => name.endsWith(".sql")).length;

  test("is not begun where the account is another: the database stays as it is", async () => {
    const { code, said } = await deploy([], { ...account(), CLOUDFLARE_ACCOUNT_ID: "no-account" });
    expect([code, said]).toEqual([2, expect.stringContaining("Cloudflare: it does not answer well (404)")]);
    expect([cloudflare.kept, await countMigrations()]).toEqual([[], undefined]);
  });

  test("that Cloudflare breaks off says what may have come about; the next call goes on, and no key is left lying", async () => {
    await expect(migrate(libsql!.url)).rejects.toThrow(); // it asks for a token, as the cell's does
    cloudflare.refused.add("/scripts/growqr");
    const unsent = await deploy([], account());
    expect([unsent.code, unsent.said]).toEqual([1, expect.stringContaining("The Worker may have been sent all the same")]);
    expect([cloudflare.kept, await countMigrations()]).toEqual([[], migrations]);
    expect(readdirSync(path.join(folder, "built/settings"))).not.toContain("secrets.json");
    cloudflare.refused.delete("/scripts/growqr");
  });

  test("sends the Worker with its settings as secrets, the app's files, the app's name and the names below the others", async () => {
    const { code, said } = await deploy([], account());
    expect([code, said]).toEqual([1, expect.stringContaining("the database is at this version already")]);
    expect(said).toContain("https://growqr.example/ready does not answer"); // so it ends with 1: nobody is served there
    const [sent] = cloudflare.kept;
    const { CELL_LIBSQL_JWT_KEY: _, ...made } = readSettingsFile(file);
    const clerk = { IDENTITY: "clerk", IDENTITY_ISSUER: "https://clerk.growqr.example", IDENTITY_PARTIES: "https://growqr.example" };
    expect(sent?.secrets).toEqual({ ...clerk, ...made });
    expect([sent?.domains, sent?.routes]).toEqual([["growqr.example"], ["*.growqr-previews.example/*", "*.growqr-apps.example/*"]]);
    expect(sent?.crons).toEqual(["* * * * *"]);
    expect(sent?.files).toEqual(expect.arrayContaining(["/index.html", "/sw.js"]));
    expect(await countMigrations()).toBe(migrations);
  });

  test("asks Clerk for the key of its tokens where the file has none, and takes from the Worker what left the file", async () => {
    const clerk = await startClerk(identity);
    fill({ IDENTITY_JWT_KEY: "", IDENTITY_ISSUER: clerk.url, MAIL_URL: "", TRACES_RATIO: "0.5" });
    try {
      await deploy([], account());
      const sent = cloudflare.kept.at(-1)?.secrets ?? {};
      expect(sent).toMatchObject({ IDENTITY_KEY_ID: identity.kid, TRACES_RATIO: "0.5" });
      expect(createPublicKey(sent.IDENTITY_JWT_KEY ?? "").equals(createPublicKey(identity.publicPem))).toBe(true);
      fill({ TRACES_RATIO: "" });
      const { said } = await deploy([], account());
      expect(said).toContain("the Worker has TRACES_RATIO no more: the file has not");
      expect(cloudflare.kept.at(-1)?.secrets).not.toHaveProperty("TRACES_RATIO");
    } finally {
      await clerk.close();
      fill({ IDENTITY_JWT_KEY: identity.publicPem, IDENTITY_ISSUER: "" });
    }
    const { said } = await deploy([], account());
    expect(said).toContain("the Worker has IDENTITY_KEY_ID no more"); // it would refuse every token of the key that the file names
  });

  test("of the other environment is another Worker's, with test keys", async () => {
    const host = Buffer.from("clerk.growqr.example$").toString("base64");
    fill({ ENVIRONMENT: "preview" });
    expect((await deploy(["--dry-run"], account())).said).toContain("CLERK_PUBLISHABLE_KEY is of the other environment");
    fill({ CLERK_PUBLISHABLE_KEY: `pk_test_${host}`, CLERK_SECRET_KEY: "sk_test_canary" });
    await deploy([], account());
    expect(cloudflare.kept.at(-1)?.name).toBe("growqr-preview");
    fill({ ENVIRONMENT: "production" });
    expect((await deploy(["--dry-run"], account())).said).toContain("CLERK_PUBLISHABLE_KEY is of the other environment");
    fill({ CLERK_PUBLISHABLE_KEY: `pk_live_${host}`, CLERK_SECRET_KEY: "sk_live_canary" });
  });

  test("whose file lists operators, as an older version's did, is told how they stay operators before anything is changed", async () => {
    fill({ OPERATORS: "user_1,user_2" });
    const [sent, { code, said }] = [cloudflare.kept.length, await deploy([], account())];
    expect([code, said]).toEqual([2, expect.stringContaining("OPERATORS: is no setting any more")]);
    expect(said).toMatch(/`npm run migrate`, then `npm run operator -- <e-mail>` for each of them, then take this line out/);
    expect([cloudflare.kept.length, said.includes("user_1")]).toEqual([sent, false]);
    fill({ OPERATORS: "" });
  });

  test("says how the first operator is made as long as there is none", async () => {
    const { said } = await deploy([], account());
    expect(said).toContain("nobody is an operator yet: sign up at https://growqr.example, then `npm run operator");
    expect(said).toContain("there is no CLERK_WEBHOOK_SECRET");
    const client = createClient({ url: libsql!.url, authToken: readSettingsFile(file).LIBSQL_TOKEN ?? "" });
    const columns = "(id, subject, name, email, roles, created_at)";
    await client.execute(`insert into member ${columns} values ('mem_1', 'user_1', 'Ada', 'ada@example.com', '["operator"]', 1)`);
    expect((await deploy([], account())).said).not.toContain("nobody is an operator");
    client.close();
  });

  test("is refused where the file lacks a key that records are sealed with", async () => {
    const { LIBSQL_TOKEN: authToken = "", ...made } = readSettingsFile(file);
    const client = createClient({ url: libsql!.url, authToken });
    const sealed = JSON.stringify({ v: 1, k: "k-of-another-file" });
    await client.execute({
      sql: "insert into idempotency (scope, route, key, body_hash, answer, started_at) values ('s', 'r', 'k', 'h', ?, 0)",
      args: [sealed],
    });
    const refused = await deploy(["--dry-run"], account());
    expect([refused.code, refused.said]).toEqual([2, expect.stringContaining("the database: it has records that KEKS has no key for")]);
    fill({ KEKS: JSON.stringify({ ...JSON.parse(made.KEKS ?? "{}"), "k-of-another-file": "A".repeat(43) }) });
    expect((await deploy(["--dry-run"], account())).code).toBe(0);
    await client.execute("delete from idempotency");
    client.close();
    fill({ KEKS: made.KEKS ?? "" });
  });

  test("is a Worker that serves the app and knows who is signed in", async () => {
    const worker = path.join(folder, "sent");
    mkdirSync(worker);
    const sent = cloudflare.kept.findLast(({ name }) => name === "growqr");
    for (const [name, bytes] of sent?.modules ?? []) writeFileSync(path.join(worker, name), bytes);
    const built = { worker, app: path.join(folder, "built/settings/app") };
    const edge = await startEdge(instance, folder, sent?.secrets ?? {}, instance.ports.edge, { built });
    try {
      const page = await fetch(`${edge.url}/`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<title>GrowQR")]);
      expect(page.headers.get("content-security-policy")).toContain("https://clerk.growqr.example");
      const user = { id: "user_2", email: "ada@example.com", firstName: "Ada", lastName: "Lind", createdAt: 0 };
      const said = { issuer: "https://clerk.growqr.example", azp: "https://growqr.example", told: true };
      const authorization = `Bearer ${await mint(identity, { sessionId: "sess_1", user }, said, Math.floor(Date.now() / 1000))}`;
      const billing = await fetch(`${edge.url}/billing`, { headers: { authorization } });
      expect([billing.status, await billing.json()]).toEqual([200, expect.objectContaining({ entitlement: "none" })]);
      expect((await fetch(`${edge.url}/billing`)).status).toBe(401);
    } finally {
      await edge.stop();
    }
  });
});
