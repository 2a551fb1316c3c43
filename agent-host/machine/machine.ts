import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { id } from "../../schema/wire/id.ts";

/** What a joined machine keeps in its state folder. The key never leaves it. */
const machineRecord = z.object({
  id: id("hst"),
  role: z.literal("host"),
  edge: z.url(),
  name: z.string(),
  address: z.string(),
  port: z.number().int(),
});
export type MachineRecord = z.infer<typeof machineRecord>;
export type HostMachine = MachineRecord & { key: string; certificate: string; ca: string };

/** Writes a file that nobody else may read, whole or not at all. */
export function writeStateFile(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const part = path.join(folder, `.${name}.part`);
  writeFileSync(part, text, { mode: 0o600, flush: true });
  renameSync(part, path.join(folder, name));
}
export function readStateFile(folder: string, name: string): string | undefined {
  const file = path.join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

export function saveHostMachine(folder: string, machine: HostMachine): void {
  const { key, certificate, ca, ...rest } = machine;
  writeStateFile(folder, "key.pem", key);
  writeStateFile(folder, "cert.pem", certificate);
  writeStateFile(folder, "ca.pem", ca);
  writeStateFile(folder, "machine.json", `${JSON.stringify(rest, null, 2)}\n`); // last: its presence means joined
}

/** The machine this folder belongs to, or undefined when it has not joined. */
export function readHostMachine(folder: string): HostMachine | undefined {
  const text = readStateFile(folder, "machine.json");
  if (text === undefined) return undefined;
  const [key, certificate, ca] = ["key.pem", "cert.pem", "ca.pem"].map((name) => readStateFile(folder, name));
  if (!key || !certificate || !ca) throw new Error(`${folder} lacks a key or certificate: join again`);
  return { ...machineRecord.parse(JSON.parse(text)), key, certificate, ca };
}
