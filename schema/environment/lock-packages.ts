import { parse as parseToml } from "smol-toml";
import { z } from "zod";

/**
 * The packages that a lockfile names, by the file's own format. Pure. Lockfiles are text of strangers:
 * everything here takes time in proportion to the text, and throws for what no package manager writes.
 */

/**
 * A package as a lockfile names it. `name`: an alias is `alias (package)`. `source`: its address in the
 * lock's own words, where that is not the default registry's own for that name. `integrity`: all its hashes.
 */
export type LockedPackage = { name: string; version: string; source: string | undefined; integrity: string | undefined };
/**
 * `package`: has a hash where a lock has any. `pinned`: needs no hash, as a commit or the package that brings
 * it fixes it. `folder`: a folder of the project. `note`: no package, but says what others are or come from.
 */
type LockKind = "package" | "pinned" | "folder" | "note";
/**
 * `place`: where the lock keeps it. `declared`: the package that an alias stands for, else its own name.
 * `registry`: where it comes from, if its address is a registry's own for the declared name.
 */
export type LockEntry = LockedPackage & { place: string; declared: string; registry: string | undefined; kind: LockKind };

const plainEntry = { source: undefined, integrity: undefined, registry: undefined, kind: "package" } as const;
export const makeLockEntry = (entry: Partial<LockEntry> & Pick<LockEntry, "place" | "name" | "version">): LockEntry => ({
  ...plainEntry,
  declared: entry.name,
  ...entry,
});
const nameAlias = (alias: string, declared: string) => (alias === declared ? alias : `${alias} (${declared})`);
export function joinHashes(hashes: readonly (string | undefined)[]): string | undefined {
  const known = hashes.flatMap((hash) => hash?.split(/\s+/) ?? []).filter((hash) => hash !== "");
  return known.length === 0 ? undefined : [...new Set(known)].sort().join(" ");
}
/** The second package of a name stands at that name's second place, and so on. */
export function numberPlaces(entries: readonly LockEntry[]): LockEntry[] {
  const counts = new Map<string, number>();
  return entries.map((entry) => {
    const count = (counts.get(entry.place) ?? 0) + 1;
    counts.set(entry.place, count);
    return { ...entry, place: `${entry.place}#${count}` };
  });
}
export const splitLines = (text: string) => text.split(/\r?\n/);
const word = z.string().optional();

const npmRegistry = "https://registry.npmjs.org";
/** The registry whose tarball of this package the address is. */
function findNpmRegistry(address: string | undefined, name: string, version: string): string | undefined {
  const url = address === undefined ? null : URL.parse(address);
  if (url?.protocol !== "https:" || url.search !== "") return undefined;
  const path = decodeURIComponent(url.pathname);
  const bases = [name.slice(name.lastIndexOf("/") + 1), name];
  const end = bases.map((base) => `/${name}/-/${base}-${version.split("+")[0]}.tgz`).find((tail) => path.endsWith(tail));
  if (end === undefined) return undefined;
  const origin = url.host === "registry.yarnpkg.com" ? npmRegistry : url.origin; // the same under two names
  return origin + path.slice(0, -end.length);
}
type NpmPackage = { place: string; alias: string; declared: string; version: string };
/** What an npm package's address says about it. */
function makeNpmEntry({ place, alias, declared, version }: NpmPackage, address: string | undefined, integrity: string | undefined) {
  const registry = findNpmRegistry(address, declared, version);
  const source = registry === npmRegistry ? undefined : address;
  const kind: LockKind = address === undefined || /^https?:/.test(address) || integrity !== undefined ? "package" : "pinned";
  return makeLockEntry({ place, name: nameAlias(alias, declared), declared, version, registry, source, integrity, kind });
}
const flag = z.boolean().optional();
const npmPackage = z.object({ name: word, version: word, resolved: word, integrity: word, link: flag, inBundle: flag, bundled: flag });
const npmFolders = z.object({ packages: z.record(z.string(), npmPackage) });
const npmNode = npmPackage.extend({ dependencies: z.unknown().optional() });
const npmTree = z.object({ dependencies: z.record(z.string(), npmNode).default({}) });
/** A place repeats the names above it. No folder of node_modules lies that deep. */
const longestPlace = 1000;

