import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

/** The files of the server of static sites: name beside it in an app's container → path here. */
const parts: Record<string, string> = {
  "static-site.ts": path.join(import.meta.dirname, "static-site.ts"),
  ...Object.fromEntries(
    ["hono", "@hono/node-server"].map((name) => [`node_modules/${name}`, path.resolve(import.meta.dirname, "../../node_modules", name)]),
  ),
};
const stampFiles = [
  parts["static-site.ts"],
  ...["hono", "@hono/node-server"].map((name) => `${parts[`node_modules/${name}`]}/package.json`),
];

/**
 * Keeps the server of static sites in the state folder, once for each content, and answers where. Docker lays
 * it into containers by the machine's own paths, and this daemon may itself run in a container, of which the
 * state folder alone is at the same place on the machine.
 */
export function keepSiteServer(stateFolder: string): string {
  const hash = createHash("sha256");
  for (const file of stampFiles) hash.update(readFileSync(file!)).update("\0");
  const kept = path.join(stateFolder, "site-server", hash.digest("hex").slice(0, 16));
  if (existsSync(kept)) return kept;
  mkdirSync(path.dirname(kept), { recursive: true });
  const half = mkdtempSync(`${kept}.`);
  try {
    for (const [name, from] of Object.entries(parts)) cpSync(from, path.join(half, name), { recursive: true, dereference: true });
    renameSync(half, kept);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    throw error;
  }
  return kept;
}

/** What of it is laid into a container, at `folder` there. */
export const bindSiteServer = (kept: string, folder: string): string[] =>
  Object.keys(parts).map((name) => `${path.join(kept, name)}:${folder}/${name}:ro`);
