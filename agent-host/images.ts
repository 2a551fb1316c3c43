import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import pLimit from "p-limit";
import { pack } from "tar-stream";
import { z } from "zod";
import type { ImageVariant } from "../schema/environment/environment.ts";
import { runBuild } from "./build-process.ts";
import { compileC, ensureGo } from "./compilers.ts";
import { ensureProgram, runProgram } from "./program.ts";
import { fetchWorkshopTools } from "./workshop-tools.ts";

const imagesFolder = path.join(import.meta.dirname, "images");
const repositoryFolder = path.resolve(import.meta.dirname, "..");
const openCodePackage = path.join(repositoryFolder, "node_modules/opencode-linux-x64-baseline");
/** What members' projects run on, in the box and in clean rooms: the Node of the platform itself. */
const boxNode = { program: process.execPath, version: process.versions.node };

/** Those that every stack needs. `full`, the box with more languages, and `services` come on first need. */
export const imageNames = ["gitea", "opencode"] as const;
export const laterImages = ["full", "services"] as const;
export type LaterImage = (typeof laterImages)[number];
export type PairImage = (typeof imageNames)[number];
export type ImageName = PairImage | LaterImage;
/** The image of each that a project can choose. */
export const imageOfVariant = { workshop: "opencode", full: "full" } as const satisfies Record<ImageVariant, ImageName>;
export type ImageLog = (line: string) => void;
/** Digests by image: `name=sha256:…` with commas between. Docker checks what it pulls against them. */
export const imageDigests = z.string().transform((text, context) => {
  const digests: ImageDigests = {};
  for (const part of text.split(",").filter(Boolean)) {
    const [, name, digest] = /^(gitea|opencode|full|services|debian)=(sha256:[0-9a-f]{64})$/.exec(part.trim()) ?? [];
    if (name && digest) digests[name as keyof ImageDigests] = digest;
    else
      context.addIssue({
        code: "custom",
        message: `${part.slice(0, 80)} is not gitea=, opencode=, full=, services= or debian= with a sha256 digest`,
      });
  }
  return digests;
});
export type ImageDigests = Partial<Record<ImageName | "debian", string>>;
/** An image is pulled only where both a registry and its digest are known; else it is built. */
export type ImageSettings = {
  registry?: string | undefined;
  digests?: ImageDigests | undefined;
  cache: string;
  log: ImageLog;
  /** Ends the programs that build. */
  signal?: AbortSignal;
};

function listFolder(from: string): string[] {
  return readdirSync(from, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(path.join(from, name)).isFile())
    .sort();
}

/** SHA-256 over names and contents of a folder, and what else decides the content of the image. */
function hashFolder(from: string, ...more: string[]): string {
  const hash = createHash("sha256");
  for (const name of listFolder(from))
    hash
      .update(`${name}\0`)
      .update(readFileSync(path.join(from, name)))
      .update("\0");
  for (const text of more) hash.update(text).update("\0");
  return hash.digest("hex").slice(0, 16);
}

