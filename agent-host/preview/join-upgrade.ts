import { type Duplex, pipeline } from "node:stream";
import { AppError } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";

const endOfHead = Buffer.from("\r\n\r\n");
/** The head of an answer, and what came with it. */
function readHead(far: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const timer = setTimeout(() => settle(new AppError("timeout", { what: "answer to an upgrade" })), limits.firstByte);
    const settle = (error?: AppError) => {
      clearTimeout(timer);
      far.off("data", take).off("close", gone).pause();
      if (error) reject(error);
      else resolve(head);
    };
    const take = (bytes: Buffer) => {
      head = Buffer.concat([head, bytes]);
      if (head.includes(endOfHead)) settle();
      else if (head.length > limits.headerBytes) settle(new AppError("upstream", { what: "head of an answer to an upgrade" }));
    };
    const gone = () => settle(new AppError("unavailable", { what: "upstream" }));
    far.on("data", take).once("close", gone);
  });
}

/**
 * Asks a program for a WebSocket and joins the two sides once it has agreed. Any other answer is refused
 * here: whoever asked would take it for an ordinary one, and send the next call, of anybody, over the same
 * connection.
 */
export async function joinUpgrade(socket: Duplex, far: Duplex, { request, head }: { request: string; head: Buffer }): Promise<void> {
  far.on("error", () => far.destroy());
  const gone = () => far.destroy();
  socket.once("close", gone).once("end", gone);
  try {
    far.write(request);
    if (head.length > 0) far.write(head);
    socket.pipe(far, { end: false }); // only who reads hears that the other side has left
    const answer = await readHead(far);
    if (!/^HTTP\/1\.1 101[ \r]/.test(answer.toString("latin1", 0, 16)))
      throw new AppError("upstream", { what: "no WebSocket" }, { message: "The program did not agree to a WebSocket." });
    socket.unpipe(far).write(answer);
    pipeline(socket, far, socket, () => undefined); // however one side ends, so does the other
  } catch (error) {
    socket.unpipe(far);
    far.destroy();
    throw error;
  } finally {
    socket.off("close", gone).off("end", gone);
  }
}
