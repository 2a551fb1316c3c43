import { rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { halfLifeOfCertificate } from "../../schema/machine/machine.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { HostSettings } from "../config.ts";
import { connectDocker, ifFound, removeContainer } from "../docker.ts";
import { callEdge } from "../edge.ts";
import { describeAwaited, readImageStates } from "../host-images.ts";
import { imageNames } from "../images.ts";
import { Ledger } from "../ledger.ts";
import { refusalSetting } from "../machine/heartbeat.ts";
import { readHostMachine, readStateFile } from "../machine/machine.ts";
import { removeLinkAndRules } from "../network/network.ts";

const readyFile = z.object({ pid: z.number().int(), id: z.string() });

/** The process that serves this folder, or undefined. */
export function findServingPid(config: HostSettings): number | undefined {
  const text = readStateFile(config.state, "ready.json");
  const parsed = text === undefined ? undefined : readyFile.safeParse(JSON.parse(text));
  if (!parsed?.success) return undefined;
  try {
    process.kill(parsed.data.pid, 0);
    return parsed.data.pid;
  } catch {
    return undefined; // no such process: it was killed
  }
}

/** What this machine is and holds, for people; undefined: it has not joined. */
export function describeMachine(config: HostSettings): string | undefined {
  const machine = readHostMachine(config.state);
  if (!machine) return undefined;
  const ledger = new Ledger(config.state);
  const pid = findServingPid(config);
  const refusal = ledger.setting(refusalSetting);
  const images = pid ? readImageStates(config.state) : undefined;
  const rows = ledger.stacks().map((row) => {
    const agents = ledger.agents(row.member).filter((agent) => agent.wanted === 1).length;
    return `  ${row.member} epoch ${row.epoch} generation ${row.generation} wants ${row.tier} (ceiling ${row.ceiling}), ${agents} agents${row.error ? `, last error ${row.error}` : ""}`;
  });
  const lines = [
    `${machine.id} (${machine.name}) at ${machine.address}:${machine.port}, edge ${config.edgeUrl ?? machine.edge}`,
    ...(refusal ? [`refused by the edge: ${refusal}`] : []),
    pid ? `serving as process ${pid}` : "not serving",
    ...(images ? [describeAwaited(images, imageNames)?.detail ?? "both images are here"] : []),
    `certificate renewed from ${new Date(halfLifeOfCertificate(machine.certificate)).toISOString()}`,
    ledger.setting("draining") ? "draining: takes no new stacks" : "takes new stacks",
    `${rows.length} stacks`,
    ...rows,
  ];
  ledger.close();
  return lines.join("\n");
}

/** From the next heartbeat on this machine reports room for none, so nothing new is placed here. */
export function drainMachine(config: HostSettings): string {
  if (!readHostMachine(config.state)) throw new AppError("conflict", {}, { message: "This machine has not joined." });
  const ledger = new Ledger(config.state);
  ledger.saveSetting("draining", "1");
  const left = ledger.stacks().length;
  ledger.close();
  return `draining: no new stacks; ${left} are still here`;
}

/** Tells the edge, which places nothing here any more. Where it can't be told, only force goes on. */
async function tellEdgeToLeave(config: HostSettings, force: boolean): Promise<string> {
  const machine = readHostMachine(config.state);
  if (!machine) return "";
  const call = { method: "POST", path: `/hosts/${machine.id}/leave`, shape: z.object({ ok: z.literal(true) }), machine };
  try {
    await callEdge(config.edgeUrl ?? machine.edge, call);
    return "";
  } catch (cause) {
    if (force) return "; the edge was not told, and finds out when it hears nothing from here";
    throw new AppError("unavailable", { what: "edge" }, { cause, message: "The edge could not be told. Try again, or say --force." });
  }
}

/**
 * Takes this machine out: containers, networks, rules and keys go. Volumes stay: no command of ours may lose
 * a member's data.
 */
export async function removeMachine(config: HostSettings, force: boolean): Promise<string> {
  if (findServingPid(config)) throw new AppError("conflict", {}, { message: "Stop agent-host serve first." });
  const ledger = new Ledger(config.state);
  const rows = ledger.stacks();
  if (rows.length > 0 && !force)
    throw new AppError("conflict", {}, { message: `${rows.length} stacks are still here. Drain and move them, or say --force.` });
  const told = await tellEdgeToLeave(config, force);
  const engine = connectDocker(config.dockerSocket);
  const filters = { label: [`growqr.instance=${config.instance.label}`] };
  for (const { Id } of await engine.call("list", engine.docker.listContainers({ all: true, filters }))) await removeContainer(engine, Id);
  for (const { Id } of await engine.call("list", engine.docker.listNetworks({ filters })))
    await engine.call("remove", ifFound(engine.docker.getNetwork(Id).remove()));
  ledger.close();
  await removeLinkAndRules(config.instance);
  for (const name of ["machine.json", "key.pem", "cert.pem", "ca.pem", "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"])
    rmSync(path.join(config.state, name), { force: true });
  return `left; the volumes of ${rows.length} stacks were kept${told}`;
}
