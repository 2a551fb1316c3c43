import { readlinkSync } from "node:fs";
import { createServer } from "node:net";

/**
 * Runs in the network namespace of one app, as a child of the daemon: says in which it is, listens on a port
 * of its loopback, hands the listener over, and lets go of it, each when it is told to. It reads nothing of
 * the app.
 */
const server = createServer();
const fail = (error: NodeJS.ErrnoException) => process.send?.({ error: error.code ?? "failed" });
server.once("error", fail);
const orders: Record<string, () => void> = {
  say: () => process.send?.({ space: readlinkSync("/proc/self/ns/net") }),
  listen: () => server.listen(Number(process.argv[2]), "127.0.0.1", () => process.send?.({ listens: true }, server)),
  leave: () => server.close(() => process.send?.({ left: true })),
};
process.on("message", (order: string) => orders[order]?.());
process.on("disconnect", () => process.exit(0)); // it was handed over, or the daemon has ended