function packageVersion(folder: string): string {
  const text = readFileSync(path.join(folder, "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** The tags of all images: they change with everything that goes into them. */
export function readImageTags(): Record<ImageName, string> {
  const versions = [packageVersion(openCodePackage), boxNode.version];
  const opencode = `growqr/opencode:${hashFolder(path.join(imagesFolder, "opencode"), ...versions)}`;
  return {
    gitea: `growqr/gitea:${hashFolder(path.join(imagesFolder, "gitea"))}`,
    opencode,
    full: `growqr/full:${hashFolder(path.join(imagesFolder, "full"), opencode)}`,
    services: `growqr/services:${hashFolder(path.join(imagesFolder, "services"))}`,
  };
}

export async function hasImage(docker: Docker, tag: string): Promise<boolean> {
  try {
    await docker.getImage(tag).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

async function pullImage(docker: Docker, name: ImageName, tag: string, settings: ImageSettings): Promise<boolean> {
  const digest = settings.digests?.[name];
  if (!settings.registry || !digest) return false;
  const remote = `${settings.registry}/growqr/${name}@${digest}`;
  try {
    await followProgress(docker, await docker.pull(remote));
    const [repo = "", version = ""] = tag.split(":");
    await docker.getImage(remote).tag({ repo, tag: version });
    return true;
  } catch (error) {
    settings.log(`${remote} could not be pulled (${error instanceof Error ? error.message : error}); it is built here`);
    return false;
  }
}

/** Reads a build's or pull's progress to its end; throws with Docker's own words when it failed. */
async function followProgress(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => (error ? reject(new Error(`${error.message}\n${lines.slice(-20).join("")}`)) : resolve()),
      (event: { stream?: string; error?: string }) => {
        if (event.stream) lines.push(event.stream);
        if (event.error) reject(new Error(`${event.error}\n${lines.slice(-20).join("")}`));
      },
    );
  });
}

/** Builds from whole folders and single files: context name → path on this machine. */
async function buildImage(
  docker: Docker,
  tag: string,
  context: Record<string, string>,
  buildargs: Record<string, string> = {},
): Promise<void> {
  const tar = pack();
  const filled = fillTar(tar, context);
  const [stream] = await Promise.all([docker.buildImage(Readable.from(tar), { t: tag, rm: true, forcerm: true, buildargs }), filled]);
  await followProgress(docker, stream);
}

/**
 * Execute-only: a program that its user may not read is not dumpable, so an agent's shell can't read its own
 * server's secrets from /proc.
 */
const fileModes: Record<string, number> = { opencode: 0o711, launch: 0o711, "match-secrets": 0o755 };
async function fillTar(tar: ReturnType<typeof pack>, context: Record<string, string>): Promise<void> {
  for (const [name, from] of Object.entries(context)) {
    const all = statSync(from).isDirectory()
      ? listFolder(from).map((file) => [path.posix.join(name, file), path.join(from, file)])
      : [[name, from]];
    for (const [inside, file] of all as [string, string][]) {
      const { size, mode } = statSync(file);
      await pipeline(createReadStream(file), tar.entry({ name: inside, size, mode: fileModes[inside] ?? (mode & 0o111 ? 0o755 : 0o644) }));
    }
  }
  tar.finalize();
}

/**
 * Behind a proxy that ends TLS, Go is to trust the authority that Node was told of. It goes on trusting those
 * of /etc/ssl/certs.
 */
export function trustAuthorities(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const file = env.SSL_CERT_FILE || env.NODE_EXTRA_CA_CERTS;
  return file ? { ...env, SSL_CERT_FILE: file } : env;
}

async function prepareGitea(settings: ImageSettings): Promise<Record<string, string>> {
  const source = path.join(imagesFolder, "gitea");
  const kept = path.join(settings.cache, `gitea-${giteaBuildKey()}`);
  if (!existsSync(path.join(kept, "gitea")) || !existsSync(path.join(kept, "static"))) {
    await ensureProgram("gcc", ["gcc", "libc6-dev"], settings.log);
    const go = await ensureGo(settings);
    settings.log("compiling Gitea from its Go module (about 4 minutes the first time)");
    const env = { ...trustAuthorities(process.env), GOTOOLCHAIN: "local" }; // no other Go is fetched
    // One build at a time in a folder, whichever daemon asks; the second finds what the first has made. It
    // takes both cores for minutes, and gives way to what people wait for.
    const once = [
      "sh",
      "-c",
      '[ -x "$2/gitea" -a -d "$2/static" ] || exec nice -n 10 "$0" "$1" "$2"',
      path.join(source, "build.sh"),
      go,
      kept,
    ];
    await runBuild("flock", [`${kept}.lock`, ...once], { env, signal: settings.signal });
  }
  const inside = ["Dockerfile", "app.ini", "find-secrets.sh", "gitconfig", "hooks", "start.sh"].map((name) => [
    name,
    path.join(source, name),
  ]);
  return {
    ...Object.fromEntries(inside),
    ...{ gitea: path.join(kept, "gitea"), static: path.join(kept, "static") },
    "ask-gitea": await compileC(path.join(source, "ask-gitea.c"), ["-static"], settings),
    "match-secrets": await compileC(path.join(source, "find-secrets.c"), ["-static"], settings),
  };
}

/** What the Gitea binary depends on: its built output is kept under this key. */
export function giteaBuildKey(): string {
  const hash = createHash("sha256");
  for (const name of ["go.mod", "go.sum", "build.sh"]) hash.update(readFileSync(path.join(imagesFolder, "gitea", name)));
  return hash.digest("hex").slice(0, 16);
}

async function prepareOpenCode(settings: ImageSettings): Promise<Record<string, string>> {
  const source = path.join(imagesFolder, "opencode");
  const inside = ["Dockerfile", "config", "bin", "checks", "titles", "etc"].map((name) => [name, path.join(source, name)]);
  return {
    ...Object.fromEntries(inside),
    launch: await compileC(path.join(source, "launch.c"), ["-static"], settings), // nothing of the box is loaded into it
    "collector-timer.so": await compileC(path.join(source, "collector-timer.c"), ["-shared", "-fPIC"], settings),
    "monotonic-waits.so": await compileC(path.join(source, "monotonic-waits.c"), ["-shared", "-fPIC"], settings),
    opencode: path.join(openCodePackage, "bin/opencode"),
    node: boxNode.program,
    ...(await fetchWorkshopTools(settings)),
  };
}

/** What each image is put together of: context name → path on this machine. */
const imageContexts: Record<Exclude<ImageName, "full">, (settings: ImageSettings) => Promise<Record<string, string>>> = {
  gitea: prepareGitea,
  opencode: prepareOpenCode,
  services: async () => {
    const source = path.join(imagesFolder, "services");
    return Object.fromEntries(["Dockerfile", "postgres", "services.sh", "way.sh"].map((name) => [name, path.join(source, name)]));
  },
};

/** One image, by local tag, else pulled, else built here; a line per step, the last with its time. */
export async function prepareImage(docker: Docker, name: ImageName, settings: ImageSettings): Promise<void> {
  const tag = readImageTags()[name];
  const started = Date.now();
  const said = (how: string) => settings.log(`image ${tag} ${how} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (await hasImage(docker, tag)) said("is here");
  else if (await pullImage(docker, name, tag, settings)) said("pulled");
  else if (name === "full") {
    await prepareImage(docker, "opencode", settings);
    settings.log("adding Go, Rust and Java to the box's image");
    const context = Object.fromEntries(["Dockerfile", "mavenrc"].map((file) => [file, path.join(imagesFolder, "full", file)]));
    await buildImage(docker, tag, context, { BASE: readImageTags().opencode });
    said("built");
  } else {
    mkdirSync(settings.cache, { recursive: true });
    const context = await imageContexts[name](settings);
    await ensureBaseImage(docker, settings);
    settings.log("putting the image together");
    await buildImage(docker, tag, context);
    said("built");
  }
}

/**
 * Both images of the pair; answers all tags. Side by side: Gitea's build takes minutes of processor time, and
 * meanwhile the base and OpenCode's image mostly wait for packages.
 */
export async function ensureImages(docker: Docker, settings: ImageSettings): Promise<Record<ImageName, string>> {
  const done = await Promise.allSettled(imageNames.map((name) => prepareImage(docker, name, settings)));
  for (const result of done) if (result.status === "rejected") throw result.reason;
  return readImageTags();
}

/** The first of both images makes the base, the second finds it. */
function ensureBaseImage(docker: Docker, settings: ImageSettings): Promise<void> {
  return baseSteps(async () => void ((await hasImage(docker, "debian:bookworm-slim")) || (await makeBaseImage(docker, settings))));
}
const baseSteps = pLimit(1);
async function makeBaseImage(docker: Docker, settings: ImageSettings): Promise<void> {
  const script = path.join(imagesFolder, "base.sh");
  // Docker refuses the versions that an older client begins with, such as Debian's in the cell's image.
  const env = { ...process.env, DOCKER_API_VERSION: (await docker.version()).ApiVersion };
  const digest = settings.digests?.debian;
  if (digest) {
    const got = await runProgram(script, [digest], { env }).then(
      () => true,
      () => false,
    );
    if (got) return;
  }
  await ensureProgram("debootstrap", ["debootstrap"], settings.log);
  settings.log("making a Debian base image from Debian's packages (about 45 s)");
  await runBuild(script, [], { env, signal: settings.signal });
}