/** lockfileVersion 2 and 3: each folder of node_modules by its path. */
function readNpmFolders({ packages }: z.output<typeof npmFolders>): LockEntry[] {
  return Object.entries(packages).flatMap(([place, found]) => {
    const at = place.lastIndexOf("node_modules/");
    if (at < 0) return []; // the project and its workspaces
    const alias = place.slice(at + "node_modules/".length);
    const { name: declared = alias, version = "", resolved, inBundle, link } = found;
    const entry = makeNpmEntry({ place, alias, declared, version }, resolved, joinHashes([found.integrity]));
    return [{ ...entry, kind: link ? "folder" : inBundle ? "pinned" : entry.kind }];
  });
}
/** lockfileVersion 1: packages nested in packages. */
function readNpmTree(root: unknown): LockEntry[] {
  const entries: LockEntry[] = [];
  const queue = [{ node: root, under: "" }];
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const [alias, found] of Object.entries(npmTree.parse(next.node).dependencies)) {
      const place = `${next.under}node_modules/${alias}`;
      if (place.length > longestPlace) throw new RangeError("nested too deeply");
      const { version: said = "", resolved, bundled } = found;
      const [, declared = alias, version = said] = /^npm:(.[^@]*)@(.*)$/.exec(said) ?? [];
      const address = resolved ?? (version.includes(":") ? version : undefined);
      const entry = makeNpmEntry({ place, alias, declared, version }, address, joinHashes([found.integrity]));
      entries.push(bundled ? { ...entry, kind: "pinned" } : entry);
      if (found.dependencies !== undefined) queue.push({ node: found, under: `${place}/` });
    }
  }
  return entries;
}
export function readNpm(content: string): LockEntry[] {
  const lock: unknown = JSON.parse(content);
  const { packages } = z.object({ lockfileVersion: z.number(), packages: z.unknown().optional() }).parse(lock);
  return packages === undefined ? readNpmTree(lock) : readNpmFolders(npmFolders.parse(lock));
}

type LockBlock = Map<string, LockBlock | string>;
/** A line's key, and its value unless that follows below it; undefined for an entry of a list. */
type SplitLine = (line: string) => { key: string; value: string | undefined } | undefined;
/** Reads keys that are nested by indentation, as package managers write them. Throws for other text. */
function readBlocks(lines: readonly string[], split: SplitLine): LockBlock {
  const root: LockBlock = new Map();
  const open: { indent: number; inner?: number; block: LockBlock }[] = [{ indent: -1, block: root }]; // innermost last
  let skipped = Number.POSITIVE_INFINITY; // lines indented so far belong to a text of several lines
  for (const line of lines) {
    const indent = line.search(/\S/);
    if (indent < 0 || line[indent] === "#" || indent >= skipped) continue;
    skipped = Number.POSITIVE_INFINITY;
    const found = split(line.slice(indent).trimEnd());
    if (!found) continue;
    while (open.at(-1)!.indent >= indent) open.pop();
    const parent = open.at(-1)!;
    parent.inner ??= indent;
    if (parent.inner !== indent || parent.block.has(found.key)) throw new SyntaxError("keys are not in order");
    const block: LockBlock = new Map();
    if (found.value === undefined) open.push({ indent, block });
    else if (/^[|>][-+\d]{0,2}$/.test(found.value)) skipped = indent + 1;
    parent.block.set(found.key, found.value ?? block);
  }
  return root;
}
/** The block below a key; an empty one where the key is missing. Throws for a text. */
function blockAt(block: LockBlock, key: string): LockBlock {
  const value = block.get(key);
  if (typeof value === "string" && value !== "{}") throw new SyntaxError("a text where keys belong");
  return value instanceof Map ? value : new Map();
}
const blocksAt = (block: LockBlock, key: string) =>
  [...blockAt(block, key).keys()].map((name) => [name, blockAt(blockAt(block, key), name)] as const);
