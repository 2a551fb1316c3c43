import { crc32 } from "node:zlib";
import { AppError } from "../../schema/wire/error.ts";

/** One file of an archive; how long it is is known when it has ended. */
export type ZipEntry = { name: string; bytes: AsyncIterable<Uint8Array> };
type Written = { name: Uint8Array; crc: number; size: number; at: number };

/** The format's plain form counts in 32 bits. */
const mostZipBytes = 0xffff_ffff;
/** The names are UTF-8, and lengths follow the bytes. */
const flags = 0x0808;
const version = 20;

function pack(...fields: [bytes: 2 | 4, value: number][]): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}
const midnight: [2 | 4, number][] = [
  [2, 0],
  [2, 0x21], // the first day that the format knows: the same content is the same archive
];
const localHeader = (name: Uint8Array) =>
  pack([4, 0x04034b50], [2, version], [2, flags], [2, 0], ...midnight, [4, 0], [4, 0], [4, 0], [2, name.length], [2, 0]);
const lengths = ({ crc, size }: Written) => pack([4, 0x08074b50], [4, crc], [4, size], [4, size]);
const centralHeader = ({ name, crc, size, at }: Written) =>
  pack(
    ...([[4, 0x02014b50], [2, version], [2, version], [2, flags], [2, 0], ...midnight] as [2 | 4, number][]),
    ...([
      [4, crc],
      [4, size],
      [4, size],
      [2, name.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, at],
    ] as [2 | 4, number][]),
  );

/** A zip archive as it comes: nothing is packed or kept, so that any length passes through. */
export async function* zipEntries(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let length = 0;
  const count = (bytes: Uint8Array) => {
    length += bytes.length;
    if (length > mostZipBytes) throw new AppError("too_large", { what: "archive" });
    return bytes;
  };
  for await (const { name, bytes } of entries) {
    const entry: Written = { name: new TextEncoder().encode(name), crc: 0, size: 0, at: length };
    yield count(localHeader(entry.name));
    yield count(entry.name);
    for await (const chunk of bytes) {
      entry.crc = crc32(chunk, entry.crc);
      entry.size += chunk.length;
      yield count(chunk);
    }
    yield count(lengths(entry));
    written.push(entry);
  }
  const start = length;
  for (const entry of written) {
    yield count(centralHeader(entry));
    yield count(entry.name);
  }
  yield pack([4, 0x06054b50], [2, 0], [2, 0], [2, written.length], [2, written.length], [4, length - start], [4, start], [2, 0]);
}
