import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { cellFolderOf } from "../../edge/deploy/keys.ts";
import { answers, answerTo, composer, openBrowser, openContext, quiet, say, signInAs, watch } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { type Front, startFront } from "../harness/front.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { containers } from "../harness/member-containers.ts";
import { limit } from "../harness/suite/limit.ts";
import { type Identity, signIn, startIdentity } from "../local/identity.ts";
import { type Model, startModel } from "../local/model.ts";
import { type Compose, folder, instance, openCompose, settingsFile, writeSettings } from "./compose-cell.ts";

/**
 * What somebody without Cloudflare does with docker-compose.yml, with a production's settings: nothing of a
 * demo. Doubles stand for Clerk and the model alone. The edge reaches the cell through a stand-in for the
 * tunnel, which lets nobody in without its service token. In order.
 */
const operator = "operator@example.com";
const [app, clerk] = ["growqr.example", "clerk.growqr.example"];
const { ports } = instance;
const ingress = { INGRESS_ID: "ingress.access", INGRESS_SECRET: "secret-of-the-ingress" };
const edgeUrl = `http://127.0.0.1:${ports.edge}`;
let compose: Compose;
let identity: Identity;
let model: Model;
let tunnels: Front[] = [];
let front: Front;
let browser: Browser;
skipAfterFailure();

/** In the place of the tunnel: the headers of its service token open it, and stay in front of the cell. */
const startTunnel = (port: number) =>
  startFront(({ headers }) => {
    const { "cf-access-client-id": id, "cf-access-client-secret": secret } = headers;
    if (id !== ingress.INGRESS_ID || secret !== ingress.INGRESS_SECRET) return undefined;
    const closed = { "cf-access-client-id": undefined, "cf-access-client-secret": undefined };
    return { to: `http://127.0.0.1:${port}`, headers: closed };
  });
function makeCertificate(): { key: Buffer; cert: Buffer } {
  const files = ["key.pem", "cert.pem"].map((name) => path.join(folder, name)) as [string, string];
  const subject = ["-subj", `/CN=${app}`, "-addext", `subjectAltName=DNS:${app},DNS:*.${app}`, "-keyout", files[0], "-out", files[1]];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...kind, ...subject], { stdio: "ignore" });
  return { key: readFileSync(files[0]), cert: readFileSync(files[1]) };
}
/** What ends TLS in front of the edge; and Clerk's own address. */
const startProxy = () =>
  startFront(
    ({ headers, socket }) => {
      if (headers.host === clerk) return { to: identity.url, headers: { host: new URL(identity.url).host } };
      return headers.host === app ? { to: edgeUrl, headers: { "x-forwarded-for": socket.remoteAddress } } : undefined;
    },
    { tls: makeCertificate() },
  );

beforeAll(async () => {
  compose = await openCompose(() => undefined);
  tunnels = await Promise.all([ports.libsql, ports.engine, ports.relay].map(startTunnel));
  const [database, engine, relay] = tunnels.map(({ port }) => `http://127.0.0.1:${port}`) as [string, string, string];
  const keys = { webhookSecret: `whsec_${"A".repeat(32)}`, identitySecret: "sk_live_double" };
  identity = await startIdentity(instance, path.join(folder, "identity"), { appUrl: `https://${app}`, keys });
  model = await startModel(instance, path.join(folder, "model"), "sk-model-of-a-test");
  await writeSettings({
    ...{ PUBLIC_URL: `https://${app}`, LIBSQL_URL: database, RIVET_URL: engine, RELAY_URL: relay, ...ingress },
    ...{ CLERK_PUBLISHABLE_KEY: `pk_live_${btoa(`${clerk}$`)}`, CLERK_SECRET_KEY: keys.identitySecret },
    ...{ CLERK_WEBHOOK_SECRET: keys.webhookSecret, CLERK_API_URL: identity.url, IDENTITY_ISSUER: identity.issuer },
    ...{ MODEL_URL: model.url, MODEL_KEY: model.key, MODEL_NAME: model.model },
  });
  await compose.must("build");
  front = await startProxy();
  browser = await openBrowser({ leads: `MAP *.example 127.0.0.1:${front.port}` });
}, limit(900_000));
afterAll(async () => {
  await browser?.close();
  await compose?.down();
  await Promise.all([front, ...tunnels].map((each) => each?.close()));
  await Promise.all([identity?.stop(), model?.stop()]);
}, limit(120_000));

test("with a port taken nothing is started, and which one it is is said", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(ports.engine, "127.0.0.1", resolve));
  const { code, said } = await compose.run("up", "--detach");
  taken.close();
  expect([code, said]).toEqual([1, expect.stringContaining(`service "ports" didn't complete successfully`)]);
  const told = await compose.must("logs", "ports");
  expect(told).toContain(`Port ${ports.engine} (engine) is in use by another program`);
  expect(told).toContain("GROWQR_PORTS");
  const started = (await compose.services()).filter(({ State }) => State !== "created").map(({ Service }) => Service);
  expect(started.filter((name) => !/ports?$/.test(name))).toEqual([]);
});

test("from a clean clone each service comes to health; a machine that has not joined waits, and says so", async () => {
  await compose.must("up", "--detach");
  await eventually("every service is healthy", async () => {
    const seen = await compose.services();
    const running = seen.filter(({ State }) => State === "running");
    return running.length === 5 && running.every(({ Health }) => Health === "healthy");
  });
  for (const part of ["runner", "agent-host"]) {
    expect(compose.healthOf(part)).toBe("waits: not joined");
    expect(await compose.must("logs", part)).toContain("not joined: an operator makes a token at /machine");
  }
  const again = await compose.must("up", "--detach"); // its own ports are no other program's
  expect(again).not.toMatch(/Recreate|Error/);
});

