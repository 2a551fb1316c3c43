import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * A Git server that plays the internet: a name in this machine's /etc/hosts, a public address on its
 * loopback, a certificate, and Git's http-backend. The address is from a network that nobody announces,
 * because the ranges for documentation do not count as public. Needs root, as the host does.
 */
export type GitServer = {
  name: string;
  /** A second name of this machine that leads inside. */
  inside: string;
  /** A second name of the server. */
  other: string;
  /** What the daemon must trust: NODE_EXTRA_CA_CERTS. */
  ca: string;
  url: (name: string) => string;
  asked: string[];
  stop: () => Promise<void>;
};

/** One of the addresses by the server's name, so that two runs at once do not meet. */
const addressOf = (name: string) => `21.203.113.${10 + ((createHash("sha256").update(name).digest()[0] ?? 0) % 240)}`;
const hostsFile = new URL("./hosts-file.ts", import.meta.url).pathname;
/** Gives this machine names, and takes older lines of the same names away. Several files do so at once. */
export function tellHosts(names: readonly string[], lines: readonly string[]): void {
  const lock = ["-w", "30", path.join(tmpdir(), "growqr-hosts.lock")];
  run("flock", [...lock, process.execPath, hostsFile, JSON.stringify(names), JSON.stringify(lines)]);
}
const run = (command: string, args: string[], cwd?: string) =>
  execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"], ...(cwd ? { cwd } : {}) })
    .toString()
    .trim();

/**
 * Adds a repository to a running server: shell commands make its content in a work tree. Answers its commit.
 */
export function addRepository(folder: string, name: string, commands: string[]): string {
  const tree = path.join(folder, "work", name);
  mkdirSync(tree, { recursive: true });
  run("git", ["init", "-q", "-b", "main"], tree);
  const commit = "git add -A && git -c user.name=T -c user.email=t@example.test commit -q -m x";
  for (const command of [...commands, commit]) run("sh", ["-c", command], tree);
  run("git", ["clone", "-q", "--bare", tree, path.join(folder, "bare", `${name}.git`)]);
  return run("git", ["rev-parse", "HEAD"], tree);
}

/** Answers of the server's own making, beside the repositories: `/name.git/git-upload-pack`. */
type Odd = Record<string, (answer: import("node:http").ServerResponse) => void>;

function serve(folder: string, name: string, odd: Odd, asked: string[]): Server {
  const tls = { key: readFileSync(path.join(folder, "key.pem")), cert: readFileSync(path.join(folder, "ca.pem")) };
  return createServer(tls, (request, response) => {
    const url = new URL(request.url ?? "/", `https://${name}`);
    asked.push(url.pathname);
    const answer = odd[url.pathname.split("/")[1] ?? ""];
    if (answer) return answer(response);
    const env = {
      PATH: process.env.PATH ?? "",
      GIT_PROJECT_ROOT: path.join(folder, "bare"),
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: String(request.headers["content-type"] ?? ""),
      CONTENT_LENGTH: String(request.headers["content-length"] ?? ""),
    };
    const git = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "ignore"] });
    git.on("error", () => response.destroy());
    git.stdin.on("error", () => undefined); // it may end before it has read all
    request.pipe(git.stdin);
    const chunks: Buffer[] = [];
    git.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    git.stdout.once("end", () => {
      const all = Buffer.concat(chunks);
      const end = all.indexOf("\r\n\r\n");
      const status = Number(/^Status: (\d+)/m.exec(all.toString("latin1", 0, end))?.[1] ?? 200);
      response.writeHead(status, { "content-type": "application/x-git-upload-pack-result" }).end(all.subarray(end + 4));
    });
  });
}

export async function startGitServer(folder: string, name: string, odd: Odd = {}): Promise<GitServer> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, "bare"), { recursive: true });
  const inside = `inside.${name}`;
  const other = `other.${name}`;
  const address = addressOf(name);
  const names = `subjectAltName=DNS:${name},DNS:${inside},DNS:${other}`;
  // uv takes no authority's certificate for a server's.
  const subject = ["-subj", `/CN=${name}`, "-addext", names, "-addext", "basicConstraints=critical,CA:FALSE"];
  const files = ["-keyout", path.join(folder, "key.pem"), "-out", path.join(folder, "ca.pem")];
  run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", ...subject, ...files]);
  const asked: string[] = [];
  const server = serve(folder, name, odd, asked);
  run("ip", ["addr", "replace", `${address}/32`, "dev", "lo"]);
  tellHosts([name, inside, other], [`${address} ${name}`, `${address} ${other}`, `127.0.0.1 ${inside}`]);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(443, address, resolve));
  const leave = () => {
    tellHosts([name, inside, other], []);
    run("ip", ["addr", "del", `${address}/32`, "dev", "lo"]);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", leave);
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    process.off("exit", leave);
    leave();
  };
  return { name, inside, other, ca: path.join(folder, "ca.pem"), url: (repository) => `https://${name}/${repository}.git`, asked, stop };
}
