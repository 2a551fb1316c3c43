import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createClient } from "@libsql/client";
import { exportSPKI, generateKeyPair } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloudflare } from "../../doubles/cloudflare/deployment.ts";
import { type IdentityKey, mint, openKey } from "../../doubles/identity/token.ts";
import { migrate } from "../../local/database.ts";
import { describeSettings, readEdgeRules, readSettingsFile } from "../../local/deploy/settings-file.ts";
import { startEdge } from "../../local/edge/edge.ts";
import { type Libsql, startLibsql } from "../../local/libsql.ts";
import { root } from "../../local/process.ts";
import { limit } from "../suite/limit.ts";
import { testInstance } from "../suite/test-instance.ts";

/** `npm run deploy` as an operator has it; a double stands for Cloudflare's API, workerd for its machines. */
const folder = mkdtempSync(path.join(tmpdir(), "growqr-deploy-"));
const file = path.join(folder, "settings.env");
afterAll(() => rmSync(folder, { recursive: true }));

async function deploy(args: string[] = [], env: Record<string, string> = {}): Promise<{ code: number; said: string }> {
  const words = [path.join(root, "test/local/main.ts"), "deploy", "--settings", file, ...args];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { cwd: root, env: { ...process.env, ...env } });
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
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

test("every setting of the edge stands in its README", async () => {
  const { listEdgeSettings } = await readEdgeRules();
  const told = describeSettings();
  expect(
    listEdgeSettings()
      .map(({ name }) => name)
      .filter((name) => !told.has(name)),
  ).toEqual([]);
});