function entryText(block: LockBlock, key: string): string | undefined {
  const value = block.get(key);
  return value instanceof Map ? undefined : value;
}
/** Throws for a text whose quotes do not end. */
function unquote(value: string): string {
  if (value.startsWith('"')) return z.string().parse(JSON.parse(value));
  if (!value.startsWith("'")) return value;
  if (!/^'(?:[^']|'')*'$/.test(value)) throw new SyntaxError("a quote does not end");
  return value.slice(1, -1).replaceAll("''", "'");
}

const splitPnpmLine: SplitLine = (line) => {
  if (/^- [^:]*$/.test(line)) return undefined;
  const found = /^(?:'([^']+)'|([^\s'"#&*!?{}[\]|>%@`-].*?)):(?: +(.*))?$/s.exec(line);
  const value = found?.[3];
  if (!found || (value && /^[&*!]/.test(value))) throw new SyntaxError("not as pnpm writes it");
  return { key: found[1] ?? found[2]!, value: value && unquote(value) };
};
/** `{integrity: sha512-…, tarball: https://…}` */
function readResolution(entry: LockBlock): LockBlock {
  const value = entry.get("resolution");
  if (typeof value !== "string") return value ?? new Map();
  const parts = /^\{([^{}[\]]*)\}$/.exec(value)?.[1]?.split(", ").map(splitPnpmLine) ?? [];
  if (parts.length === 0 || parts.some((part) => part?.value?.includes(",") ?? true)) throw new SyntaxError("not as pnpm writes it");
  return new Map(parts.map((part) => [part!.key, part!.value!]));
}
/** A package as pnpm names it: `/name@version(peer@version)`; undefined for an address or a version alone. */
function readPnpmId(id: string): { name: string; version: string } | undefined {
  const [, name, version] = /^\/?((?:@[^@/]+\/)?[^@/:()]+)@([^(]+)/.exec(id) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}
function readPnpmPackage(place: string, entry: LockBlock): LockEntry {
  const id = readPnpmId(place);
  const [name, version] = [entryText(entry, "name") ?? id?.name ?? place, entryText(entry, "version") ?? id?.version ?? ""];
  const resolution = readResolution(entry);
  const [tarball, hash, repo, directory] = ["tarball", "integrity", "repo", "directory"].map((key) => entryText(resolution, key));
  const found = makeNpmEntry({ place, alias: id?.name ?? name, declared: name, version }, tarball, joinHashes([hash]));
  if (repo !== undefined) return { ...found, kind: "pinned", source: `${repo}#${entryText(resolution, "commit")}` };
  return directory === undefined ? found : { ...found, kind: "folder", source: directory };
}
/** What a package or a folder of the project is given under the name of each of its dependencies. */
function readPnpmLinks(id: string, block: LockBlock): LockEntry[] {
  const holder = id.split("(")[0]!;
  if (holder.length > 300) throw new RangeError("a name is too long");
  const lists = ["dependencies", "devDependencies", "optionalDependencies"].map((key) => blockAt(block, key));
  return lists.flatMap((list) =>
    [...list].map(([alias, value]) => {
      const given = (typeof value === "string" ? value : entryText(value, "version")) ?? "";
      const { name: declared, version } = readPnpmId(given) ?? { name: alias, version: given.split("(")[0]! };
      const link = { place: `${holder} > ${alias}`, name: nameAlias(alias, declared), declared, version };
      return makeLockEntry(/^(?:link|file):/.test(given) ? { ...link, kind: "folder", source: given } : { ...link, kind: "note" });
    }),
  );
}
function readPnpmDocument(document: LockBlock): LockEntry[] {
  if (!(Number.parseFloat(entryText(document, "lockfileVersion") ?? "") >= 6)) throw new SyntaxError("an older format");
  const packages = blocksAt(document, "packages");
  const holders = [["", document] as const, ...blocksAt(document, "importers"), ...packages, ...blocksAt(document, "snapshots")];
  return [...packages.map(([id, entry]) => readPnpmPackage(id, entry)), ...holders.flatMap(([name, block]) => readPnpmLinks(name, block))];
}
/** pnpm may write a document of its own packages before that of the project's. */
export const readPnpm = (content: string) =>
  content.split(/^---$/m).flatMap((part) => {
    const document = readBlocks(splitLines(part), splitPnpmLine);
    return document.size === 0 ? [] : readPnpmDocument(document);
  });

const splitYarnLine: SplitLine = (line) => {
  if (line.endsWith(":")) return { key: line.slice(0, -1), value: undefined };
  const found = /^(?:"([^"]*)"|([^\s":]+)) +(.*)$/s.exec(line);
  if (!found) throw new SyntaxError("not as yarn writes it");
  return { key: found[1] ?? found[2]!, value: unquote(found[3]!) };
};
/** A block stands for all ranges of versions that ask for it, and must not multiply its text by them. */
function readYarnBlock(header: string, block: LockBlock): LockEntry[] {
  const [version, address, said] = ["version", "resolved", "integrity"].map((key) => entryText(block, key));
  const isLong = header.length > 10_000 || `${address} ${said}`.length > 2000;
  if (version === undefined || isLong) throw new SyntaxError("not as yarn writes it");
  const integrity = joinHashes([said ?? /#[0-9a-f]{40}$/.exec(address ?? "")?.[0]]);
  return [...header.matchAll(/"([^"]*)"|([^\s",]+)/g)].map(([, quoted, bare]) => {
    const place = quoted ?? bare!;
    const [, alias, declared = alias] = /^(.[^@]*)@(?:npm:(.[^@]*))?/.exec(place) ?? [];
    if (alias === undefined || declared === undefined) throw new SyntaxError("not as yarn writes it");
    return makeNpmEntry({ place, alias, declared, version }, address, integrity);
  });
}
export function readYarn(content: string): LockEntry[] {
  const lock = readBlocks(splitLines(content), splitYarnLine);
  return [...lock.keys()].flatMap((header) => readYarnBlock(header, blockAt(lock, header)));
}

