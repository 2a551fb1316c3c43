import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ReadFile, readArchived, type WantedFile } from "../../actors/git/archive.ts";

/**
 * Archives as Git itself makes them, over HTTP: what a repository's own attributes change never passes for a
 * file of the tree.
 */
const folder = mkdtempSync(path.join(os.tmpdir(), "growqr-archive-"));
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: folder, maxBuffer: 1 << 26 });
const files: Record<string, string | Buffer> = {
  "a.md": "# A\n",
  "deep/er/b.txt": "ünïcode\n",
  "deep/binary": Buffer.from([1, 0, 2]),
  "deep/large.txt": "x".repeat(5_000),
  "deep/secret.txt": "kept out of archives\n",
  "deep/stamped.txt": "$Format:%H$\n",
  "empty.txt": "",
  ".gitattributes": "deep/secret.txt export-ignore\ndeep/stamped.txt export-subst\n",
};
let wanted: WantedFile[];
let server: Server;
let cut = false;

beforeAll(async () => {
  git("init", "-q", "-b", "main");
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  symlinkSync("a.md", path.join(folder, "link"));
  git("add", "-A");
  git("commit", "-qm", "all");
  wanted = git("ls-tree", "-r", "-l", "-z", "HEAD")
    .toString()
    .split("\0")
    .filter(Boolean)
    .map((line) => {
      const [, sha = "", size = "", name = ""] = /^\d+ blob (\w+) +(\d+)\t(.*)$/s.exec(line) ?? [];
      return { path: name, sha, size: Number(size) };
    });
  server = createServer((_, response) => {
    const tar = git("archive", "--format=tar.gz", "--prefix=repo/", "HEAD");
    if (!cut) return response.end(tar);
    response.write(tar.subarray(0, tar.length / 2), () => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function read(): Promise<{ read: ReadFile[]; failed: unknown }> {
  const all: ReadFile[] = [];
  const archive = async () => {
    const asked = request({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" }).end();
    const [answer]: [IncomingMessage] = (await once(asked, "response")) as [IncomingMessage];
    return answer;
  };
  const source = { repo: "a/repo", ref: "HEAD", limit: 4_000, deadline: Date.now() + 20_000 };
  const failed = await readArchived({ archive }, source, wanted, async (some) => void all.push(...some)).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { read: all, failed };
}

test("every file of the tree comes with its own bytes; what attributes leave out or rewrite, links and what is too large do not come", async () => {
  const { read: got, failed } = await read();
  expect(failed).toBeUndefined();
  const texts = Object.fromEntries(got.map((each) => [each.path, each.text]));
  expect(texts).toEqual({
    ".gitattributes": files[".gitattributes"],
    "a.md": "# A\n",
    "deep/binary": null,
    "deep/er/b.txt": "ünïcode\n",
    "empty.txt": "",
  });
});

test("an archive that breaks off is an error, and nothing of it that is not whole is handed over", async () => {
  cut = true;
  const { read: got, failed } = await read();
  expect(failed).toBeInstanceOf(Error);
  for (const { path: name, text } of got) expect(text === null || text === files[name]).toBe(true);
});
