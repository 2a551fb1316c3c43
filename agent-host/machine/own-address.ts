import { createSocket } from "node:dgram";
import { AppError } from "../../schema/wire/error.ts";

/**
 * The address from which this machine reaches the edge: loopback for an edge on the same machine, else that
 * of the network by which runners reach it too. Nothing is sent.
 */
export async function findOwnAddress(edgeUrl: string): Promise<string> {
  const { hostname, port, protocol } = new URL(edgeUrl);
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject).once("connect", resolve);
      socket.connect(Number(port) || (protocol === "https:" ? 443 : 80), hostname);
    });
    return socket.address().address;
  } catch (cause) {
    const message = `No network of this machine leads to ${hostname}. Say by which address runners reach it: --address <address>, or HOST_ADDRESS.`;
    throw new AppError("unavailable", { what: "edge" }, { cause, message });
  } finally {
    socket.close();
  }
}