/** A name of a Python package as package indexes compare it (PEP 503). */
export const foldName = (name: string) => name.toLowerCase().replace(/[-_.]+/g, "-");
/** Whether a file of a Python package, by its name or address, is of this package and near this version. */
function isFileOf(address: string, name: string, version: string): boolean {
  const path = decodeURIComponent(URL.parse(address)?.pathname ?? address);
  const file = path.slice(path.lastIndexOf("/") + 1);
  const parts = file.split("-");
  const [said = "", release = ""] = /\.whl$/i.test(file) ? parts : [parts.slice(0, -1).join("-"), parts.at(-1)];
  const first = (text: string) => Number.parseInt(text.slice(text.indexOf("!") + 1), 10);
  return foldName(said) === foldName(name) && first(release) === first(version);
}
const packagesOf = <T extends z.ZodType>(shape: T) => z.object({ package: z.array(shape).default([]) });
type PythonPackage = { name: string; version: string; index: string; files: { at: string; hash: string | undefined }[] };
/** A package of an index. Files at another host than the index's are a part of where it comes from. */
function makePythonEntry({ name: said, version, index, files }: PythonPackage): LockEntry {
  const name = foldName(said);
  const entry = makeLockEntry({ place: name, name, version, integrity: joinHashes(files.map(({ hash }) => hash)) });
  const wrong = files.find(({ at }) => !isFileOf(at, name, version));
  if (wrong) return { ...entry, source: wrong.at };
  const hosts = files.map(({ at }) => URL.parse(at)?.origin).filter((host) => host && host !== pythonFiles);
  const registry = [...new Set([index, ...hosts])].join(" ");
  return { ...entry, registry, source: registry === pythonIndex ? undefined : registry };
}
const [pythonIndex, pythonFiles] = ["https://pypi.org/simple", "https://files.pythonhosted.org"];

