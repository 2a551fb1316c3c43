import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { z } from "zod";
import { budget } from "./bundle-budget.ts";
import { firstCalls } from "./first-calls-plugin.ts";

const root = import.meta.dirname;
const output = resolve(root, "../../dist/app");

/** Where the browser may fetch from besides the edge: the identity provider. Locally that is a port that differs per instance. */
const environment = z
  .object({ APP_IDENTITY_ORIGIN: z.string().default("http://localhost:*"), APP_OUTPUT: z.string().default(output) })
  .parse({ APP_IDENTITY_ORIGIN: process.env.APP_IDENTITY_ORIGIN, APP_OUTPUT: process.env.APP_OUTPUT });

const first = firstCalls();
function headers(): Plugin {
  const local = environment.APP_IDENTITY_ORIGIN === "http://localhost:*";
  const origins = local ? "http://localhost:* http://127.0.0.1:* ws://localhost:* ws://127.0.0.1:*" : environment.APP_IDENTITY_ORIGIN;
  return {
    name: "headers",
    apply: "build",
    closeBundle() {
      const file = resolve(environment.APP_OUTPUT, "_headers");
      const text = readFileSync(resolve(root, "public/_headers"), "utf8");
      writeFileSync(file, text.replaceAll("%IDENTITY%", origins).replaceAll("%FIRST%", first.hash()));
    },
  };
}

/** The one file that a stranger checks receipts with, at an address of its own. */
function verifier(): Plugin {
  const fileName = "verify-receipt.mjs";
  return {
    name: "verifier",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source: readFileSync(resolve(root, "../../schema/receipt", fileName)) });
    },
  };
}

/** Few files, for each costs a slow line as much as many kilobytes: what the door needs, the workspace's libraries, the workspace. Each takes along what it imports. */
const chunks = [
  { name: "door", test: /edge[\\/]app[\\/]main\.tsx$/, priority: 3 },
  { name: "libraries", test: /node_modules[\\/](@radix-ui|@tanstack|marked|remend|virtua)[\\/]/, priority: 2 },
  { name: "workspace", test: /edge[\\/]app[\\/]shell[\\/]router\.tsx$/, priority: 1 },
];

export default defineConfig({
  root,
  plugins: [react(), first, headers(), verifier(), budget()],
  build: {
    outDir: environment.APP_OUTPUT,
    emptyOutDir: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: { output: { codeSplitting: { groups: chunks } } },
  },
});
