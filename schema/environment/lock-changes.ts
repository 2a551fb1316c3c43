import { cutText, singleLine } from "../wire/cut-text.ts";
import {
  foldName,
  joinHashes,
  type LockEntry,
  makeLockEntry,
  numberPlaces,
  readCargo,
  readNpm,
  readPnpm,
  readPoetry,
  readUv,
  readYarn,
  splitLines,
} from "./lock-packages.ts";
import { splitRequirements } from "./requirements.ts";

export type { LockedPackage } from "./lock-packages.ts";

/** What a change of a lockfile does to the packages of a project, in words. Pure, over text of strangers. */

/** Hashes of go.mod files alone stand for modules that are looked at and not built. */
function readGoSum(content: string): LockEntry[] {
  return splitLines(content).flatMap((line) => {
    const [, name, version, hash] = /^(\S+) (\S+) (h\d+:\S+)$/.exec(line) ?? [];
    if (line.trim() === "") return [];
    if (name === undefined || version === undefined) throw new SyntaxError("not as Go writes it");
    const kind = version.endsWith("/go.mod") ? "note" : "package";
    return [makeLockEntry({ place: `${name} ${version}`, name, version, integrity: hash, kind })];
  });
}

/** An option, or an address that pip installs from. */
const makeNote = (line: string) => makeLockEntry({ place: line, name: line, version: "", source: line, kind: "note" });
function readRequirement(line: string): LockEntry[] {
  if (/^--(?:require-hashes|prefer-binary|only-binary[ =]\S+)$/.test(line)) return []; // nothing else comes by these
  if (/^(?:[-./\\]|[\w+.-]+:)/.test(line)) return [makeNote(line)];
  const [said = "", ...options] = line.split(/ --hash[= ]/);
  const [, name, rest = ""] = /^([A-Za-z0-9][\w.-]*) ?(?:\[[^\]]*\])? ?(.*)$/s.exec(said) ?? [];
  if (name === undefined || !/^(?:$|[=<>!~;(@/-])/.test(rest)) throw new SyntaxError("not as pip reads it");
  if (rest.startsWith("/") || /\.(?:whl|zip|gz|bz2)$/i.test(name)) return [makeNote(line)];
  const version = /^\(?={2,3} ?([^ ;,)]+)/.exec(rest)?.[1] ?? "";
  const integrity = joinHashes(options.map((option) => option.split(" ")[0]));
  const entry = makeLockEntry({ place: foldName(name), name: foldName(name), version, integrity });
  return rest.startsWith("@") ? [makeNote(said), { ...entry, kind: "pinned" }] : [entry];
}
function readRequirements(content: string): LockEntry[] {
  const requirements = splitRequirements(content);
  if (!requirements) throw new SyntaxError("a line ends where nobody sees it");
  return numberPlaces(requirements.flatMap(readRequirement));
}
/** Modules that others stand for; which versions there are is said by go.sum. */
const readGoMod = (content: string): LockEntry[] =>
  splitLines(content)
    .map((line) => line.trim())
    .filter((line) => line.includes("=>"))
    .map(makeNote);

const readers = new Map<string, (content: string) => LockEntry[]>([
  ["package-lock.json", readNpm],
  ["npm-shrinkwrap.json", readNpm],
  ["pnpm-lock.yaml", readPnpm],
  ["yarn.lock", readYarn],
  ["uv.lock", readUv],
  ["poetry.lock", readPoetry],
  ["Cargo.lock", readCargo],
  ["go.sum", readGoSum],
  ["go.mod", readGoMod],
  ["go.work", readGoMod],
]);
const mostLockText = 4 * 1024 * 1024;
/** The packages of a lockfile; none of a missing file. undefined: a name or a text that we can't read. */
function readLock(path: string, content: string | undefined): LockEntry[] | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const read = readers.get(name) ?? (/^(?:requirements|constraints).*\.txt$/s.test(name) ? readRequirements : undefined);
  if (!read || (content !== undefined && content.length > mostLockText)) return undefined;
  try {
    return content === undefined ? [] : read(content);
  } catch {
    return undefined; // a text that the package manager would not write
  }
}

