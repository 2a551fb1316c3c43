import { AppError } from "../../schema/wire/error.ts";
import { withDeadline } from "../deadline.ts";
import type { Engine } from "../docker.ts";

/** A command in a container whose output is passed on as it comes. */
type OutputCommand = { container: string; cmd: string[]; user: string; env?: string[] };
/** Docker frames each piece: the stream, three empty bytes, four of length. Chunks cut them. */
const frameHead = 8;
/** A command that prints nothing for so long is not waited for, in milliseconds. */
const quietMs = 300_000;

/**
 * What a command writes to its standard output, read no faster than the caller reads; undefined where
 * that is nothing. Throws `upstream` where it fails before its first byte; where it fails later the
 * stream breaks off.
 */
export async function openContainerOutput(
  engine: Engine,
  command: OutputCommand,
  firstByte: number,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const { container, cmd, user, env } = command;
  const handle = await engine.call(
    "exec",
    engine.docker
      .getContainer(container)
      .exec({ Cmd: cmd, AttachStdout: true, AttachStderr: true, User: user, ...(env ? { Env: env } : {}) }),
  );
  const stream = await engine.call("exec start", handle.start({ hijack: true }));
  async function* listParts(): AsyncGenerator<Buffer> {
    let said = "";
    try {
      for await (const { isError, bytes } of readFrames(stream)) {
        if (isError) said = (said + bytes.toString("utf8")).slice(-500);
        else yield bytes;
      }
      const { ExitCode } = await engine.call("exec inspect", handle.inspect());
      if (ExitCode !== 0) throw new AppError("upstream", { command: cmd[0], code: ExitCode, err: said });
    } finally {
      stream.destroy();
    }
  }
  const parts = listParts();
  const first = await withDeadline(parts.next(), firstByte, "first byte of a command").catch((error: unknown) => {
    stream.destroy();
    throw error;
  });
  if (first.done) return undefined;
  let next: IteratorResult<Buffer> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      next ??= await withDeadline(parts.next(), quietMs, "output of a command").catch((error: unknown) => {
        stream.destroy();
        throw error;
      });
      if (next.done) controller.close();
      else controller.enqueue(next.value);
      next = undefined;
    },
    cancel: () => void stream.destroy(), // which ends a read that waits, too
  });
}

async function* readFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<{ isError: boolean; bytes: Buffer }> {
  let head = Buffer.alloc(0);
  let left = 0;
  for await (const chunk of stream) {
    let at = 0;
    while (at < chunk.length) {
      if (left === 0) {
        const more = chunk.subarray(at, at + frameHead - head.length);
        head = Buffer.concat([head, more]);
        at += more.length;
        if (head.length < frameHead) break;
        left = head.readUInt32BE(4);
      }
      const bytes = chunk.subarray(at, at + left);
      at += bytes.length;
      left -= bytes.length;
      if (bytes.length > 0) yield { isError: head[0] === 2, bytes };
      if (left === 0) head = Buffer.alloc(0);
    }
  }
}
