import { readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { reachRegistries } from "../harness/registries.ts";
import { benchInstance } from "../harness/suite/test-instance.ts";
import { ensureDocker } from "../local/docker/docker.ts";
import { ensureImages } from "../local/docker/images.ts";
import { removeObjects } from "../local/docker/instance-objects.ts";
import { root } from "../local/process.ts";
import { readSettings } from "../local/settings.ts";
import { up } from "../local/up.ts";
import { type Figure, formatFigures } from "./figures.ts";
import { type Bench, prepareGround } from "./ground.ts";

/**
 * `npm run bench [-- <name>…]`: the product's figures beside the raw parts', in the same run on the same
 * machine.
 */
const instance = benchInstance;
const began = performance.now();
const log = (line: string) => console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);

const names = readdirSync(import.meta.dirname)
  .flatMap((file) => /^(.+)\.bench\.ts$/.exec(file)?.[1] ?? [])
  .sort();
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`there is no bench ${unknown.join(", ")}; there are ${names.join(", ")}`);
  process.exit(2);
}

async function runLimited(bench: Bench, run: Promise<Figure[]>): Promise<Figure[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${bench.seconds} s`)), bench.seconds * 1_000);
  });
  return Promise.race([run, late]).finally(() => clearTimeout(timer));
}

// Every run begins empty: a member of an earlier run would be ready before its stack is provisioned.
rmSync(path.join(root, instance.folder), { recursive: true, force: true });
await removeObjects(await ensureDocker(() => undefined), instance);
const settings = { ...readSettings({}), ...(await reachRegistries()), GROWQR_INSTANCE: instance.name, HOST_STACKS: "40" };
await ensureImages(log);
const product = await up(instance, { settings, log: (line) => log(line) });
const figures: Figure[] = [];
const failed: string[] = [];
process.on("unhandledRejection", (error) => log(`a bench that was given up: ${error instanceof Error ? error.message : error}`));
const ground = prepareGround(instance, product, log);
const end = async () => {
  await ground.end();
  await product.stop();
  await removeObjects(await ensureDocker(() => undefined), instance);
};
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end().finally(() => process.exit(1)));
try {
  for (const name of asked.length > 0 ? asked : names) {
    const { bench } = (await import(path.join(import.meta.dirname, `${name}.bench.ts`))) as { bench: Bench };
    log(`${name}: ${bench.title}`);
    try {
      figures.push(...(await runLimited(bench, bench.run(ground))));
    } catch (error) {
      failed.push(name);
      log(`${name} FAILED: ${error instanceof Error ? error.stack : error}`);
      await ground.quiet().catch((more: unknown) => log(`its stacks were not stopped: ${more}`));
    }
  }
} finally {
  await end();
}
const machine = `${os.cpus()[0]?.model ?? "unknown CPU"}, ${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB, load ${os.loadavg()[0]!.toFixed(1)} at the end`;
const text = `${new Date().toISOString().slice(0, 10)}, ${machine}\n\n${formatFigures(figures)}\n`;
writeFileSync(path.join(root, instance.folder, "figures.json"), `${JSON.stringify(figures, null, 2)}\n`);
console.log(`\n${text}${failed.length ? `\nfailed: ${failed.join(", ")}\n` : ""}`);
process.exit(failed.length ? 1 : 0);