describe("npm run deploy", { timeout: limit(240_000) }, () => {
  test("makes keys at its first call, for its owner alone, and says what to fill in", async () => {
    const first = await deploy();
    expect([first.code, first.said]).toEqual([2, expect.stringContaining(file)]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const made = readSettingsFile(file);
    expect(Object.keys(made)).toEqual(expect.arrayContaining(["SIGNING_KEYS", "KEKS", "PUSH_KEY", "RIVET_TOKEN", "LIBSQL_TOKEN"]));
    const again = await deploy();
    expect([again.code, again.said]).toEqual([2, expect.stringMatching(/Fill in PUBLIC_URL, .*MODEL_NAME/)]);
    expect(readSettingsFile(file)).toEqual(made);
    expect(readdirSync(folder)).toEqual(["settings.env"]);
  });

  test("refuses what the Worker would refuse, by name and without a value, and builds nothing", async () => {
    const { publicKey } = await generateKeyPair("RS256");
    const host = Buffer.from("clerk.growqr.example$").toString("base64");
    fill({
      ...{ PUBLIC_URL: "https://growqr.example", LIBSQL_URL: "https://db.growqr.example", RIVET_URL: "https://engine.growqr.example" },
      ...{ RELAY_URL: "https://relay.growqr.example", CLERK_PUBLISHABLE_KEY: `pk_live_${host}`, OPERATORS: "user_1" },
      ...{ MODEL_URL: "https://models.example/v1", MODEL_KEY: "sk-canary-model-key", MODEL_NAME: "sonnet" },
      ...{ PREVIEW_DOMAIN: "preview.growqr.example", APPS_DOMAIN: "growqr-apps.example" },
      ...{ IDENTITY_JWT_KEY: await exportSPKI(publicKey), CELL_LIBSQL_URL: "http://127.0.0.1:1" },
    });
    const refused = await deploy(["--dry-run"]);
    expect([refused.code, refused.said]).toEqual([2, expect.stringContaining("PREVIEW_DOMAIN lies within the domain of PUBLIC_URL")]);
    fill({ PREVIEW_DOMAIN: "growqr-previews.example", MODEL_NMAE: "typo" });
    expect((await deploy(["--dry-run"])).said).toContain("settings that there are not: MODEL_NMAE");
    fill({ MODEL_NMAE: "" });
    for (const local of [{ ENVIRONMENT: "local" }, { PUBLIC_URL: "http://growqr.example" }]) {
      const before = readSettingsFile(file);
      fill(local);
      expect((await deploy(["--dry-run"])).said).toContain("ENVIRONMENT='production'");
      fill({ ENVIRONMENT: before.ENVIRONMENT!, PUBLIC_URL: before.PUBLIC_URL! });
    }
    expect(refused.said).not.toContain("canary");
    expect(readdirSync(folder)).toEqual(["settings.env"]);
  });

  test("builds all that it would send for this origin, in a dry run, and no key is in it", async () => {
    const { code, said } = await deploy(["--dry-run"]);
    expect([code, said]).toEqual([0, expect.stringContaining("nothing was changed")]);
    const headers = readFileSync(path.join(folder, "built/app/_headers"), "utf8");
    for (const origin of ["https://clerk.growqr.example", "https://*.growqr-previews.example", "https://*.growqr-apps.example"])
      expect(headers).toContain(origin);
    expect(headers).not.toContain("localhost");
    const made = readSettingsFile(file);
    const secrets = [made.RIVET_TOKEN, made.LIBSQL_TOKEN, made.KEK_CURRENT && JSON.parse(made.KEKS ?? "{}").k1, made.MODEL_KEY];
    for (const built of filesBelow(path.join(folder, "built"))) {
      const text = readFileSync(built, "utf8");
      expect(
        secrets.filter((secret) => text.includes(secret)),
        built,
      ).toEqual([]);
    }
    for (const secret of secrets) expect(said).not.toContain(secret);
    const cell = readSettingsFile(path.join(folder, "cell.env"));
    expect(cell).toEqual({ ENGINE_TOKEN: made.RIVET_TOKEN, LIBSQL_JWT_KEY: made.CELL_LIBSQL_JWT_KEY });
  });
});

describe("a deployment", { timeout: limit(240_000) }, () => {
  const instance = testInstance("doubles");
  const apiToken = "token-of-an-operator";
  let libsql: Libsql;
  let cloudflare: Awaited<ReturnType<typeof startCloudflare>>;
  let identity: IdentityKey;
  beforeAll(async () => {
    cloudflare = await startCloudflare(apiToken);
    identity = await openKey(folder);
    const { CELL_LIBSQL_JWT_KEY: jwtKey = "" } = readSettingsFile(file);
    libsql = await startLibsql(instance, path.join(folder, "libsql"), { jwtKey });
    fill({ IDENTITY_JWT_KEY: identity.publicPem, CELL_LIBSQL_URL: "", LIBSQL_URL: libsql.url });
  });
  afterAll(async () => {
    await Promise.all([cloudflare.close(), libsql.stop()]);
  });
  const account = (token: string) => ({
    CLOUDFLARE_API_BASE_URL: cloudflare.url,
    CLOUDFLARE_API_TOKEN: token,
    CLOUDFLARE_ACCOUNT_ID: "account",
  });
  const countMigrations = async () => {
    const client = createClient({ url: libsql.url, authToken: readSettingsFile(file).LIBSQL_TOKEN ?? "" });
    const { rows } = await client.execute("select count(*) as n from __drizzle_migrations");
    client.close();
    return rows[0]?.n;
  };
  const migrations = readdirSync(path.join(root, "schema/migrations/database")).filter((name) => name.endsWith(".sql")).length;

  test("that Cloudflare refuses says so, with nothing sent; the database is ready for the next try", async () => {
    await expect(migrate(libsql.url)).rejects.toThrow(); // it asks for a token, as the cell's does
    const { code, said } = await deploy([], account("another"));
    expect([code, said]).toEqual([1, expect.stringContaining("what is deployed is as it was")]);
    expect([cloudflare.kept, await countMigrations()]).toEqual([[], migrations]);
    expect(readdirSync(path.join(folder, "built"))).not.toContain("secrets.json");
  });

  test("sends the Worker with its settings as secrets, the app's files, the app's name and the names below the others", async () => {
    const { code, said } = await deploy([], account(apiToken));
    expect([code, said]).toEqual([0, expect.stringContaining("the database is at this version")]);
    const [sent] = cloudflare.kept;
    const { CELL_LIBSQL_JWT_KEY: _, ...made } = readSettingsFile(file);
    const clerk = { IDENTITY: "clerk", IDENTITY_ISSUER: "https://clerk.growqr.example", IDENTITY_PARTIES: "https://growqr.example" };
    expect(sent?.secrets).toEqual({ ...clerk, ...made });
    expect([sent?.domains, sent?.routes]).toEqual([["growqr.example"], ["*.growqr-previews.example/*", "*.growqr-apps.example/*"]]);
    expect(sent?.crons).toEqual(["* * * * *"]);
    expect(sent?.files).toEqual(expect.arrayContaining(["/index.html", "/sw.js"]));
    expect(await countMigrations()).toBe(migrations);
  });

  test("is a Worker that serves the app and knows who is signed in", async () => {
    const worker = path.join(folder, "sent");
    mkdirSync(worker);
    const [sent] = cloudflare.kept;
    for (const [name, bytes] of sent?.modules ?? []) writeFileSync(path.join(worker, name), bytes);
    const built = { worker, app: path.join(folder, "built/app") };
    const edge = await startEdge(instance, folder, sent?.secrets ?? {}, instance.ports.edge, { built });
    try {
      const page = await fetch(`${edge.url}/`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<title>GrowQR")]);
      expect(page.headers.get("content-security-policy")).toContain("https://clerk.growqr.example");
      const user = { id: "user_2", email: "ada@example.com", firstName: "Ada", lastName: "Lind", createdAt: 0 };
      const issued = [identity, { sessionId: "sess_1", user }, "https://clerk.growqr.example", "https://growqr.example"] as const;
      const authorization = `Bearer ${await mint(...issued, Math.floor(Date.now() / 1000))}`;
      const billing = await fetch(`${edge.url}/billing`, { headers: { authorization } });
      expect([billing.status, await billing.json()]).toEqual([200, expect.objectContaining({ entitlement: "none" })]);
      expect((await fetch(`${edge.url}/billing`)).status).toBe(401);
    } finally {
      await edge.stop();
    }
  });
});
