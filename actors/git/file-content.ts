import { type FileContent, fileContent } from "../../schema/git/file-content.ts";
import { AppError } from "../../schema/wire/error.ts";

type FileReader = {
  content(repo: string, ref: string, path: string): Promise<FileContent | unknown[] | undefined>;
  contents(repo: string, ref: string, paths: readonly string[]): Promise<Map<string, FileContent>>;
};

/**
 * Files by path: together, and what is missing then alone, which throws where it can't be read. One that is
 * not there, or is a folder, is missing in the answer.
 */
export async function readFiles(git: FileReader, repo: string, ref: string, paths: readonly string[]): Promise<Map<string, FileContent>> {
  const files = await git.contents(repo, ref, paths);
  for (const path of paths) {
    const alone = files.has(path) ? undefined : await git.content(repo, ref, path);
    if (alone && !Array.isArray(alone)) files.set(path, alone);
  }
  return files;
}

/** The text of a file's content, or null when it is binary or too large to show. */
export function readFileText(file: FileContent, limit: number): string | null {
  if (file.type !== "file" || file.encoding !== "base64" || typeof file.content !== "string") return null;
  return decodeText(Buffer.from(file.content, "base64"), limit);
}
/** Bytes as text, or null when they are binary or too many to show. */
export function decodeText(bytes: Buffer, limit: number): string | null {
  if (bytes.length > limit || bytes.includes(0)) return null;
  return bytes.toString("utf8");
}
export function requireFile(found: unknown): FileContent {
  const parsed = fileContent.safeParse(found);
  if (!parsed.success || parsed.data.type !== "file") throw new AppError("not_found");
  return parsed.data;
}
