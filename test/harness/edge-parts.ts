import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { migrate } from "../../edge/deploy/migrate.ts";
import type { Instance } from "../../schema/machine/instance.ts";
import { type MachineId, newMachineKey, signCall } from "../../schema/machine/machine.ts";
import { id } from "../../schema/wire/id.ts";
import { type EdgeBindings, startEdge } from "../local/edge.ts";
import { identityBindings, makeOperator, operatorEmail, signIn, startIdentity } from "../local/identity.ts";
import { startLibsql } from "../local/libsql.ts";
import { demoPayments } from "../local/payments.ts";
import { bin, root, type Started } from "../local/process.ts";
import { runnerFolder } from "../local/runner.ts";
import { keyBindings, openSecrets, type Secrets } from "../local/secrets.ts";
import { limit } from "./suite/limit.ts";

export const operatorMail = operatorEmail;

export type EdgeUp = {
  instance: string;
  url: string;
  publicUrl: string;
  folder: string;
  identityUrl: string;
  issuer: string;
  libsqlUrl: string;
  rivetUrl: string;
  rivetToken: string;
  modelUrl: string;
  modelKey: string;
  log: string;
  /** The Worker's settings, for another one on the same parts. */
  bindings: EdgeBindings;
  /** A host on which stacks can be placed; tests keep its heart beating. */
  host?: { id: string; keyPem: string };
};

/**
 * Database, sign-in page and Worker of an instance, from nothing. `rivetUrl` and `modelUrl` may be addresses
 * where nobody listens.
 */
export async function startParts(
  instance: Instance,
  folder: string,
  others: { rivetUrl: string; rivetToken: string; modelUrl: string; modelKey: string },
  extra: EdgeBindings = {},
  served: { mostCalls?: number; clock?: number } = {},
): Promise<{ up: EdgeUp; parts: Started[] }> {
  const url = `http://127.0.0.1:${instance.ports.edge}`;
  const publicUrl = `http://localhost:${instance.ports.edge}`;
  const secrets = await openSecrets(folder);
  const libsql = await startLibsql(instance, folder);
  const identity = await startIdentity(instance, folder, { appUrl: publicUrl, keys: secrets });
  await migrate(libsql.url);
  await signIn(identity.url, operatorMail);
  await makeOperator(identity, { url: libsql.url, token: undefined });
  const bindings = {
    INSTANCE: instance.name,
    ENVIRONMENT: "local",
    PUBLIC_URL: publicUrl,
    LIBSQL_URL: libsql.url,
    RIVET_URL: others.rivetUrl,
    RIVET_TOKEN: others.rivetToken,
    RELAY_URL: `http://127.0.0.1:${instance.ports.relay}`,
    ...keyBindings(secrets),
    ...identityBindings(identity),
    IDENTITY_PARTIES: `${publicUrl},${url}`,
    MODEL_URL: others.modelUrl,
    MODEL_KEY: others.modelKey,
    MODEL_NAME: "demo",
    MODEL_DEMO: "1",
    ...demoPayments(instance, secrets),
    ...providerSettings(others.modelUrl),
    ...extra,
  };
  const edge = await startEdge(instance, folder, bindings, instance.ports.edge, served);
  const { url: identityUrl, issuer } = identity;
  const up = {
    instance: instance.name,
    url,
    publicUrl,
    folder,
    identityUrl,
    issuer,
    libsqlUrl: libsql.url,
    log: edge.log,
    bindings,
    ...others,
  };
  return { up, parts: [edge, identity, libsql] };
}

/** The model's double in the place of every provider, in each one's own dialect. */
function providerSettings(modelUrl: string): EdgeBindings {
  const { origin } = new URL(modelUrl);
  return { OPENAI_URL: modelUrl, ANTHROPIC_URL: modelUrl, GOOGLE_URL: `${origin}/v1beta`, MODELS_LOCAL: origin };
}

