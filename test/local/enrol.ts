import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { Instance } from "../../schema/machine/instance.ts";
import { bin, root } from "./process.ts";

type Role = "host" | "runner";
const programs = { host: "agent-host/main.ts", runner: "actors/main.ts" } as const;
const machineFiles = ["machine.json", "key.pem", "cert.pem", "ca.pem"];
const machine = z.object({ id: z.string() });

/** What an operator does by hand on a new machine: sign in, ask for a join token, run the public `join`. */
export type Operator = { edgeUrl: string; token: () => Promise<string> };

async function call(operator: Operator, method: string, where: string, body?: object): Promise<unknown> {
  const response = await fetch(operator.edgeUrl + where, {
    method,
    headers: { authorization: `Bearer ${await operator.token()}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${method} ${where} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

export async function hostList(operator: Operator) {
  const shape = z.object({ hosts: z.array(z.object({ id: z.string(), state: z.string(), health: z.string() })) });
  return shape.parse(await call(operator, "GET", "/hosts")).hosts;
}

/**
 * The machine that a folder belongs to, while its certificate is valid for another hour. Undefined: it must
 * join.
 */
function joined(folder: string): string | undefined {
  if (!machineFiles.every((name) => existsSync(path.join(folder, name)))) return undefined;
  const certificate = new X509Certificate(readFileSync(path.join(folder, "cert.pem")));
  if (Date.parse(certificate.validTo) < Date.now() + 3_600_000) return undefined;
  return machine.parse(JSON.parse(readFileSync(path.join(folder, "machine.json"), "utf8"))).id;
}

async function joinOne(instance: Instance, folder: string, role: Role, operator: Operator): Promise<void> {
  for (const name of machineFiles) rmSync(path.join(folder, name), { force: true });
  const { token } = z.object({ token: z.string() }).parse(await call(operator, "POST", "/hosts/tokens", { role }));
  const where = role === "host" ? ["--name", instance.name, "--address", "127.0.0.1", "--port", String(instance.ports.host)] : [];
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    GROWQR_INSTANCE: instance.name,
    STATE_FOLDER: folder,
    EDGE_URL: operator.edgeUrl,
  };
  await promisify(execFile)(bin("node"), [path.join(root, programs[role]), "join", token, ...where], { cwd: root, env, timeout: 60_000 });
}

/** Enrols this machine as host and as runner, as an operator would, unless this database already knows it. */
export async function enrol(instance: Instance, folder: string, operator: Operator): Promise<{ joined: Role[]; host: string }> {
  const known = (await hostList(operator)).filter((host) => host.state !== "left").map((host) => host.id);
  const folders = { host: path.join(folder, "host"), runner: path.join(folder, "runner") };
  const host = joined(folders.host);
  const sameDatabase = host !== undefined && known.includes(host);
  const missing = (["host", "runner"] as const).filter((role) => !sameDatabase || !joined(folders[role]));
  await Promise.all(missing.map((role) => joinOne(instance, folders[role], role, operator)));
  return { joined: missing, host: joined(folders.host)! };
}
