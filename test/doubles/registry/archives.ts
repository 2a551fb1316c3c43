import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";

/** Packages as registries keep them, of files given as text. */
export type Texts = Readonly<Record<string, string>>;
export const hashFile = (bytes: Buffer, algorithm: "sha1" | "sha256" | "sha512", encoding: "hex" | "base64" = "hex") =>
  createHash(algorithm).update(bytes).digest(encoding);

/** A package of npm's: `package/` as a tarball. `ballast`: bytes that no compression takes away. */
export function packNpm(files: Texts, ballast: number): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-pack-"));
  try {
    mkdirSync(path.join(folder, "package"));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, "package", name), text);
    writeFileSync(path.join(folder, "package", "ballast.bin"), randomBytes(ballast));
    return execFileSync("tar", ["-cz", "-C", folder, "package"], { maxBuffer: 64 * 1024 * 1024 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A zip of files that are not compressed: PyPI's wheels are such. */
function packZip(files: readonly { name: string; bytes: Buffer }[]): Buffer {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of files) {
    const facts = Buffer.alloc(26); // what a local header and its entry in the directory have in common
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x5821, 8); // a day in 2024
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), facts, Buffer.from(name), bytes]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(0o100644 * 65_536, 6);
    tail.writeUInt32LE(at, 10);
    entries.push(Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 3]), facts, tail, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}
/** A wheel with one module. */
export function packWheel(name: string, version: string, module: string, ballast: number): Buffer {
  const info = `${name}-${version}.dist-info`;
  const texts: Texts = {
    [`${name}.py`]: module,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: growqr\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  };
  const files = [...Object.entries(texts), [`${name}_ballast.bin`, ""] as const].map(([file, text]) => ({
    name: file,
    bytes: file.endsWith(".bin") ? randomBytes(ballast) : Buffer.from(text),
  }));
  const record = {
    name: `${info}/RECORD`,
    bytes: Buffer.from([...files.map((file) => `${file.name},,`), `${info}/RECORD,,`, ""].join("\n")),
  };
  return packZip([...files, record]);
}
/** A module of Go's: its zip, its go.mod, and what a go.sum says of both. */
export function packGoModule(module: string, version: string, source: string, ballast: number) {
  const root = `${module}@${version}`;
  const modFile = `module ${module}\n\ngo 1.19\n`;
  const files = [
    { name: `${root}/ballast.bin`, bytes: randomBytes(ballast) },
    { name: `${root}/go.mod`, bytes: Buffer.from(modFile) },
    { name: `${root}/greeter.go`, bytes: Buffer.from(source) },
  ];
  const sum = (all: typeof files) =>
    `h1:${hashFile(Buffer.from(all.map(({ name, bytes }) => `${hashFile(bytes, "sha256")}  ${name}\n`).join("")), "sha256", "base64")}`;
  const modSum = sum([{ name: "go.mod", bytes: Buffer.from(modFile) }]);
  return { zip: packZip(files), modFile, sums: `${module} ${version} ${sum(files)}\n${module} ${version}/go.mod ${modSum}\n` };
}