/** Where tests of reminders play the mail service, the browsers' push service and a member's own webhook. */
export function reminderDoubles(instance: Instance) {
  const { mail, spare } = instance.ports;
  return { mail, push: spare + 1, webhook: spare + 2 };
}
export function reminderSettings(instance: Instance, { mailKey, pushKey }: Secrets): EdgeBindings {
  const { mail, push, webhook } = reminderDoubles(instance);
  return {
    ...{ MAIL_URL: `http://127.0.0.1:${mail}`, MAIL_KEY: mailKey, MAIL_FROM: "GrowQR <reminders@example.com>" },
    MAIL_PAGE: `http://localhost:${mail}`,
    PUSH_KEY: JSON.stringify(pushKey),
    REMINDERS_LOCAL: `http://127.0.0.1:${push},http://127.0.0.1:${webhook}`,
  };
}

/** Where tests of domains play the resolver and the provider of certificates. */
export function domainDoubles(instance: Instance) {
  const { spare } = instance.ports;
  return { dns: spare + 3, certificates: spare + 4, zone: "0123456789abcdef0123456789abcdef", token: "certificates-of-a-test" };
}
export function domainSettings(instance: Instance): EdgeBindings {
  const { dns, certificates, zone, token } = domainDoubles(instance);
  return {
    DNS_OVER_HTTPS: `http://127.0.0.1:${dns}/dns-query`,
    ...{ CERTIFICATES_URL: `http://127.0.0.1:${certificates}`, CERTIFICATES_ZONE: zone, CERTIFICATES_TOKEN: token },
  };
}

/** The folder of a test instance, emptied. */
export function freshFolder(instance: Instance, below = ""): string {
  const folder = path.join(root, instance.folder, below);
  rmSync(folder, { recursive: true, force: true });
  return folder;
}

async function operatorCall(up: EdgeUp, where: string, body: object): Promise<unknown> {
  const operator = await signIn(up.identityUrl, operatorMail);
  const headers = { authorization: `Bearer ${await operator.token()}`, "content-type": "application/json" };
  const response = await fetch(up.url + where, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${where} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
const newToken = async (up: EdgeUp, role: "host" | "runner") =>
  z.object({ token: z.string() }).parse(await operatorCall(up, "/hosts/tokens", { role })).token;

/** Joins this machine as a runner by the public door, as its operator would. */
export async function joinRunner(instance: Instance, up: EdgeUp): Promise<void> {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    STATE_FOLDER: runnerFolder(up.folder),
    EDGE_URL: up.url,
    GROWQR_INSTANCE: instance.name,
  };
  const args = [path.join(root, "actors/main.ts"), "join", await newToken(up, "runner")];
  await promisify(execFile)(bin("node"), args, { cwd: root, env, timeout: limit(30_000) });
}

const emptyHost = { cpus: 64, memoryMb: 262_144, stacks: 4_000 };
/** A host with room for everyone that nobody can reach: stacks are placed on it, none comes up. */
export async function joinEmptyHost(instance: Instance, up: EdgeUp): Promise<{ id: MachineId; keyPem: string }> {
  const { keyPem, csrPem } = await newMachineKey("empty-host");
  const where = {
    name: "empty",
    address: "127.0.0.1",
    port: instance.ports.host,
    capacity: emptyHost,
  };
  const joined = await operatorCall(up, "/hosts/join", { token: await newToken(up, "host"), csr: csrPem, ...where });
  return { id: z.object({ id: id("hst") }).parse(joined).id, keyPem };
}

/**
 * The heart of a host beats, now and until the answer is called. After 45 s without a beat the host is lost,
 * and with the next one it is back: of both the agent of every member on it is told.
 */
export async function beatFor(up: EdgeUp, host: { id: MachineId; keyPem: string }): Promise<() => void> {
  const where = `/hosts/${host.id}/heartbeat`;
  let sequence = 0;
  const beat = async () => {
    const body = JSON.stringify({ sequence: ++sequence, capacity: emptyHost, stacks: [] });
    const authorization = await signCall(host.id, host.keyPem, { method: "POST", path: where, body }, Math.floor(Date.now() / 1_000));
    await fetch(up.url + where, { method: "POST", headers: { authorization, "content-type": "application/json" }, body });
  };
  await beat();
  const timer = setInterval(() => void beat().catch(() => undefined), 10_000); // the edge may be going just now
  return () => clearInterval(timer);
}