const uvFile = z.object({ url: word, path: word, filename: word, hash: word });
const uvSource = z.object({ registry: word, git: word, url: word, path: word, directory: word, editable: word, virtual: word });
const uvFiles = { sdist: uvFile.optional(), wheels: z.array(uvFile).default([]) };
const uvPackage = z.object({ name: z.string(), version: z.string().default(""), source: uvSource, ...uvFiles });
function readUvPackage({ name, version, source, sdist, wheels }: z.output<typeof uvPackage>): LockEntry {
  const found = [...(sdist ? [sdist] : []), ...wheels];
  const files = found.map(({ url, path, filename, hash }) => ({ at: url ?? path ?? filename ?? "", hash }));
  const entry = makePythonEntry({ name, version, index: source.registry ?? "", files });
  if (source.registry !== undefined) return entry;
  const folder = source.directory ?? source.editable ?? source.virtual;
  const kind = folder !== undefined ? "folder" : source.git !== undefined ? "pinned" : "package";
  return { ...entry, registry: undefined, source: folder ?? source.git ?? source.url ?? source.path, kind };
}
export const readUv = (content: string) => numberPlaces(packagesOf(uvPackage).parse(parseToml(content)).package.map(readUvPackage));

const poetryFiles = z.array(z.object({ file: z.string(), hash: z.string() })).default([]);
const poetrySource = z.object({ type: z.string(), url: z.string(), resolved_reference: word });
const poetryPackage = z.object({ name: z.string(), version: z.string(), files: poetryFiles, source: poetrySource.optional() });
/** Before version 2 the hashes stood elsewhere in the file. */
const poetryLock = packagesOf(poetryPackage).extend({ metadata: z.object({ "lock-version": z.string().regex(/^[2-9]/) }) });
function readPoetryPackage({ name, version, files: found, source }: z.output<typeof poetryPackage>): LockEntry {
  const files = found.map(({ file, hash }) => ({ at: file, hash }));
  const entry = makePythonEntry({ name, version, index: source?.url ?? pythonIndex, files });
  if (!source || source.type === "legacy") return entry;
  const kind = source.type === "directory" ? "folder" : source.type === "git" ? "pinned" : "package";
  const commit = source.resolved_reference === undefined ? "" : `#${source.resolved_reference}`;
  return { ...entry, registry: undefined, kind, source: source.url + commit };
}
export const readPoetry = (content: string) => numberPlaces(poetryLock.parse(parseToml(content)).package.map(readPoetryPackage));

const cargoPackage = z.object({ name: z.string(), version: z.string(), source: word, checksum: word });
const cratesRegistry = /^(?:registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index|sparse\+https:\/\/index\.crates\.io\/)$/;
function readCargoPackage({ name, version, source, checksum }: z.output<typeof cargoPackage>): LockEntry {
  const entry = makeLockEntry({ place: name, name, version, source, integrity: joinHashes([checksum]) });
  if (source === undefined) return { ...entry, kind: "folder" };
  if (cratesRegistry.test(source)) return { ...entry, source: undefined, registry: "crates.io" };
  return /^(?:registry|sparse)\+/.test(source) ? { ...entry, registry: source } : { ...entry, kind: "pinned" };
}
export const readCargo = (content: string) =>
  numberPlaces(packagesOf(cargoPackage).parse(parseToml(content)).package.map(readCargoPackage));
