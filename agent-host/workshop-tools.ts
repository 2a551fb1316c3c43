import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { ensureProgram, runProgram } from "./program.ts";

const toolsFolder = path.join(import.meta.dirname, "images/opencode/tools");
const npmPackages = z.record(z.string(), z.strictObject({ version: z.string(), integrity: z.string().startsWith("sha512-") }));

type ToolSettings = { cache: string; log: (line: string) => void };

/**
 * The package managers of the box's image that Debian does not have in the versions that projects need: npm,
 * pnpm and yarn from their npm packages, uv from its Python wheel, each held to the hash in
 * `images/opencode/tools`. Answers the image's context: name inside → path here.
 */
export async function fetchWorkshopTools(settings: ToolSettings): Promise<Record<string, string>> {
  const packages = npmPackages.parse(JSON.parse(readFileSync(path.join(toolsFolder, "npm-packages.json"), "utf8")));
  const context: Record<string, string> = {};
  for (const [name, { version, integrity }] of Object.entries(packages))
    context[`node_modules/${name}`] = await keepFolder(settings, `${name}-${version}`, integrity, (folder) =>
      unpackNpmPackage(`${name}@${version}`, integrity, folder),
    );
  const requirement = path.join(toolsFolder, "uv.txt");
  const uv = await keepFolder(settings, "uv", readFileSync(requirement, "utf8"), async (folder) => {
    await ensureProgram("pip3", ["python3-pip"], settings.log);
    const options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--target", folder];
    await runProgram("pip3", ["install", ...options, "--requirement", requirement], { maxBuffer: 1 << 26 });
  });
  return { ...context, uv: path.join(uv, "bin/uv") };
}

/** Makes a folder of the cache once for each content. What was cut off leaves none. */
async function keepFolder(settings: ToolSettings, name: string, content: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const kept = path.join(settings.cache, `${name}-${createHash("sha256").update(content).digest("hex").slice(0, 16)}`);
  if (existsSync(kept)) return kept;
  settings.log(`fetching ${name}`);
  mkdirSync(settings.cache, { recursive: true });
  const half = mkdtempSync(`${kept}.`);
  try {
    await fill(half);
    renameSync(half, kept);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(kept)) throw error; // another daemon was first
  }
  return kept;
}

async function unpackNpmPackage(spec: string, integrity: string, folder: string): Promise<void> {
  const { stdout } = await runProgram("npm", ["pack", "--silent", "--pack-destination", folder, spec], { maxBuffer: 1 << 26 });
  const file = path.join(folder, path.basename(stdout.trim().split("\n").at(-1) ?? ""));
  const found = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
  if (found !== integrity) throw new Error(`${spec} has the hash ${found}, not ${integrity}`);
  await runProgram("tar", ["-xzf", file, "-C", folder, "--strip-components=1", "--no-same-owner"]);
  rmSync(file);
}
