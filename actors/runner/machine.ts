import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import { explainJoinRefusal, joinOut, machineRole } from "../../schema/machine/host.ts";
import { fingerprint, halfLifeOfCertificate, machineCsr, newMachineKey, signCall } from "../../schema/machine/machine.ts";
import { AppError, errorBody } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import type { Logger } from "../../schema/wire/log.ts";
import { log } from "./log.ts";

/** This runner as a machine: its id, key and certificate, kept in the state folder. */
export type Machine = { id: Id<"rnr">; edge: string; keyPem: string; certPem: string; caPem: string };

const name = "runner";
const machineFile = z.object({ id: id("rnr"), role: z.literal("runner"), edge: z.url() });
const joinToken = z.object({ id: z.string(), secret: z.string(), edge: z.url(), ca: z.string(), role: machineRole.default("runner") });
const notForRunners = "This token is for a host, not for a runner.";
function readJoinToken(text: string): z.infer<typeof joinToken> {
  try {
    return joinToken.parse(JSON.parse(Buffer.from(text.replace(/^gqj_/, ""), "base64url").toString("utf8")));
  } catch (cause) {
    throw new AppError("invalid", { what: "join token" }, { cause, message: "This is not a join token." });
  }
}

function keep(folder: string, name: string, content: string): void {
  const target = path.join(folder, name);
  writeFileSync(`${target}.new`, content, { mode: 0o600 });
  renameSync(`${target}.new`, target);
}
const readTextFile = (folder: string, name: string) => readFileSync(path.join(folder, name), "utf8");

/**
 * The machine of a state folder; throws when it has not joined. `edge` overrides where the edge is reached.
 */
export function loadMachine(folder: string, edge?: string): Machine {
  const file = machineFile.parse(JSON.parse(readTextFile(folder, "machine.json")));
  return {
    id: file.id,
    edge: edge ?? file.edge,
    keyPem: readTextFile(folder, "key.pem"),
    certPem: readTextFile(folder, "cert.pem"),
    caPem: readTextFile(folder, "ca.pem"),
  };
}

/**
 * Waits until this folder belongs to a runner; false where the process is to end before that. One that ended
 * instead would be started again without end where something keeps it running.
 */
export async function waitForRunnerJoin(folder: string): Promise<boolean> {
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, end);
  for (let told = false; !existsSync(path.join(folder, "machine.json")) && !ending.signal.aborted; told = true) {
    if (!told)
      log(
        "warn",
        "not joined: an operator makes a token at /machine; run `actors/main.ts join <token>`, or `docker compose run --rm join <token>`, and this goes on",
        { folder },
      );
    await after(1_000, undefined, { signal: ending.signal }).catch(() => undefined); // cut short by the end
  }
  for (const name of ["SIGTERM", "SIGINT"] as const) process.off(name, end);
  return !ending.signal.aborted;
}

async function askToJoin(place: { asked: string; edge: string }, body: object): Promise<z.infer<typeof joinOut>> {
  try {
    const response = await fetch(new URL("/hosts/join", place.asked), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(20_000),
    }).catch((cause: unknown) => {
      throw new AppError("unavailable", { what: "edge" }, { cause });
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new AppError(errorBody.parse(answer).error.code, { what: "join" });
    return joinOut.parse(answer);
  } catch (error) {
    throw explainJoinRefusal(error, place);
  }
}
/**
 * Enrols this machine with a join token. Safe to repeat: the key made first is kept, and the edge answers the
 * same key the same way.
 */
export async function join(token: string, folder: string, edge?: string): Promise<Machine> {
  const parsed = readJoinToken(token);
  if (parsed.role !== "runner") throw new AppError("invalid", { role: parsed.role }, { message: notForRunners });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(path.join(folder, "key.pem"))) keep(folder, "key.pem", (await newMachineKey(name)).keyPem);
  const url = edge ?? parsed.edge;
  const answer = await askToJoin(
    { asked: url, edge: parsed.edge },
    { token, csr: await machineCsr(readTextFile(folder, "key.pem"), name), name },
  );
  if (answer.role !== "runner") throw new AppError("invalid", { role: answer.role }, { message: notForRunners });
  if ((await fingerprint(answer.ca)) !== parsed.ca) throw new AppError("forbidden", {}, { message: "The CA is not the one of the token." });
  keep(folder, "ca.pem", answer.ca);
  keep(folder, "cert.pem", answer.certificate);
  keep(folder, "machine.json", JSON.stringify(machineFile.parse({ id: answer.id, role: answer.role, edge: url })));
  return loadMachine(folder, edge);
}

/** `Authorization` for one call to the edge. */
export function authorize(machine: Machine, call: { method: string; path: string; body: string }): Promise<string> {
  return signCall(machine.id, machine.keyPem, call, Math.floor(Date.now() / 1000));
}

/**
 * Renews the certificate at half of its life, for as long as `signal` lasts. `machine` changes in place; the
 * key stays.
 */
export function keepCertificate(
  machine: Machine,
  folder: string,
  renew: (csr: string) => Promise<z.infer<typeof joinOut>>,
  log: Logger,
  signal: AbortSignal,
): void {
  const check = async () => {
    if (Date.now() < halfLifeOfCertificate(machine.certPem)) return;
    const answer = await renew(await machineCsr(machine.keyPem, name));
    keep(folder, "cert.pem", answer.certificate);
    machine.certPem = answer.certificate;
    log("info", "certificate renewed", { until: answer.expiresAt });
  };
  const timer = setInterval(() => void check().catch((error) => log("warn", "certificate not renewed yet", { error })), 60_000);
  signal.addEventListener("abort", () => clearInterval(timer));
}
