import { X509Certificate } from "node:crypto";
import os from "node:os";
import { z } from "zod";
import { type Capacity, explainJoinRefusal, joinOut, machineRole } from "../../schema/machine/host.ts";
import { fingerprint, machineCsr, newMachineKey } from "../../schema/machine/machine.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import type { HostSettings } from "../config.ts";
import { callEdge } from "../edge.ts";
import { type HostMachine, readHostMachine, readStateFile, saveHostMachine, writeStateFile } from "./machine.ts";

const joinTokenShape = z.object({ id: id("jtk"), secret: z.string(), edge: z.url(), ca: z.string(), role: machineRole.default("host") });
/** What a join token says: which edge, by fingerprint which CA to trust, and for what it is. */
export function readJoinToken(text: string): z.infer<typeof joinTokenShape> {
  try {
    if (!text.startsWith("gqj_")) throw new Error("no prefix");
    return joinTokenShape.parse(JSON.parse(Buffer.from(text.slice(4), "base64url").toString("utf8")));
  } catch (cause) {
    throw new AppError("invalid", { what: "join token" }, { cause, message: "This is not a join token." });
  }
}

/**
 * What this machine can take: a stack is reckoned at 1.5 GB and half a core, beside what apps and services
 * may take that run here. An operator's own number of stacks stands as it is.
 */
export function readCapacity(stacks?: number, besideMb = 0): Capacity {
  const memoryMb = Math.floor(os.totalmem() / 1024 / 1024);
  const byMemory = Math.max(besideMb > 0 ? 0 : 1, Math.floor((memoryMb - 1024 - besideMb) / 1536));
  return { cpus: os.availableParallelism(), memoryMb, stacks: stacks ?? byMemory };
}

const notForHosts = "This token is for a runner, not for a host.";
/**
 * Enrols this machine: own key, CSR signed by the edge's CA. Repeating it with the same token gives the same
 * machine, a second machine is refused.
 */
export async function joinHost(
  config: HostSettings,
  text: string,
  as: { name: string; address: string; port: number },
): Promise<HostMachine> {
  const joined = readHostMachine(config.state);
  if (joined) throw new AppError("conflict", { machine: joined.id }, { message: `This folder belongs to ${joined.id} already.` });
  const said = readJoinToken(text);
  if (said.role !== "host") throw new AppError("invalid", { role: said.role }, { message: notForHosts });
  const edge = config.edgeUrl ?? said.edge;
  // The key is kept before it is used: a join that was cut off goes on with the same one.
  const before = readStateFile(config.state, "key.pem");
  const fresh = before ? { keyPem: before, csrPem: await machineCsr(before, as.name) } : await newMachineKey(as.name);
  writeStateFile(config.state, "key.pem", fresh.keyPem);
  const body = { token: text, csr: fresh.csrPem, ...as, capacity: readCapacity(config.stacks) };
  const answer = await callEdge(edge, { method: "POST", path: "/hosts/join", body, shape: joinOut }).catch((cause: unknown) => {
    throw explainJoinRefusal(cause, { asked: edge, edge: said.edge });
  });
  if ((await fingerprint(answer.ca)) !== said.ca) throw new AppError("forbidden", {}, { message: "The edge's CA is not the token's." });
  if (answer.role !== "host" || !id("hst").safeParse(answer.id).success)
    throw new AppError("invalid", { role: answer.role }, { message: notForHosts });
  if (!new X509Certificate(answer.certificate).verify(new X509Certificate(answer.ca).publicKey))
    throw new AppError("forbidden", {}, { message: "The certificate is not the CA's." });
  const machine = {
    id: id("hst").parse(answer.id),
    role: "host" as const,
    edge,
    ...as,
    key: fresh.keyPem,
    certificate: answer.certificate,
    ca: answer.ca,
  };
  saveHostMachine(config.state, machine);
  return machine;
}
