import { pack } from "tar-stream";

/** A file, or a folder where it has no text; a file is 0644 and of now where nothing else is said. */
export type PackedFile = { name: string; text?: string; mode?: number; mtime?: Date };
/** A tar of these files. */
export async function packFiles(files: readonly PackedFile[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, text, mode, mtime } of files)
    if (text === undefined) tar.entry({ name, type: "directory", mode: mode ?? 0o755 });
    else tar.entry({ name, mode: mode ?? 0o644, mtime: mtime ?? new Date() }, text);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
