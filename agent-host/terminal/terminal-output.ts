import { terminalLimits } from "../../schema/terminal/terminal.ts";

/** The end of what a terminal has printed, in at most `replayBytes` and a chunk. */
export class TerminalOutput {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private cut = false;

  add(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk)); // a copy: a part of a larger buffer would keep all of it
    this.bytes += chunk.length;
    let first = this.chunks[0];
    while (first && this.bytes - first.length >= terminalLimits.replayBytes) {
      this.chunks.shift();
      this.bytes -= first.length;
      this.cut = true;
      first = this.chunks[0];
    }
    // A program that prints letter by letter would fill the list with tiny pieces.
    if (this.chunks.length > 1_024) this.chunks = [Buffer.concat(this.chunks)];
  }
  /** It begins with a line: half of a control sequence would be shown as text. */
  read(): Buffer {
    const all = Buffer.concat(this.chunks);
    const kept = all.subarray(Math.max(0, all.length - terminalLimits.replayBytes));
    if (!this.cut && kept.length === all.length) return kept;
    const line = kept.indexOf(0x0a);
    return line === -1 ? kept : kept.subarray(line + 1);
  }
}
