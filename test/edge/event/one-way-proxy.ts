import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy to an engine whose links can fall silent for the edge and still deliver. */
export type OneWay = {
  url: string;
  /**
   * No link to an actor that is open now brings the engine anything more: what the edge asks has no answer,
   * so that it gives the link up, and its end is not heard either. What the engine says goes on to the edge.
   * Answers how many links there were.
   */
  deafenLinks: () => number;
  /** On how many such links the engine has said this since. */
  countDelivered: (words: string) => number;
  close: () => Promise<void>;
};

export async function startOneWay(to: string): Promise<OneWay> {
  const { hostname, port } = new URL(to);
  const open = new Set<Socket>();
  const links = new Set<{ near: Socket; deaf: boolean; said: string }>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const link = { near, deaf: false, said: "" };
    const end = () => {
      for (const socket of [near, far]) {
        open.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [near, far]) open.add(socket.setNoDelay(true).on("error", end).on("close", end));
    near.on("data", (bytes) => {
      if (bytes.includes("/gateway/growAgent/connect")) links.add(link);
      if (!link.deaf) far.write(bytes);
    });
    far.on("data", (bytes) => {
      if (link.deaf) link.said += bytes.toString("latin1");
      near.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deafenLinks: () => {
      const now = [...links].filter(({ near, deaf }) => !deaf && !near.destroyed);
      for (const link of now) link.deaf = true;
      return now.length;
    },
    countDelivered: (words) => [...links].filter(({ said }) => said.includes(words)).length,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
