import type { ChangedFile } from "../../schema/event.ts";
import { limits } from "../../schema/wire/limits.ts";

/** A path as git prints it in a diff: quoted with octal escapes when it has unusual characters. */
function unquote(printed: string): string {
  if (!printed.startsWith('"')) return printed;
  const bytes: number[] = [];
  const inner = printed.slice(1, -1);
  for (let i = 0; i < inner.length; i++) {
    const octal = /^\\([0-7]{3})/.exec(inner.slice(i, i + 4));
    if (octal) {
      bytes.push(Number.parseInt(octal[1]!, 8));
      i += 3;
    } else if (inner[i] === "\\") {
      i += 1;
      bytes.push(...Buffer.from({ n: "\n", t: "\t", r: "\r" }[inner[i]!] ?? inner[i]!));
    } else bytes.push(...Buffer.from(inner[i]!));
  }
  return Buffer.from(bytes).toString("utf8");
}
const readSidePath = (line: string, mark: string) => {
  const path = unquote(line.slice(mark.length).replace(/\t$/, ""));
  return path === "/dev/null" ? undefined : path.slice(2);
};

/**
 * The path in `diff --git a/path b/path`, which may hold spaces: without a rename both halves are the same.
 */
function readHeaderPath(line: string): string {
  const both = line.slice("diff --git ".length);
  return unquote(both.slice((both.length + 1) / 2)).slice(2);
}

function parseFileDiff(lines: string[]): ChangedFile {
  const hunks = lines.findIndex((line) => line.startsWith("@@"));
  const header = hunks < 0 ? lines : lines.slice(0, hunks);
  const body = hunks < 0 ? [] : lines.slice(hunks);
  const find = (mark: string) => header.find((line) => line.startsWith(mark));
  const [from, to] = [find("--- "), find("+++ ")].map((line, i) => (line ? readSidePath(line, i ? "+++ " : "--- ") : undefined));
  const renamed = find("rename to ");
  const path = renamed ? unquote(renamed.slice("rename to ".length)) : (to ?? from ?? readHeaderPath(lines[0] ?? ""));
  const status = find("new file mode") ? "added" : find("deleted file mode") ? "deleted" : renamed ? "renamed" : "modified";
  const count = (mark: string) => body.filter((line) => line.startsWith(mark)).length;
  const patch = body.join("\n");
  return { path, status, additions: count("+"), deletions: count("-"), ...(body.length > 0 ? { patch } : {}) };
}
/**
 * Every file of a unified diff as git prints it, whole; any text is read. Pure. No library: jsdiff throws at
 * a hunk that counts wrongly, which a lying agent could write; parse-diff, gitdiff-parser and parse-git-diff
 * misread names with spaces or in quotes.
 */
export function parseDiff(diff: string): ChangedFile[] {
  const blocks = diff.split(/^(?=diff --git )/m).filter((block) => block.startsWith("diff --git "));
  return blocks.map((block) => parseFileDiff(block.replace(/\n$/, "").split("\n")));
}

const mostShownFiles = 300;
/**
 * The files of a diff to be shown. Patches that are too large, one by one or together, are left out and
 * `truncated` says so. Pure.
 */
export function limitDiff(diff: string): { files: ChangedFile[]; truncated: boolean } {
  const all = parseDiff(diff);
  let left: number = limits.commitPatchBytes;
  let truncated = all.length > mostShownFiles;
  const files = all.slice(0, mostShownFiles).map((file) => {
    const { patch, ...rest } = file;
    const bytes = Buffer.byteLength(patch ?? "");
    const dropped = bytes > Math.min(left, limits.patchBytes);
    if (!dropped) left -= bytes;
    truncated ||= dropped;
    return dropped ? rest : file;
  });
  return { files, truncated };
}
