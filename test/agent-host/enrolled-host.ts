import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { migrate } from "../../edge/deploy/migrate.ts";
import { joinOut } from "../../schema/machine/host.ts";
import { type Instance, readInstance } from "../../schema/machine/instance.ts";
import { newMachineKey } from "../../schema/machine/machine.ts";
import { limit } from "../harness/suite/limit.ts";
import { ensureDocker } from "../local/docker/docker.ts";
import { removeObjects } from "../local/docker/instance-objects.ts";
import { startEdge } from "../local/edge.ts";
import { hostEnv, hostProgram } from "../local/host.ts";
import { identityBindings, makeOperator, operatorEmail, signIn, startIdentity } from "../local/identity.ts";
import { startLibsql } from "../local/libsql.ts";
import { startModel } from "../local/model.ts";
import { portsFree } from "../local/ports.ts";
import { bin, root, type Started } from "../local/process.ts";
import { keyBindings, openSecrets, type Secrets } from "../local/secrets.ts";

/** A runner whose part the test plays. It joined through the public API. */
export type Runner = { id: string; key: string; certificate: string; ca: string };
export type Place = { instance: string; folder: string; edgeUrl: string; identityUrl: string };
export type Ground = Place & { host: string; runner: Runner; secrets: Secrets; libsqlUrl: string };

export async function operatorCall({ edgeUrl, identityUrl }: Place, where: string, body: object): Promise<unknown> {
  const operator = await signIn(identityUrl, operatorEmail, "Operator");
  const response = await fetch(edgeUrl + where, {
    method: "POST",
    headers: { authorization: `Bearer ${await operator.token()}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${where} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}
export async function joinToken(at: Place, role: "host" | "runner"): Promise<string> {
  return z.object({ token: z.string() }).parse(await operatorCall(at, "/hosts/tokens", { role })).token;
}

/** `agent-host …` as an operator types it. */
export function agentHost(
  { instance: name, folder, edgeUrl }: Place,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  const all = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", ...hostEnv(readInstance(name), folder, { edgeUrl }), ...env };
  return promisify(execFile)(bin("node"), [...hostProgram, ...args], { cwd: root, env: all, timeout: limit(60_000) });
}

export async function joinRunner(at: Place): Promise<Runner> {
  const { keyPem, csrPem } = await newMachineKey("runner");
  const token = await joinToken(at, "runner");
  const response = await fetch(`${at.edgeUrl}/hosts/join`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, csr: csrPem, name: "runner" }),
  });
  const { id, certificate, ca } = joinOut.parse(await response.json());
  return { id, key: keyPem, certificate, ca };
}

/**
 * Brings up database, sign-in, model and edge, and enrols one host. The test itself holds a runner's
 * certificate.
 */
export async function bringGround(instance: Instance): Promise<{ up: Ground; down: () => Promise<void> }> {
  await portsFree(instance);
  const folder = path.join(root, instance.folder);
  const docker = await ensureDocker(() => undefined);
  await removeObjects(docker, instance);
  rmSync(folder, { recursive: true, force: true });
  const parts: Started[] = [];
  const keep = async <T extends Started>(part: Promise<T>): Promise<T> => {
    const started = await part;
    parts.unshift(started);
    return started;
  };
  const down = async () => {
    await Promise.all(parts.map((part) => part.stop()));
    await removeObjects(docker, instance);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const secrets = await openSecrets(folder);
    const url = `http://localhost:${instance.ports.edge}`;
    const [libsql, identity, model] = await Promise.all([
      keep(startLibsql(instance, folder)),
      keep(startIdentity(instance, folder, { appUrl: url, keys: secrets })),
      keep(startModel(instance, folder, secrets.modelKey)),
    ]);
    await migrate(libsql.url);
    await signIn(identity.url, operatorEmail, "Operator");
    await makeOperator(identity, { url: libsql.url, token: undefined });
    const bindings = {
      INSTANCE: instance.name,
      ENVIRONMENT: "local",
      PUBLIC_URL: url,
      LIBSQL_URL: libsql.url,
      RIVET_URL: `http://127.0.0.1:${instance.ports.engine}`, // no engine: this part is about hosts
      RIVET_TOKEN: secrets.engineToken,
      RELAY_URL: `http://127.0.0.1:${instance.ports.relay}`,
      ...keyBindings(secrets),
      ...identityBindings(identity),
      IDENTITY_PARTIES: url,
      MODEL_URL: model.url,
      MODEL_KEY: model.key,
      MODEL_NAME: model.model,
      MODEL_DEMO: "1",
    };
    await keep(startEdge(instance, folder, bindings));
    const at: Place = { instance: instance.name, folder, edgeUrl: `http://127.0.0.1:${instance.ports.edge}`, identityUrl: identity.url };
    const where = ["--name", "this", "--address", "127.0.0.1", "--port", String(instance.ports.host)];
    const { stdout } = await agentHost(at, ["join", await joinToken(at, "host"), ...where]);
    const host = /hst_\w+/.exec(stdout)?.[0] ?? "";
    return { up: { ...at, host, runner: await joinRunner(at), secrets, libsqlUrl: libsql.url }, down };
  } catch (error) {
    await down();
    throw error;
  }
}
