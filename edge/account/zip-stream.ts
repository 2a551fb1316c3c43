import { crc32 } from "node:zlib";

/** One file of an archive; how long it is is known when it has ended. */
export type ZipEntry = { name: string; bytes: AsyncIterable<Uint8Array> };
type Written = { name: Uint8Array; crc: number; size: number; at: number };

/**
 * What the format's plain fields count no further than; larger numbers stand in fields of 64 bits
 * (Zip64).
 */
const plainMost = 0xffff_ffff;
const plainEntries = 0xffff;
/** The names are UTF-8, and lengths follow the bytes. */
const flags = 0x0808;
const [version, longVersion] = [20, 45];

type Field = [bytes: 2 | 4 | 8, value: number];
function pack(...fields: Field[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}
const midnight: Field[] = [
  [2, 0],
  [2, 0x21], // the first day that the format knows: the same content is the same archive
];
const localHeader = (name: Uint8Array) =>
  pack([4, 0x04034b50], [2, version], [2, flags], [2, 0], ...midnight, [4, 0], [4, 0], [4, 0], [2, name.length], [2, 0]);
/** Readers go by the directory at the end: it says of an entry whether its lengths are long here. */
const lengths = ({ crc, size }: Written) => {
  const bytes = size >= plainMost ? 8 : 4;
  return pack([4, 0x08074b50], [4, crc], [bytes, size], [bytes, size]);
};
function centralHeader({ name, crc, size, at }: Written): Uint8Array[] {
  const long: Field[] = [
    ...(size >= plainMost
      ? ([
          [8, size],
          [8, size],
        ] as Field[])
      : []),
    ...(at >= plainMost ? ([[8, at]] as Field[]) : []),
  ];
  const extra = long.length === 0 ? new Uint8Array() : pack([2, 1], [2, 8 * long.length], ...long);
  const needs = long.length === 0 ? version : longVersion;
  const plainSize = Math.min(size, plainMost);
  const head = pack(
    ...([[4, 0x02014b50], [2, needs], [2, needs], [2, flags], [2, 0], ...midnight] as Field[]),
    ...([
      [4, crc],
      [4, plainSize],
      [4, plainSize],
      [2, name.length],
      [2, extra.length],
    ] as Field[]),
    ...([
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, Math.min(at, plainMost)],
    ] as Field[]),
  );
  return [head, name, extra];
}
function endOfDirectory(entries: number, start: number, end: number): Uint8Array[] {
  const isLong = entries >= plainEntries || end >= plainMost;
  const sizes: Field[] = [
    [8, entries],
    [8, entries],
    [8, end - start],
    [8, start],
  ];
  const long = pack([4, 0x06064b50], [8, 44], [2, longVersion], [2, longVersion], [4, 0], [4, 0], ...sizes);
  const locator = pack([4, 0x07064b50], [4, 0], [8, end], [4, 1]);
  const count = Math.min(entries, plainEntries);
  const plain: Field[] = [
    [4, Math.min(end - start, plainMost)],
    [4, Math.min(start, plainMost)],
  ];
  return [...(isLong ? [long, locator] : []), pack([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], ...plain, [2, 0])];
}

/** A zip archive as it comes: nothing is packed or kept, so that any length passes through. */
export async function* zipEntries(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let length = 0;
  const count = (bytes: Uint8Array) => {
    length += bytes.length;
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
  for (const entry of written) for (const part of centralHeader(entry)) yield count(part);
  yield* endOfDirectory(written.length, start, length);
}
