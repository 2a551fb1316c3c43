import { X509Certificate } from "node:crypto";
import type https from "node:https";
import { certificateIn, joinOut } from "../../schema/machine/host.ts";
import { halfLifeOfCertificate, machineCsr } from "../../schema/machine/machine.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Logger } from "../../schema/wire/log.ts";
import { callEdge } from "../edge.ts";
import { type HostMachine, saveHostMachine } from "./machine.ts";

/** A new certificate for the same key: a renewal that is cut off leaves nothing to repair. */
export async function renewCertificate(machine: HostMachine): Promise<HostMachine> {
  const body = certificateIn.parse({ csr: await machineCsr(machine.key, machine.name) });
  const path = `/hosts/${machine.id}/certificate`;
  const answer = await callEdge(machine.edge, { method: "POST", path, body, shape: joinOut, machine });
  if (answer.id !== machine.id || !new X509Certificate(answer.certificate).verify(new X509Certificate(machine.ca).publicKey))
    throw new AppError("forbidden", { what: "renewed certificate" });
  return { ...machine, certificate: answer.certificate };
}

/** Looks every minute; running connections keep the old certificate, new ones get the new. */
export function startRenewal(state: {
  machine: HostMachine;
  folder: string;
  server: https.Server;
  log: Logger;
  now: () => number;
}): () => void {
  const look = async (): Promise<void> => {
    if (state.now() < halfLifeOfCertificate(state.machine.certificate)) return;
    state.machine = await renewCertificate(state.machine);
    saveHostMachine(state.folder, state.machine);
    state.server.setSecureContext({ key: state.machine.key, cert: state.machine.certificate, ca: state.machine.ca });
    state.log("info", "certificate renewed", { until: new X509Certificate(state.machine.certificate).validTo });
  };
  const guarded = () => look().catch((error: unknown) => state.log("warn", "certificate not renewed", { error }));
  const timer = setInterval(() => void guarded(), 60_000);
  void guarded();
  return () => clearInterval(timer);
}
