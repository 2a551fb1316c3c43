import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "../local/process.ts";

/** Where programs lie that a test needs and the machine lacks: `.growqr/cache/<name>`. */
export const cacheFolder = (name: string): string => path.join(root, ".growqr/cache", name);

export async function runTool(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  try {
    await promisify(execFile)(command, args, { env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
  } catch (error) {
    const { message, stdout = "", stderr = "" } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${message}${stdout}${stderr}`.slice(0, 4_000), { cause: error });
  }
}
/** Made beside its place and moved there: it is whole, or not there. */
export async function placeTool(target: string, make: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(target)) return;
  mkdirSync(path.dirname(target), { recursive: true });
  const folder = mkdtempSync(path.join(path.dirname(target), ".new-"));
  try {
    await make(folder);
    renameSync(folder, target);
  } catch (error) {
    if (!existsSync(target)) throw error; // else another run was first
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
/** Puts a package of Python's registry into a folder: nothing of it is installed elsewhere. */
export const installPython = (wanted: string, folder: string, more: readonly string[] = []): Promise<void> =>
  runTool("python3", ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...more, wanted, "--target", folder]);
