import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { decodeText } from "./file-content.ts";
import type { Git } from "./git.ts";

/** Many files of one commit by one stream: one request where single readings take milliseconds each. */
export type WantedFile = { path: string; sha: string; size: number };
export type ReadFile = WantedFile & { text: string | null };

/** Fewer than this are read one by one. */
export const archiveFrom = 24;
const topFolder = (path: string) => path.split("/")[0] ?? path;
const blobHash = (bytes: Buffer) => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/**
 * Hands over those of the `wanted` files that the stream brought until `deadline` (milliseconds since 1970),
 * in batches. Attributes in a repository can keep files out of an archive or change them: a file counts only
 * when its bytes have the hash that the tree says. The caller reads the rest one by one. Larger than `limit`:
 * its text is null, as of a binary.
 */
export async function readArchived(
  git: Pick<Git, "archive">,
  source: { repo: string; ref: string; limit: number; deadline: number },
  wanted: readonly WantedFile[],
  take: (read: ReadFile[]) => Promise<void>,
): Promise<void> {
  const left = new Map(wanted.map((file) => [file.path, file]));
  const stream = await git.archive(source.repo, source.ref, [...new Set(wanted.map((file) => topFolder(file.path)))]);
  const late = setTimeout(() => stream.destroy(new Error("the archive took too long")), Math.max(0, source.deadline - Date.now()));
  const tar = extract();
  let batch: ReadFile[] = [];
  const flush = async () => {
    const full = batch;
    batch = [];
    if (full.length > 0) await take(full);
  };
  const sort = async () => {
    for await (const entry of tar) {
      const file = left.get(pathInside(entry.header));
      if (!file || entry.header.type !== "file" || file.size > source.limit) {
        entry.resume();
        continue;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      if (blobHash(bytes) !== file.sha) continue;
      left.delete(file.path);
      batch.push({ ...file, text: decodeText(bytes, source.limit) });
      if (batch.length >= 100) await flush();
    }
  };
  try {
    const [poured, sorted] = await Promise.allSettled([pipeline(stream, createGunzip(), tar), sort()]); // what is being taken ends first
    await flush();
    for (const result of [sorted, poured]) if (result.status === "rejected") throw result.reason;
  } finally {
    clearTimeout(late);
    stream.destroy();
  }
}
/** Gitea puts a folder named like the repository around it all. */
const pathInside = (header: Header) => header.name.slice(header.name.indexOf("/") + 1);
