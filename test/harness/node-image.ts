import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fetchWorkshopTools } from "../../agent-host/workshop-tools.ts";
import { root } from "../local/process.ts";

/** By what this machine checks packages: it may stand behind a mirror with an authority of its own. */
const authorities = process.env.NODE_EXTRA_CA_CERTS ?? "/etc/ssl/certs/ca-certificates.crt";
const dockerfile = `FROM debian:bookworm-slim
COPY node /usr/local/bin/
COPY npm /usr/local/lib/node_modules/npm
COPY authorities.pem /usr/local/share/authorities.pem
RUN cd /usr/local/bin && ln -s ../lib/node_modules/npm/bin/npm-cli.js npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js npx && npm --version
ENV NODE_EXTRA_CA_CERTS=/usr/local/share/authorities.pem PIP_CERT=/usr/local/share/authorities.pem
`;
const docker = (...args: string[]) => execFileSync("docker", args, { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26 }).toString();

/**
 * Stands for Docker's official image of Node, which no registry here has: Debian from its own packages, the
 * Node that runs this, and npm by its hash. Made once for each content; answers its tag.
 */
export async function makeNodeImage(log: (line: string) => void): Promise<string> {
  execFileSync(path.join(root, "agent-host/images/base.sh"), { stdio: ["ignore", "pipe", "pipe"] });
  const tools = await fetchWorkshopTools({ cache: path.join(root, ".growqr/cache"), log });
  const npm = tools["node_modules/npm"]!;
  const base = docker("image", "inspect", "--format", "{{.Id}}", "debian:bookworm-slim").trim();
  const hash = createHash("sha256").update(dockerfile).update(base).update(process.version).update(npm).update(readFileSync(authorities));
  const tag = `growqr/test-node:${hash.digest("hex").slice(0, 16)}`;
  if (docker("image", "ls", "--quiet", tag).trim() !== "") return tag;
  const context = mkdtempSync(path.join(tmpdir(), "growqr-node-"));
  try {
    copyFileSync(process.execPath, path.join(context, "node"));
    cpSync(npm, path.join(context, "npm"), { recursive: true });
    copyFileSync(authorities, path.join(context, "authorities.pem"));
    writeFileSync(path.join(context, "Dockerfile"), dockerfile);
    docker("build", "--quiet", "--tag", tag, context);
    return tag;
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
