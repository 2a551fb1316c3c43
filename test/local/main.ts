import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { readInstance } from "../../schema/machine/instance.ts";
import { ensureDocker } from "./docker/docker.ts";
import { removeObjects } from "./docker/instance-objects.ts";
import { holder } from "./lock.ts";
import { prepareMachine } from "./machine.ts";
import { portsFree } from "./ports.ts";
import { bin, root } from "./process.ts";
import { readSettings, type Settings } from "./settings.ts";
import { AlreadyRuns, up } from "./up.ts";
import "./ignore-log-errors.ts";

/**
 * boot.mjs calls this under Node 24: `start [--reset]`, `dev`, `test [--long] [--pictures] [<word>…]`, `bench
 * [<name>…]`.
 */
const [command = "start", ...args] = process.argv.slice(2);
const settings = readSettings(process.env);
const began = settings.GROWQR_BEGAN ?? Date.now();
const log = (line: string) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);

/** Removes what the instance has in Docker, in the kernel and in its folder. */
async function reset(settings: Settings): Promise<void> {
  const instance = readInstance(settings.GROWQR_INSTANCE);
  const folder = path.join(root, instance.folder);
  const held = holder(folder);
  if (held) throw new Error(`GrowQR runs (process ${held.holder.pid}, ${held.url}). Stop it first, then reset.`);
  await portsFree(instance);
  const removed = await removeObjects(await ensureDocker(() => undefined), instance);
  const had = existsSync(folder);
  rmSync(folder, { recursive: true, force: true });
  const { containers, networks, volumes } = removed;
  log(
    `reset: removed ${containers.length} containers, ${networks.length} networks, ${volumes.length} volumes${had ? ` and ${instance.folder}` : ""}`,
  );
}

/** Ends the process in order at the first sign, whichever it is; later ones change nothing. */
function onEnd(end: (why: string) => void): void {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => end(name === "SIGINT" ? "Ctrl-C" : name));
  process.on("disconnect", () => end("the process that started this one is gone"));
}

async function startProduct(settings: Settings): Promise<void> {
  const instance = readInstance(settings.GROWQR_INSTANCE);
  let stopping: Promise<void> | undefined;
  const abort = new AbortController();
  const gaveUp = (part: string, where: string) => finish(`${part} keeps ending; its log is ${where}`, 1);
  const starting = up(instance, { settings, log, gaveUp, signal: abort.signal, apiOnly: command === "dev" });
  const finish = (why: string, code: number) => {
    stopping ??= (async () => {
      log(`stopping (${why})`);
      abort.abort();
      const product = await starting.catch(() => undefined); // a start that failed has stopped what it started and told why
      await product?.stop();
      log("stopped; what was made stays: start again to go on, or `npm start -- --reset` to begin afresh");
      process.exit(code);
    })();
  };
  onEnd((why) => finish(why, 0));
  const product = await starting;
  if (stopping) return;
  if (command === "dev") await (await import("./dev.ts")).develop(instance, product, log);
  const real = [
    settings.CLERK_PUBLISHABLE_KEY ? undefined : "demo sign-in",
    settings.OPENAI_API_KEY ? undefined : "demo model",
    settings.STRIPE_KEY ? undefined : "demo payments",
    settings.MAIL_KEY ? undefined : `demo mail (read it at http://localhost:${instance.ports.mail})`,
  ].filter(Boolean);
  log(`ready${real.length ? ` with ${real.join(", ")}` : ""}; Ctrl-C stops it`);
  console.log(`\n  ${product.url}\n`);
}

async function bench(): Promise<never> {
  await prepareMachine(["docker", "chromium"], "npm run bench", log);
  onEnd(() => process.exit(1));
  const child = spawn(bin("node"), [path.join(root, "test/bench/main.ts"), ...args], { stdio: "inherit" });
  const [code] = await once(child, "exit");
  process.exit(code ?? 1);
}

async function test(): Promise<never> {
  const { runSuite, suiteOptions } = await import("../harness/suite/suite.ts"); // `npm start` loads no code of tests
  const options = suiteOptions(args);
  await prepareMachine(options.needs, "npm test", log);
  const abort = new AbortController();
  onEnd((why) => {
    if (!abort.signal.aborted) log(`stopping (${why})`);
    abort.abort();
  });
  process.exit(await runSuite({ ...options, log, signal: abort.signal }));
}

async function startOrReset(): Promise<void> {
  await prepareMachine(["docker"], "npm start", log);
  if (args.includes("--reset")) await reset(settings);
  await startProduct(settings);
}

try {
  if (command === "test") await test();
  if (command === "bench") await bench();
  await startOrReset();
} catch (error) {
  if (error instanceof AlreadyRuns) console.error(`\n${error.message}\n`);
  else console.error(`\n${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
