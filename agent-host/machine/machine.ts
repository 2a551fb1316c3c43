import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { id } from "../../schema/wire/id.ts";

/** What a joined machine keeps in its state folder. The key never leaves it. */
const record = z.object({
  id: id("hst"),
  role: z.literal("host"),
  edge: z.url(),
  name: z.string(),
  address: z.string(),
  port: z.number().int(),
});
export type MachineRecord = z.infer<typeof record>;
export type Machine = MachineRecord & { key: string; certificate: string; ca: string };

/** Writes a file that nobody else may read, whole or not at all. */
export function keep(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const part = path.join(folder, `.${name}.part`);
  writeFileSync(part, text, { mode: 0o600, flush: true });
  renameSync(part, path.join(folder, name));
}
export function kept(folder: string, name: string): string | undefined {
  const file = path.join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

export function saveMachine(folder: string, machine: Machine): void {
  const { key, certificate, ca, ...rest } = machine;
  keep(folder, "key.pem", key);
  keep(folder, "cert.pem", certificate);
  keep(folder, "ca.pem", ca);
  keep(folder, "machine.json", `${JSON.stringify(rest, null, 2)}\n`); // last: its presence means joined
}

/** The machine this folder belongs to, or undefined when it has not joined. */
export function readMachine(folder: string): Machine | undefined {
  const text = kept(folder, "machine.json");
  if (text === undefined) return undefined;
  const [key, certificate, ca] = ["key.pem", "cert.pem", "ca.pem"].map((name) => kept(folder, name));
  if (!key || !certificate || !ca) throw new Error(`${folder} lacks a key or certificate: join again`);
  return { ...record.parse(JSON.parse(text)), key, certificate, ca };
}
