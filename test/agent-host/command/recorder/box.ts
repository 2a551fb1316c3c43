import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gitEnv } from "../../../../agent-host/opencode/opencode-config.ts";
import { limit } from "../../../harness/suite/limit.ts";

/**
 * What bash did with one command: programs that were started or tried, paths that were written, the words
 * that package managers were given, and whether it had to be ended.
 */
export type Recorded = { runs: string[]; writes: string[]; given: string[][]; late: boolean };
export type Box = { record: (commands: readonly string[]) => Promise<Recorded[]>; end: () => void };

/** This machine's strace with its libraries, so that it runs in any image. */
function bringStrace(folder: string): void {
  const strace = execFileSync("which", ["strace"], { encoding: "utf8" }).trim();
  copyFileSync(strace, path.join(folder, "strace"));
  const libraries = execFileSync("ldd", [strace], { encoding: "utf8" }).matchAll(/(?:=> |\t)(\/\S+)/g);
  for (const [, file = ""] of libraries)
    copyFileSync(file, path.join(folder, /ld-linux|ld\.so/.test(file) ? "ld.so" : path.basename(file)));
}

/** A throw-away container of the image: no network, a root that can't be written, workspaces in memory. */
export function openBox(image: string): Box {
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-recorder-"));
  mkdirSync(path.join(folder, "strace"));
  bringStrace(path.join(folder, "strace"));
  const tmpfs = ["/workspace/agents/agt_1", "/tmp", "/trace"].flatMap((place) => ["--tmpfs", `${place}:exec,mode=1777`]);
  const mounts = [`${path.join(folder, "strace")}:/strace:ro`, `${import.meta.dirname}:/recorder:ro`].flatMap((mount) => ["-v", mount]);
  const limits = ["--network", "none", "--read-only", "--pids-limit", "200", "--memory", "512m", "--label", "growqr.recorder"];
  const settings = Object.entries(gitEnv).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const options = [...settings, "--detach", "--rm", "--init", "--user", "0:0", "--entrypoint", "sleep", ...limits, ...tmpfs, ...mounts];
  const id = execFileSync("docker", ["run", ...options, image, "3600"], { encoding: "utf8" }).trim(); // it ends by itself when nobody ends it
  const end = () => {
    execFileSync("docker", ["kill", id], { stdio: "ignore" });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const fixture = readFileSync(path.join(import.meta.dirname, "fixture.sh"));
    execFileSync("docker", ["exec", "-i", id, "env", "HOME=/trace", "sh"], { input: fixture });
  } catch (error) {
    end();
    throw error;
  }
  return { record: (commands) => record(id, commands), end };
}

function record(id: string, commands: readonly string[]): Promise<Recorded[]> {
  return new Promise((resolve, reject) => {
    const child = spawn("docker", [
      "exec",
      "-i",
      id,
      "node",
      "--disable-warning=ExperimentalWarning",
      "/recorder/record.ts",
      String(limit(20_000)),
    ]);
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", () => {
      const lines = Buffer.concat(out).toString("utf8").split("\n").filter(Boolean);
      if (lines.length !== commands.length)
        reject(new Error(`recorded ${lines.length} of ${commands.length}: ${Buffer.concat(err).toString("utf8")}`));
      else resolve(lines.map((line) => JSON.parse(line) as Recorded));
    });
    child.stdin.end(JSON.stringify(commands));
  });
}
