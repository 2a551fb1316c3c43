import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { readInstance } from "../../schema/machine/instance.ts";
import { limits } from "../../schema/wire/limits.ts";
import { ensureDocker } from "../local/docker/docker.ts";
import { ensureImages } from "../local/docker/images.ts";
import { removeObjects } from "../local/docker/instance-objects.ts";
import { holder } from "../local/lock.ts";
import { portsFree } from "../local/ports.ts";
import { root } from "../local/process.ts";
import { readSettings } from "../local/settings.ts";
import { up } from "../local/up.ts";
import { resultsFolder } from "./suite/evidence/results.ts";
import { limit } from "./suite/limit.ts";

/** What tests need to know of the product that was brought up for them. */
export type UnderTest = {
  instance: string;
  folder: string;
  url: string;
  edgeUrl: string;
  identityUrl: string;
  modelUrl: string;
  modelKey: string;
};
declare module "vitest" {
  interface ProvidedContext {
    product: UnderTest;
    /** Where files that run at the same time have one each. */
    products: UnderTest[];
    /** An https Git server of the test's own: where its repositories lie, and its name. */
    gitServer: { folder: string; name: string; other: string };
    /** A file with the spans that the parts sent to their collector, a line each. */
    spans: string;
  }
}

async function wipe(name: string): Promise<void> {
  const instance = readInstance(name);
  const folder = path.join(root, instance.folder);
  const held = holder(folder);
  if (held) throw new Error(`another run of instance ${name} is going on (process ${held.holder.pid})`);
  await portsFree(instance);
  await removeObjects(await ensureDocker(() => undefined), instance);
  rmSync(folder, { recursive: true, force: true });
}

/** Logs outlive the instance, for people who look for why a test failed. */
function keepLogs(name: string, folder: string): void {
  const kept = path.join(resultsFolder(), name);
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  if (existsSync(folder))
    for (const file of readdirSync(folder).filter((file) => file.endsWith(".log")))
      cpSync(path.join(folder, file), path.join(kept, file), { recursive: true });
}

/** Where a test may play a service for members' agents (`test/doubles/service`). */
export const trackerAt = (name: string): string => `http://127.0.0.1:${readInstance(name).ports.spare + 9}`;

/** Where a test may play the push service of members' browsers (`test/doubles/push`). */
export const pushAt = (name: string): string => `http://127.0.0.1:${readInstance(name).ports.spare + 8}`;

/** A host counts the stacks that stand still too, and each file of tests brings members of its own. */
const stacks = "100";
/** The whole product on an instance of its own, begun afresh; the answer takes it down without a trace. */
export async function bringUp(name: string, more: Record<string, string> = {}): Promise<{ product: UnderTest; down: () => Promise<void> }> {
  await wipe(name);
  const lines: string[] = [];
  const patience = String(limit(limits.hostPatience)); // a host that died is back as soon as the machine allows
  const quiet = {
    HOST_PATIENCE: patience,
    SERVICES_LOCAL: trackerAt(name),
    REMINDERS_LOCAL: pushAt(name),
    HOST_STACKS: stacks,
    ...more,
    GROWQR_INSTANCE: name,
  };
  await ensureImages(() => undefined);
  const product = await up(readInstance(name), { settings: readSettings(quiet), log: (line) => lines.push(line) }).catch(
    (error: unknown) => {
      keepLogs(name, path.join(root, readInstance(name).folder));
      throw new Error(`${lines.join("\n")}\n${error instanceof Error ? error.message : error}`, { cause: error });
    },
  );
  const { folder, url, edgeUrl, modelKey } = product;
  return {
    product: { instance: name, folder, url, edgeUrl, identityUrl: product.identityUrl!, modelUrl: product.modelUrl!, modelKey },
    down: async () => {
      await product.stop();
      keepLogs(name, folder);
      await wipe(name);
    },
  };
}
