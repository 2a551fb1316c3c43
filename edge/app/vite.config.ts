import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { z } from "zod";
import { budget } from "./bundle-budget.ts";
import { chunks } from "./chunks.ts";
import { classNames } from "./class-names.ts";
import { selfHostedClerk } from "./clerk-plugin.ts";
import { fillHeaders } from "./content-policy.ts";
import { firstCalls } from "./first-calls-plugin.ts";

const appRoot = import.meta.dirname;
const output = resolve(appRoot, "../../dist/app");

/**
 * Where Clerk is, the only other place to fetch from, and where previews and members' apps are, the only ones
 * to frame. Locally their ports differ.
 */
const buildEnvironment = z
  .object({
    APP_CLERK_ORIGIN: z.string().optional(),
    APP_PREVIEW_ORIGIN: z.string().default("http://*.preview.localhost:*"),
    APP_RELEASED_ORIGIN: z.string().default("http://*.apps.localhost:*"),
    APP_OUTPUT: z.string().default(output),
  })
  .parse({
    APP_CLERK_ORIGIN: process.env.APP_CLERK_ORIGIN,
    APP_PREVIEW_ORIGIN: process.env.APP_PREVIEW_ORIGIN,
    APP_RELEASED_ORIGIN: process.env.APP_RELEASED_ORIGIN,
    APP_OUTPUT: process.env.APP_OUTPUT,
  });

const firstCallsPlugin = firstCalls();
function headers(): Plugin {
  const { APP_CLERK_ORIGIN: clerk, APP_PREVIEW_ORIGIN, APP_RELEASED_ORIGIN, APP_OUTPUT } = buildEnvironment;
  return {
    name: "headers",
    apply: "build",
    closeBundle() {
      const text = readFileSync(resolve(appRoot, "public/_headers"), "utf8");
      const framed = [APP_PREVIEW_ORIGIN, APP_RELEASED_ORIGIN];
      writeFileSync(resolve(APP_OUTPUT, "_headers"), fillHeaders(text, { clerk, framed }, firstCallsPlugin.hash()));
    },
  };
}

/** The files with which anyone checks receipts and audits, at addresses of their own. */
function verifiers(): Plugin {
  return {
    name: "verifiers",
    apply: "build",
    generateBundle() {
      for (const noun of ["receipt", "audit"]) {
        const fileName = `verify-${noun}.mjs`;
        this.emitFile({ type: "asset", fileName, source: readFileSync(resolve(appRoot, "../../schema", noun, fileName)) });
      }
    },
  };
}

export default defineConfig({
  root: appRoot,
  plugins: [react(), selfHostedClerk(), firstCallsPlugin, headers(), verifiers(), budget()],
  css: classNames,
  build: {
    outDir: buildEnvironment.APP_OUTPUT,
    emptyOutDir: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: { output: { codeSplitting: chunks } },
  },
});
