import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { createLogger, createServer, type Logger, type ProxyOptions } from "vite";
import { z } from "zod";
import { buildWorker } from "../../edge/deploy/build-worker.ts";
import type { Instance } from "../../schema/machine/instance.ts";
import { bin, root } from "./process.ts";
import type { PartName, Product } from "./up.ts";

const appFolder = path.join(root, "edge/app");

/**
 * Sends the API's addresses and those of previews to the Worker, except for the app's own files: both have
 * folders named after nouns.
 */
async function apiProxy(instance: Instance, target: string): Promise<Record<string, ProxyOptions>> {
  // The path is no literal: the Worker's types are not this program's.
  const worker: unknown = await import(new URL("../../edge/api.ts", import.meta.url).href);
  const isApiPath = z.function({ input: [z.string()], output: z.boolean() });
  const api = z.object({ isApiPath }).parse(worker);
  const bypass = ({ url = "/", headers }: IncomingMessage) => {
    const { pathname } = new URL(url, "http://localhost");
    if (headers.host !== `localhost:${instance.ports.edge}` && headers.host !== `127.0.0.1:${instance.ports.edge}`) return undefined;
    const isFile = path.extname(pathname) !== "" && existsSync(path.join(appFolder, pathname));
    return isFile || !api.isApiPath(pathname) ? url : undefined;
  };
  return { "^/": { target, ws: true, bypass } };
}

/** While the Worker starts again, the app asks it many times: that is no news. */
function quietLogger(): Logger {
  const logger = createLogger("warn", { allowClearScreen: false });
  const { error } = logger;
  logger.error = (message, options) => void (message.includes("proxy error") || error(message, options));
  return logger;
}

/** The app from its source, with hot reload, on the address that people open. */
async function serveApp(instance: Instance, edgeUrl: string): Promise<void> {
  const server = await createServer({
    configFile: path.join(appFolder, "vite.config.ts"),
    customLogger: quietLogger(),
    server: {
      host: "127.0.0.1",
      port: instance.ports.edge,
      strictPort: true,
      proxy: await apiProxy(instance, edgeUrl),
      allowedHosts: [".localhost"],
      fs: { allow: [root] },
    },
  });
  await server.listen();
}

/**
 * Checks that a program loads before its part starts again. Both programs print their usage and end with 2.
 */
const loads = (program: string) => async () => {
  const child = spawn(bin("node"), ["--disable-warning=ExperimentalWarning", path.join(root, program)], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, STATE_FOLDER: "/nowhere" },
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  if (code !== 2) throw new Error(said.trim());
};
type Watched = { part: PartName; folder: string; check: () => Promise<unknown> };
const watched: Watched[] = [
  { part: "edge", folder: "edge", check: buildWorker },
  { part: "runner", folder: "actors", check: loads("actors/main.ts") },
  { part: "host", folder: "agent-host", check: loads("agent-host/main.ts") },
];

/** Begins a part again a moment after its source, or `schema/`, has changed. */
function restartOnChange(product: Product, log: (line: string) => void): void {
  const changed = new Map<PartName, string>();
  let timer: NodeJS.Timeout | undefined;
  let working = Promise.resolve();
  const restart = async () => {
    const files = new Map(changed);
    changed.clear();
    const begin = async ({ part, check }: Watched) => {
      await check();
      log(`${files.get(part)} has changed; ${part} starts again`);
      await product.parts.get(part)?.renew();
    };
    const stays =
      ({ part }: Watched) =>
      (error: unknown) =>
        log(`${part} goes on as it was: ${error instanceof Error ? error.message : error}`);
    await Promise.all(watched.filter(({ part }) => files.has(part)).map((part) => begin(part).catch(stays(part))));
  };
  const note = (file: string) => {
    if (file.startsWith("edge/app/") || !/\.(ts|yaml|sql|json)$/.test(file)) return;
    for (const { part, folder } of watched) if (file.startsWith(`${folder}/`) || file.startsWith("schema/")) changed.set(part, file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      working = working.then(restart);
    }, 150);
  };
  for (const folder of ["schema", ...watched.map((part) => part.folder)])
    watch(path.join(root, folder), { recursive: true }, (_, file) => file && note(`${folder}/${file}`));
}

/**
 * `npm run dev`: what `up` started, with the app from its source. A part starts again when its source
 * changes.
 */
export async function develop(instance: Instance, product: Product, log: (line: string) => void): Promise<void> {
  await serveApp(instance, product.edgeUrl);
  restartOnChange(product, log);
  log("watching: the app reloads by itself; edge, runner and host start again when their source or schema/ changes");
}
