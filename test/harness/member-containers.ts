import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";

const run = promisify(execFile);
type Which = "gitea" | "opencode";
const name = (instanceName: string, part: Which, member: string) => dockerName(readInstance(instanceName), part, member);

/** Runs a command in a member's container, as its own user or as `user`. */
export async function inside(instanceName: string, part: Which, member: string, command: string[], user?: string): Promise<string> {
  const { stdout } = await run("docker", ["exec", ...(user ? ["-u", user] : []), name(instanceName, part, member), ...command], {
    maxBuffer: 1 << 24,
  });
  return stdout;
}

/** What Git itself says of a bare repository in the member's Gitea. */
export function gitIn(instanceName: string, member: string, repo: string, ...args: string[]): Promise<string> {
  return inside(instanceName, "gitea", member, ["git", `--git-dir=/var/lib/gitea/repos/${repo}.git`, ...args]);
}

/**
 * Commits one file to memory, straight into the bare repository, as somebody other than the platform. Answers
 * its hash.
 */
export async function commitBeside(instanceName: string, member: string, file: string, text: string): Promise<string> {
  const script = `cd /var/lib/gitea/repos/growqr/memory.git && export GIT_INDEX_FILE=/tmp/beside.index GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x &&
    blob=$(printf '%s' "$2" | git hash-object -w --stdin) &&
    for try in 1 2 3 4 5; do
      parent=$(git rev-parse main) && git read-tree "$parent" && git update-index --add --cacheinfo "100644,$blob,$1" &&
      commit=$(git commit-tree -p "$parent" -m beside "$(git write-tree)") && git update-ref refs/heads/main "$commit" "$parent" && echo "$commit" && exit
    done; exit 1`; // the platform may commit in between
  return (await inside(instanceName, "gitea", member, ["sh", "-c", script, "sh", file, text])).trim();
}

const inspected = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    State: z.object({ Status: z.string(), StartedAt: z.string() }),
    Config: z.object({
      Env: z.array(z.string()).nullable(),
      Cmd: z.array(z.string()).nullable(),
      Labels: z.record(z.string(), z.string()),
    }),
    NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string() })) }),
  }),
);
export async function inspect(instanceName: string, part: Which, member: string) {
  const { stdout } = await run("docker", ["inspect", name(instanceName, part, member)]);
  return inspected.parse(JSON.parse(stdout))[0]!;
}

/** All containers of an instance, running or not. */
export async function containers(instanceName: string): Promise<string[]> {
  const { stdout } = await run("docker", [
    "ps",
    "-a",
    "--format",
    "{{.Names}} {{.State}}",
    "--filter",
    `label=growqr.instance=${instanceName}`,
  ]);
  return stdout.trim().split("\n").filter(Boolean);
}

const noted = z.object({ parts: z.array(z.object({ name: z.string(), pid: z.number() })) });
/** The process of a part as the supervisor noted it last. */
export function pidOf(folder: string, part: string): number {
  const { parts } = noted.parse(JSON.parse(readFileSync(path.join(folder, "lock.json"), "utf8")));
  const found = parts.find((noted) => noted.name === part);
  if (!found) throw new Error(`${part} is not running`);
  return found.pid;
}
