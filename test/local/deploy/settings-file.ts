import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { makeDatabaseKeys, makePushKey, makeSigningKeys, randomKey } from "../new-keys.ts";
import { root } from "../process.ts";

/**
 * The operator's file of settings, `NAME='value'` a line, readable by its owner only. It holds the only copy
 * of the keys, and is never written a second time.
 */

/** The Worker's own rules. The path is no literal: the Worker's types are not this program's. */
const edgeRules = z.object({
  readEdgeConfig: z.custom<(env: Record<string, string>) => unknown>((value) => typeof value === "function"),
  listEdgeSettings: z.custom<() => { name: string; needed: boolean }[]>((value) => typeof value === "function"),
});
export const readEdgeRules = async () => edgeRules.parse(await import(new URL("../../../edge/env.ts", import.meta.url).href));

/** Settings of the parts beside the Worker; they are not sent to it. */
export const cellSettings = ["CELL_LIBSQL_JWT_KEY", "CELL_LIBSQL_URL"] as const;
/** What `npm run deploy` finds out by itself. */
export const derived = ["IDENTITY", "IDENTITY_ISSUER", "IDENTITY_JWT_KEY", "IDENTITY_KEY_ID", "IDENTITY_PARTIES"];

async function makeKeys(): Promise<Record<string, string>> {
  const { publicKey, token } = await makeDatabaseKeys();
  return {
    ...{ INSTANCE: "main", ENVIRONMENT: "production", KEK_CURRENT: "k1", RIVET_TOKEN: randomKey() },
    SIGNING_KEYS: JSON.stringify(await makeSigningKeys()),
    KEKS: JSON.stringify({ k1: randomKey() }),
    PUSH_KEY: JSON.stringify(await makePushKey()),
    LIBSQL_TOKEN: token,
    CELL_LIBSQL_JWT_KEY: publicKey,
  };
}
/** What edge/README.md says of each setting. */
export function describeSettings(): Map<string, string> {
  const text = readFileSync(path.join(root, "edge/README.md"), "utf8");
  const rows = [...text.matchAll(/^\| (`[^|]+?) *\| ([^|]+?) *\|$/gm)].map(([, names = "", about = ""]) => ({ names, about }));
  const told = new Map<string, string>();
  const note = (where: string, about: string) => {
    for (const [, name = ""] of where.matchAll(/`([A-Z_]+)`/g)) if (!told.has(name)) told.set(name, about);
  };
  for (const { names, about } of rows) note(names, about);
  for (const { about } of rows) note(about, about);
  return told;
}

/** Writes the file with fresh keys, and a line for each setting that there is. */
export async function makeSettingsFile(file: string): Promise<void> {
  const { listEdgeSettings } = await readEdgeRules();
  const [told, keys] = [describeSettings(), await makeKeys()];
  const lines = ["# Settings of one deployment. Keep this file: it holds the only copy of its keys.", ""];
  const written = new Set<string>();
  const add = (name: string, value: string | undefined, isComment: boolean) => {
    const about = told.get(name);
    if (about !== undefined && !written.has(about)) lines.push("", `# ${about}`);
    if (about !== undefined) written.add(about);
    lines.push(`${isComment ? "# " : ""}${name}='${value ?? ""}'`);
  };
  const open = listEdgeSettings().filter(({ name }) => !derived.includes(name) && keys[name] === undefined);
  const first = (name: string) =>
    name === "CLERK_PUBLISHABLE_KEY" || name === "OPERATORS" || name === "PREVIEW_DOMAIN" || name === "APPS_DOMAIN";
  lines.push("# To be filled in.");
  for (const { name, needed } of open) if (needed || first(name)) add(name, undefined, false);
  lines.push("", "# As you like.");
  for (const { name, needed } of open) if (!needed && !first(name)) add(name, undefined, true);
  lines.push("", "# Where this machine reaches the database, if not at LIBSQL_URL: the end of a tunnel.", "# CELL_LIBSQL_URL=''");
  lines.push("", "# Made for you.");
  for (const [name, value] of Object.entries(keys)) add(name, value, false);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
}

/** The settings that say something, by name. */
export function readSettingsFile(file: string): Record<string, string> {
  const entries = Object.entries(parseEnv(readFileSync(file, "utf8")));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""));
}

/** Writes a file that its owner alone may read, whole or not at all. */
export function writePrivate(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, file);
}