/**
 * Packages as `name version`. `elsewhere`: the source is not that of the name. `swapped`: other content at
 * the same version. `unverified`: no hash where the package had or other packages have one.
 */
export type LockChanges = Record<"added" | "removed" | "updated" | "elsewhere" | "swapped" | "unverified", string[]>;

type Hashes = ReadonlySet<string>;
/** What the lock before says, as the packages after are compared with it. */
type Past = {
  places: Map<string, LockEntry>;
  /** All hashes of a version of a package. */
  known: Map<string, Hashes>;
  /** The registry that most packages come from. */
  main: string | undefined;
  /** Whether packages have hashes at all. */
  verified: boolean;
  /** Names that packages of the lock before stand for. */
  names: ReadonlySet<string>;
  hashesOf: (entry: LockEntry) => Hashes;
};
/** Splits each text once: places of the same package share it. */
function makeHashReader(): Past["hashesOf"] {
  const sets = new Map<string | undefined, Hashes>([[undefined, new Set()]]);
  return ({ integrity }) => {
    const hashes = sets.get(integrity) ?? new Set(integrity?.split(" "));
    sets.set(integrity, hashes);
    return hashes;
  };
}
function isSubset(part: Hashes, whole: Hashes): boolean {
  if (part.size > whole.size) return false;
  for (const hash of part) if (!whole.has(hash)) return false;
  return true;
}
const contentKey = ({ declared, version }: LockEntry) => `${declared} ${version}`;
function findMainRegistry(entries: readonly LockEntry[]): string | undefined {
  const counts = new Map<string | undefined, number>();
  for (const { registry } of entries) if (registry !== undefined) counts.set(registry, (counts.get(registry) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [undefined, 0])[0];
}
function lookBack(before: readonly LockEntry[], after: readonly LockEntry[]): Past {
  const hashesOf = makeHashReader();
  const known = new Map<string, Set<string>>();
  for (const entry of before) {
    const all = known.get(contentKey(entry)) ?? new Set();
    for (const hash of hashesOf(entry)) all.add(hash);
    known.set(contentKey(entry), all);
  }
  return {
    places: new Map(before.map((entry) => [entry.place, entry])),
    known,
    main: findMainRegistry(before.length > 0 ? before : after),
    names: new Set(before.flatMap(({ declared, kind }) => (kind === "folder" ? [] : declared))),
    verified: [...before, ...after].some(({ integrity }) => integrity !== undefined),
    hashesOf,
  };
}

/** Only where that is new: a source that was there before is no change. */
function isElsewhere(entry: LockEntry, { places, main, names }: Past): boolean {
  const old = places.get(entry.place);
  const alias = entry.name.split(" (")[0] ?? entry.name;
  // Another package, or a folder, under a name that the lock before has elsewhere.
  if (!old && names.has(alias) && (entry.kind === "folder" || entry.declared !== alias)) return true;
  if (old && old.declared !== entry.declared && entry.name !== entry.declared) return true;
  if (entry.kind === "folder") return old !== undefined && old.kind !== "folder";
  if (entry.registry === undefined) return entry.source !== undefined && old?.source !== entry.source;
  const isMain = main === undefined ? entry.source === undefined : entry.registry === main;
  return !isMain && old?.registry !== entry.registry;
}
/** Hashes that are only added or only left out stand for the same content. */
function isSwapped(entry: LockEntry, { places, known, hashesOf }: Past): boolean {
  const [old, now] = [places.get(entry.place), hashesOf(entry)];
  if (!old || contentKey(old) !== contentKey(entry)) {
    const others = known.get(contentKey(entry)) ?? new Set();
    return others.size > 0 && now.size > 0 && ![...now].some((hash) => others.has(hash));
  }
  if (now.size > 0 && isSubset(now, hashesOf(old))) return false;
  const isMoved = old.source !== entry.source && !(old.kind === "folder" && entry.kind === "folder");
  return isMoved || (now.size > 0 && !isSubset(hashesOf(old), now));
}
function isUnverified(entry: LockEntry, { places, verified }: Past): boolean {
  const old = places.get(entry.place);
  if (entry.integrity !== undefined || entry.kind === "folder") return false;
  if (old?.integrity !== undefined || (entry.version === "" && entry.kind === "package" && old !== undefined && old.version !== ""))
    return true;
  const isNew = !old || contentKey(old) !== contentKey(entry) || old.source !== entry.source;
  return isNew && verified && entry.kind === "package";
}

const mostWords = 300;
const clean = (words: string) => cutText(singleLine(words.slice(0, 2 * mostWords)), mostWords);
const label = ({ name, version }: Pick<LockEntry, "name" | "version">) => clean(`${name} ${version}`.trim());
function describeSource(entry: LockEntry): string {
  if (entry.kind === "note" && entry.source !== undefined) return clean(entry.source);
  const origin = entry.declared === entry.name ? entry.registry : `the package ${entry.declared}`;
  return `${label(entry)} from ${clean(entry.source ?? origin ?? "a folder of the project")}`;
}
/** Versions of each package, by its name. */
function groupVersions(entries: readonly LockEntry[]): Map<string, Set<string>> {
  const versions = new Map<string, Set<string>>();
  for (const { name, version, kind } of entries) {
    if (kind === "note" || kind === "folder") continue;
    versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  return versions;
}
const mostVersions = 3;
function joinVersions(versions: readonly string[]): string {
  const more = versions.length - mostVersions;
  const named = versions.slice(0, mostVersions).map((version) => version || "any version");
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(" and ");
}
/** A package is updated where some of its versions are gone and others came. */
function compareVersions(before: readonly LockEntry[], after: readonly LockEntry[]): Pick<LockChanges, "added" | "removed" | "updated"> {
  const [old, now] = [groupVersions(before), groupVersions(after)];
  const changes = { added: [] as string[], removed: [] as string[], updated: [] as string[] };
  for (const name of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [had, has] = [old.get(name) ?? new Set<string>(), now.get(name) ?? new Set<string>()];
    const [gone, came] = [[...had].filter((version) => !has.has(version)), [...has].filter((version) => !had.has(version))];
    if (gone.length > 0 && came.length > 0) changes.updated.push(clean(`${name} from ${joinVersions(gone)} to ${joinVersions(came)}`));
    else {
      for (const version of came) changes.added.push(label({ name, version }));
      for (const version of gone) changes.removed.push(label({ name, version }));
    }
  }
  return changes;
}

/**
 * What became of the packages of a lockfile, by its path and its text before and after (undefined: no file).
 * Returns undefined where we can't read it: an unknown name, a broken text or one above 4 MB. Never throws.
 */
export function compareLocks(path: string, before: string | undefined, after: string | undefined): LockChanges | undefined {
  const [old, now] = [readLock(path, before), readLock(path, after)];
  if (!old || !now) return undefined;
  const past = lookBack(old, now);
  const list = (test: (entry: LockEntry, past: Past) => boolean, print: (entry: LockEntry) => string) =>
    [...new Set(now.filter((entry) => test(entry, past)).map(print))].sort();
  return {
    ...compareVersions(old, now),
    elsewhere: list(isElsewhere, describeSource),
    swapped: list(isSwapped, label),
    unverified: list(isUnverified, label),
  };
}

const titles: Record<keyof LockChanges, string> = {
  added: "Packages added",
  removed: "Packages removed",
  updated: "Packages updated",
  elsewhere: "Not from where its name says",
  swapped: "Other content at the same version",
  unverified: "No hash to check the content by",
};
const mostListed = 30;
function listNames(names: readonly string[]): string {
  const more = names.length - mostListed;
  return names.slice(0, mostListed).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
/** A line for each kind of change, such as "Packages added: ms 2.1.3."; what is suspicious comes last. */
export function describeLockChanges(changes: LockChanges): string[] {
  const kinds = (Object.keys(titles) as (keyof LockChanges)[]).filter((kind) => changes[kind].length > 0);
  return kinds.map((kind) => `${titles[kind]}: ${listNames(changes[kind])}.`);
}
/** Whether more changed than which packages and versions there are. */
export const isSuspicious = ({ elsewhere, swapped, unverified }: LockChanges): boolean =>
  elsewhere.length + swapped.length + unverified.length > 0;
