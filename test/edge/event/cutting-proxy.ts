import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/**
 * A proxy that passes a number of bytes of each answer and then breaks the connection, in both directions.
 */
export type Cutting = { url: string; cuts: () => number; close: () => Promise<void> };

/** `most` says how many bytes the next connection may bring; undefined: it is left alone. */
export async function cutting(to: string, most: () => number | undefined): Promise<Cutting> {
  const { hostname, port } = new URL(to);
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    let left = most() ?? Number.POSITIVE_INFINITY;
    const end = () => {
      for (const socket of [near, far]) {
        open.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [near, far]) open.add(socket.setNoDelay(true).on("error", end).on("close", end));
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => {
      if (bytes.length < left) {
        left -= bytes.length;
        near.write(bytes);
        return;
      }
      cuts += 1;
      far.destroy();
      near.write(bytes.subarray(0, left), () => near.resetAndDestroy()); // what may pass has passed; the rest never comes
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cuts: () => cuts, close };
}
