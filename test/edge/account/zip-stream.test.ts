import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ZipEntry, zipEntries } from "../../../edge/account/zip-stream.ts";

/** Archives of any length are read by another program than ours: Python's. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-zip-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const megabyte = new Uint8Array(1024 * 1024);
async function* repeat(chunk: Uint8Array, times: number) {
  for (let i = 0; i < times; i++) yield chunk;
}
const textOf = (name: string): ZipEntry => ({ name, bytes: repeat(new TextEncoder().encode(`this is ${name}`), 1) });
/** Writes it without the zeros, which a file has by itself where nothing was written. */
async function writeArchive(entries: AsyncIterable<ZipEntry>): Promise<string> {
  const file = path.join(folder, "some.zip");
  const target = openSync(file, "w");
  let at = 0;
  for await (const chunk of zipEntries(entries)) {
    if (chunk !== megabyte) writeSync(target, chunk, 0, chunk.length, at);
    at += chunk.length;
  }
  closeSync(target);
  expect(statSync(file).size).toBe(at);
  return file;
}
function readArchive(file: string, names: readonly string[]): unknown {
  const read =
    "import json, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(json.dumps([[[i.filename, i.file_size] for i in z.infolist()][-4:], len(z.infolist()), [z.read(n).decode() for n in sys.argv[2:]]]))";
  return JSON.parse(execFileSync("python3", ["-c", read, file, ...names], { encoding: "utf8" }));
}

test("a file of more than 4 GB, and what follows it, is in the archive", async () => {
  const large = 4_200;
  async function* entries(): AsyncGenerator<ZipEntry> {
    yield textOf("before");
    yield { name: "large", bytes: repeat(megabyte, large) };
    yield textOf("behind");
  }
  const listed = [
    ["before", 14],
    ["large", large * megabyte.length],
    ["behind", 14],
  ];
  expect(readArchive(await writeArchive(entries()), ["before", "behind"])).toEqual([listed, 3, ["this is before", "this is behind"]]);
});

test("more files than 16 bits count are all in the archive, and names may hold any letter", async () => {
  async function* entries(): AsyncGenerator<ZipEntry> {
    for (let i = 0; i < 70_000; i++) yield textOf(`f${i}`);
    yield textOf("Bäckerei/菜单");
  }
  const [, count, texts] = readArchive(await writeArchive(entries()), ["f69999", "Bäckerei/菜单"]) as [unknown, number, string[]];
  expect([count, texts]).toEqual([70_001, ["this is f69999", "this is Bäckerei/菜单"]]);
});
