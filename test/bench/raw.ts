import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { z } from "zod";
import { readImageTags } from "../../agent-host/images.ts";
import { dockerName, type Instance } from "../../schema/machine/instance.ts";
import { box } from "../../schema/stack/stack.ts";
import { collectEvents, now, type Stream } from "./member.ts";

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();

/**
 * OpenCode reached directly, by the box's address and the server's password. Root on this machine can read
 * both.
 */
export type RawServer = { base: string; authorization: string; directory: string };

export function findRawServer(instance: Instance, memberId: string, agent: string): RawServer {
  const name = dockerName(instance, "opencode", memberId);
  const line = docker("top", name, "-eo", "pid,args")
    .split("\n")
    .find((line) => /opencode serve/.test(line) && !/sh -c/.test(line));
  if (!line) throw new Error(`no OpenCode server runs in ${name}`);
  const environment = readFileSync(`/proc/${line.trim().split(/\s+/)[0]}/environ`, "utf8").split("\0");
  const password = environment
    .find((variable) => variable.startsWith("OPENCODE_SERVER_PASSWORD="))
    ?.split("=")
    .slice(1)
    .join("=");
  const port = /--port[= ](\d+)/.exec(line)?.[1];
  const address = docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name);
  const authorization = `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;
  return { base: `http://${address}:${port}`, authorization, directory: box.agentDirectory(agent) };
}

/** OpenCode's own event stream. */
export async function openRawEvents(server: RawServer): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(`${server.base}/global/event`, { headers: { authorization: server.authorization }, signal: abort.signal });
  if (!response.ok || !response.body) throw new Error(`OpenCode's events answered ${response.status}`);
  return collectEvents(response.body, abort);
}

/** The agent's sessions in OpenCode, newest first. */
export async function listSessions({ base, authorization, directory }: RawServer): Promise<{ id: string }[]> {
  const answer = await fetch(`${base}/session?directory=${encodeURIComponent(directory)}`, { headers: { authorization } });
  return z.array(z.object({ id: z.string() })).parse(await answer.json());
}

/** Prompts the agent's newest session directly. Answers the time at which it sent the prompt. */
export async function promptOpenCode(server: RawServer, text: string): Promise<number> {
  const headers = { authorization: server.authorization, "content-type": "application/json" };
  const query = `?directory=${encodeURIComponent(server.directory)}`;
  const sessions = await listSessions(server);
  const at = now();
  const body = JSON.stringify({ agent: box.openCodeAgent, parts: [{ type: "text", text }] });
  const response = await fetch(`${server.base}/session/${sessions[0]!.id}/prompt_async${query}`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`the raw prompt answered ${response.status}`);
  return at;
}

/** Aborts what the agent's newest session does. Answers the time at which it asked for that. */
export async function abortOpenCode(server: RawServer): Promise<number> {
  const headers = { authorization: server.authorization };
  const query = `?directory=${encodeURIComponent(server.directory)}`;
  const sessions = await listSessions(server);
  const at = now();
  const response = await fetch(`${server.base}/session/${sessions[0]!.id}/abort${query}`, { method: "POST", headers });
  if (!response.ok) throw new Error(`the raw abort answered ${response.status}`);
  return at;
}

/** The walls that the product has around its containers, as `docker run` takes them. */
export const hardened = ["--init", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

async function waitUntil(check: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await check().catch(() => false))) {
    if (Date.now() > end) throw new Error("a raw container was not healthy within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const healthy =
  (url: string, headers: Record<string, string> = {}) =>
  async () =>
    (await fetch(url, { headers, signal: AbortSignal.timeout(1_000) })).ok;

/** Gitea's own secrets as a tar. Gitea needs them in its volume before its first start. */
async function giteaSecrets(): Promise<Buffer> {
  const tar = pack();
  for (const name of ["jwt", "secret", "internal"])
    tar.entry({ name, uid: 1000, gid: 1000, mode: 0o600 }, randomBytes(name === "jwt" ? 32 : 64).toString("base64url"));
  tar.finalize();
  return buffer(tar);
}

/**
 * Starts the same two images by plain `docker run`, side by side, until Gitea and an OpenCode server answer;
 * then stops them and starts them again.
 */
export async function measureRawPair(name: string, ports: { gitea: number; opencode: number }): Promise<{ cold: number; wake: number }> {
  const tags = readImageTags();
  const [gitea, opencode] = [`${name}-gitea`, `${name}-opencode`];
  const password = "raw";
  const headers = { authorization: `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}` };
  const serve = () =>
    docker(
      "exec",
      "-d",
      "-u",
      "20001:20001",
      "-e",
      `OPENCODE_SERVER_PASSWORD=${password}`,
      "-e",
      "HOME=/tmp",
      "-e",
      "XDG_CONFIG_HOME=/opt/growqr/xdg",
      "-e",
      "OPENCODE_DISABLE_MODELS_FETCH=1",
      "-e",
      "OPENCODE_DISABLE_AUTOUPDATE=1",
      "-e",
      "OPENCODE_DISABLE_DEFAULT_PLUGINS=1",
      "-e",
      "OPENCODE_DISABLE_LSP_DOWNLOAD=1",
      opencode,
      "opencode",
      "serve",
      "--hostname",
      "0.0.0.0",
      "--port",
      "4100",
    );
  const answer = () =>
    Promise.all([
      waitUntil(healthy(`http://127.0.0.1:${ports.gitea}/api/healthz`)),
      waitUntil(healthy(`http://127.0.0.1:${ports.opencode}/global/health`, headers)),
    ]);
  try {
    let began = now();
    docker(
      "create",
      "--name",
      gitea,
      ...hardened,
      "--user",
      "1000:1000",
      "--memory",
      "512m",
      "--tmpfs",
      "/tmp:size=64m,uid=1000",
      "-v",
      "/var/lib/gitea",
      "-p",
      `127.0.0.1:${ports.gitea}:3000`,
      tags.gitea,
    );
    execFileSync("docker", ["cp", "-", `${gitea}:/var/lib/gitea`], { input: await giteaSecrets(), stdio: ["pipe", "ignore", "ignore"] });
    docker("start", gitea);
    docker(
      "run",
      "-d",
      "--name",
      opencode,
      ...hardened,
      "--user",
      "20000:20000",
      "--memory",
      "1g",
      "--tmpfs",
      "/tmp:exec,size=256m,mode=1777",
      "-p",
      `127.0.0.1:${ports.opencode}:4100`,
      tags.opencode,
    );
    serve();
    await answer();
    const cold = now() - began;
    docker("stop", "-t", "5", gitea, opencode);
    began = now();
    docker("start", gitea, opencode);
    serve();
    await answer();
    return { cold, wake: now() - began };
  } finally {
    execFileSync("docker", ["rm", "-f", "-v", gitea, opencode], { stdio: "ignore" });
  }
}

/**
 * Milliseconds that Git itself takes for a command on a repository of the member's Gitea, in its container.
 */
export function measureRawGit(instance: Instance, member: string, repo: string, command: string): number {
  const began = now();
  docker("exec", "-e", `GIT_DIR=/var/lib/gitea/repos/${repo}.git`, dockerName(instance, "gitea", member), "sh", "-c", command);
  return now() - began;
}
