import { connect, type Socket } from "node:net";

/**
 * Runs in the network namespace of one box, as a child of the daemon: connects to a port of the box's
 * loopback when it is told to, and hands the connection to its parent. It reads nothing but those messages.
 */
type Order = { id: number; port: number; addresses: readonly string[] };

function connectTo(port: number, host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => resolve(socket.pause()));
  });
}

async function connectToFirst(port: number, [address = "127.0.0.1", ...others]: readonly string[]): Promise<Socket> {
  const connected = connectTo(port, address);
  return others.length === 0 ? connected : connected.catch(() => connectToFirst(port, others));
}

process.on("message", ({ id, port, addresses }: Order) => {
  connectToFirst(port, addresses).then(
    (socket) => process.send?.({ id }, socket),
    (error: NodeJS.ErrnoException) => process.send?.({ id, error: error.code ?? "failed" }),
  );
});
process.on("disconnect", () => process.exit(0)); // the daemon has ended