test("no secret stands in the settings of a container", async () => {
  const secrets = ["engine-token", "libsql-jwt-key"].map((name) => readFileSync(path.join(cellFolderOf(settingsFile), name), "utf8"));
  const all = (await compose.must("ps", "--all", "--quiet")).trim().split("\n");
  const seen = execFileSync("docker", ["inspect", ...all], { encoding: "utf8", maxBuffer: 1 << 26 });
  for (const secret of [...secrets, model.key, ingress.INGRESS_SECRET]) expect(seen).not.toContain(secret);
});

test(
  "one command makes a runner and a host of this machine, and they go on by themselves",
  async () => {
    await signIn(identity.url, operator);
    expect(await compose.must("run", "--rm", "operator", operator)).toContain("is an operator at Clerk");
    const { token } = await signIn(identity.url, operator);
    const makeToken = async (role: string) => {
      const headers = { authorization: `Bearer ${await token()}`, "content-type": "application/json" };
      const answer = await fetch(`${edgeUrl}/hosts/tokens`, { method: "POST", headers, body: JSON.stringify({ role }) });
      return z.object({ token: z.string() }).parse(await answer.json()).token;
    };
    const none = await compose.run("run", "--rm", "join", "gqj_abc");
    expect([none.code, none.said]).toEqual([2, expect.stringContaining("docker compose run --rm join <token>")]);
    const tokens = [await makeToken("host"), await makeToken("runner")];
    const joined = await compose.must("run", "--rm", "join", ...tokens);
    expect(joined).toContain(`runners reach it at 127.0.0.1:${ports.host}`);
    const readiness = z.object({ ready: z.boolean(), parts: z.record(z.string(), z.looseObject({ ok: z.boolean() })) });
    const isReady = async () => {
      const { ready, parts } = readiness.parse(await (await fetch(`${edgeUrl}/ready`)).json());
      return ready && ["db", "engine", "hosts", "git", "ci"].every((part) => parts[part]?.ok);
    };
    await eventually("database, engine, host, repositories and clean rooms are ready", isReady);
    await eventually("the host says that it serves", async () => / serves at 127\.0\.0\.1:/.test(compose.healthOf("agent-host")));
    const used = await compose.run("run", "--rm", "-e", "HOST_STATE=/tmp/none", "-e", "RUNNER_STATE=/tmp/none", "join", tokens[0] ?? "");
    expect([used.code, used.said]).toEqual([1, expect.stringContaining(`Make another at https://${app}/machine`)]);
  },
  limit(180_000),
);

test(
  "a person signs in, starts a trial, has a private stack, and is answered",
  async () => {
    const context = await openContext(browser);
    const page = await context.newPage();
    const errors: string[] = [];
    watch(page, errors);
    await page.goto(`https://${app}/`);
    await page.getByRole("heading", { name: "Sign in to GrowQR" }).waitFor();
    await signInAs(page, "ada@example.com");
    await page.getByRole("button", { name: "Start free trial" }).click();
    await page.getByRole("heading", { name: /^Ready in/ }).waitFor({ timeout: limit(120_000) });
    await composer(page).waitFor();
    await say(page, "hello");
    await answers(page)
      .first()
      .getByText("I'm the demo model", { exact: false }) // what can be asked next stands below it, and says hello too
      .waitFor({ timeout: limit(90_000) });
    await quiet(page);
    const [first = "", second = "", ...others] = await containers(instance.name);
    expect([first.split(" ")[1], second.split(" ")[1], others]).toEqual(["running", "running", []]);
    expect(errors).toEqual([]);
    expect(tunnels.map(({ refused }) => refused())).toEqual([0, 0, 0]);
    await context.close();
  },
  limit(240_000),
);

test(
  "an archive is taken while all of it serves, and put back: the conversation is there, without what was said since",
  async () => {
    const context = await openContext(browser);
    const page = await context.newPage();
    await page.goto(`https://${app}/`);
    await signInAs(page, "ada@example.com");
    await page.getByRole("log").getByText("hello").first().waitFor();
    const taken = await compose.must("run", "--rm", "backup");
    expect(taken).toMatch(/the engine stood still for \d+ ms/);
    const [archive = ""] = /\/backups\/[\dT-]+/.exec(taken) ?? [];
    expect(taken).toContain(`${archive} has the database and the engine's store`);
    const refused = await compose.run("run", "--rm", "restore", archive);
    expect([refused.code, refused.said]).toEqual([2, expect.stringContaining("The engine runs on /state/engine")]);
    const sayAndHear = async (text: string) => {
      await say(page, text);
      await answerTo(page, text)
        .getByText("I'm the demo model", { exact: false })
        .waitFor({ timeout: limit(90_000) });
    };
    await sayAndHear("this is said since"); // one that the page has not yet seen taken would be sent again

    await compose.must("stop", "edge", "runner", "engine");
    const put = await compose.must("run", "--rm", "restore", archive, "--over");
    for (const line of ["has the database that is replaced", "the database is as it was on", "has the store that was there"])
      expect(put).toContain(line);
    await compose.must("up", "--detach", "--wait");

    await page
      .getByRole("log")
      .getByText("this is said since")
      .waitFor({ state: "detached", timeout: limit(90_000) });
    await page.getByRole("log").getByText("hello").first().waitFor();
    expect(await answers(page).count()).toBe(1); // that to what was said since has gone with it
    await sayAndHear("and again");
    expect(tunnels.map(({ refused: strangers }) => strangers())).toEqual([0, 0, 0]);
    await context.close();
  },
  limit(240_000),
);
