import { connect, createServer, type Socket } from "node:net";
import { z } from "zod";

/** Passes so many calls on to a server, and breaks off all after them, or leaves them without an answer. */
export async function startCutting({ port }: URL, calls: number, then: "breaks" | "hangs" = "breaks") {
  const open = new Set<Socket>();
  let seen = 0;
  const proxy = createServer((caller) => {
    const server = connect(Number(port), "127.0.0.1");
    const end = () => void [caller, server].map((socket) => socket.destroy());
    for (const socket of [caller, server]) open.add(socket.on("error", end).on("close", end));
    caller.on("data", (bytes: Buffer) => {
      if (bytes.toString("latin1", 0, 5) === "POST ") seen += 1;
      if (seen > calls) return then === "breaks" ? end() : undefined;
      server.write(bytes);
    });
    server.on("data", (bytes: Buffer) => caller.write(bytes));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port: listening } = z.object({ port: z.number() }).parse(proxy.address());
  const close = async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  };
  return { url: `http://127.0.0.1:${listening}`, close, seen: () => seen };
}
