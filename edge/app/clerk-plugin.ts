import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Plugin } from "vite";

/** Wallets are left out: nothing asks for them, as no instance of ours lets people in by one. */
const isWanted = (name: string) =>
  /(?:^clerk|_clerk)\.browser/.test(name) && name.endsWith(".js") && !/legacy|wallet|base-account|stripe/.test(name);

/**
 * Serves Clerk's own script from the app's origin: it and its lazy parts, which it fetches from its own
 * folder by their names. The bundler would make one chunk of all.
 */
export function selfHostedClerk(): Plugin {
  const dist = path.dirname(createRequire(import.meta.url).resolve("@clerk/clerk-js"));
  const { version } = JSON.parse(readFileSync(path.join(dist, "../package.json"), "utf8")) as { version: string };
  const folder = `assets/clerk-${version}`;
  const module = "\0virtual:clerk-file";
  return {
    name: "self-hosted-clerk",
    resolveId: (id) => (id === "virtual:clerk-file" ? module : undefined),
    load: (id) => (id === module ? `export const clerkFile = "/${folder}/clerk.browser.js";` : undefined),
    configureServer: ({ middlewares }) => {
      middlewares.use(`/${folder}`, (request, response, next) => {
        const name = path.basename(new URL(request.url ?? "/", "http://localhost").pathname);
        if (!isWanted(name)) return next();
        response.setHeader("content-type", "text/javascript");
        response.end(readFileSync(path.join(dist, name)));
      });
    },
    generateBundle() {
      for (const name of readdirSync(dist).filter(isWanted))
        this.emitFile({ type: "asset", fileName: `${folder}/${name}`, source: readFileSync(path.join(dist, name)) });
    },
  };
}
