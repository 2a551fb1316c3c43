export type LogFrame = { stream: "out" | "err"; text: string };
/** Longer ones are Docker's in pieces anyway: what is longer is no frame. */
const mostFrame = 1024 * 1024;

/** Docker frames each piece of a log: the stream, three empty bytes, four of length. Chunks cut them. */
export class LogFrames {
  private left: Buffer = Buffer.alloc(0);

  /** The frames that are whole by now. */
  take(chunk: Buffer): LogFrame[] {
    const all = this.left.length === 0 ? chunk : Buffer.concat([this.left, chunk]);
    const frames: LogFrame[] = [];
    let offset = 0;
    while (offset + 8 <= all.length) {
      const size = all.readUInt32BE(offset + 4);
      if (size > mostFrame) throw new RangeError(`a log has a frame of ${size} bytes`);
      if (offset + 8 + size > all.length) break;
      frames.push({ stream: all[offset] === 2 ? "err" : "out", text: all.toString("utf8", offset + 8, offset + 8 + size) });
      offset += 8 + size;
    }
    this.left = all.subarray(offset);
    return frames;
  }
}
