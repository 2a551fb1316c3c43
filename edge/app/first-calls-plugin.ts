import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { build, type Plugin } from "vite";

const placeholder = "<!-- first calls -->";
/** Chunks that a signed-in member needs next: with what they import. */
const firstCallPaths = ["libraries", "workspace", "signed-in", "live-socket"];

/** The document's own script, as one line of text. */
async function firstScript(): Promise<string> {
  const entry = resolve(import.meta.dirname, "first-calls.ts");
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, target: "chrome123", lib: { entry, formats: ["iife"], name: "growqrFirstCalls" } },
  });
  const output = (Array.isArray(built) ? built : [built]).flatMap((bundle) => ("output" in bundle ? bundle.output : []));
  const script = output.find((part) => part.type === "chunk");
  if (!script) throw new Error("the document's script was not built");
  return script.code.trim();
}

/**
 * Puts first-calls.ts into the document, where it waits for no file, and names it in the content policy by
 * its hash.
 */
export function firstCalls(): Plugin & { hash: () => string } {
  let script = "";
  const hash = () => `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  return {
    name: "first-calls",
    apply: "build",
    hash,
    async buildStart() {
      script = await firstScript();
    },
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((part) => part.type === "chunk");
        const withImports = (file: string): string[] => [
          file,
          ...(chunks.find((chunk) => chunk.fileName === file)?.imports ?? []).flatMap(withImports),
        ];
        const here = new Set(chunks.filter((chunk) => chunk.isEntry).flatMap((chunk) => withImports(chunk.fileName)));
        const parts = firstCallPaths.flatMap((name) => chunks.filter((chunk) => chunk.name === name));
        const later = new Set(parts.flatMap((chunk) => withImports(chunk.fileName)).filter((file) => !here.has(file)));
        const list = [...later].map((file) => `/${file}`).join(" ");
        return html.replace(placeholder, () => `<script data-later="${list}">${script}</script>`);
      },
    },
  };
}
