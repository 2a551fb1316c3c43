import { type GivenOptions, parseOptions, readOptions } from "./options.ts";
import { type ReadProgram, takesOptions } from "./program-use.ts";
import { isInWorkspace, outsideWorkspace } from "./shell-scope.ts";
import type { ShellWord } from "./shell-word.ts";

/**
 * Programs for archives and databases. What they unpack, or are told in their own language, is not looked
 * at: their set is one that has interpreters. They write in the workspace and ask databases of this machine.
 */
const writesAny = { writes: ["*"] };
const valuesAt = ({ given }: GivenOptions, names: string) =>
  given.flatMap(({ name, value }) => (value && names.split(" ").includes(name) ? [value] : []));
/** A name with a colon is one on another machine. */
const isArchive = (word: ShellWord, home: string | undefined) =>
  word.text === "-" || (!word.prefix.includes(":") && isInWorkspace(word, home));

const tarOptions = parseOptions(
  "cxtruvzjJpkhmaSOW f:C:X: --create --extract --list --append --update --file= --directory= --exclude= --exclude-from= --exclude-vcs --gzip --bzip2 --xz " +
    "--zstd --auto-compress --verbose --strip-components= --no-same-owner --no-same-permissions --keep-old-files --overwrite --wildcards --to-stdout --sort= " +
    "--mtime= --owner= --group= --numeric-owner",
);
/** `tar xzf a.tgz` is `tar -x -z -f a.tgz`: each letter's value is the next word. */
function withDashes([first, ...rest]: readonly ShellWord[]): ShellWord[] {
  if (!first?.literal || !/^[A-Za-z]{1,20}$/.test(first.text)) return first ? [first, ...rest] : [];
  const spread: ShellWord[] = [];
  for (const letter of first.text) {
    spread.push({ text: `-${letter}`, literal: true, prefix: `-${letter}` });
    const value = tarOptions.values.has(letter) ? rest.shift() : undefined;
    if (value) spread.push(value);
  }
  return [...spread, ...rest];
}
const tar: ReadProgram = (words, home) => {
  const read = readOptions(withDashes(words), tarOptions);
  if (typeof read === "string") return read;
  const archives = valuesAt(read, "-f --file");
  const reads = read.given.some(({ name }) => /^(-[xt]|--extract|--list)$/.test(name));
  const isRead = (word: ShellWord) => reads && word.literal && !word.text.includes(":");
  return archives.every((word) => isArchive(word, home) || isRead(word)) &&
    valuesAt(read, "-C --directory").every((word) => isInWorkspace(word, home))
    ? writesAny
    : outsideWorkspace;
};
/** The archive comes before what goes into it, and before the patterns behind `-x` and `-i`. */
const zip: ReadProgram = (words, home) => {
  const read = readOptions(words, zipOptions);
  if (typeof read === "string") return read;
  const [archive] = read.operands;
  const first = words.find((word) => !word.text.startsWith("-") || /^-[A-Za-z0-9]*[xi]/.test(word.text));
  return archive && first === archive && isArchive(archive, home) ? writesAny : outsideWorkspace;
};
const zipOptions = parseOptions("rq9876543210juyXDovxi --recurse-paths --quiet --exclude --include --symlinks --junk-paths");
const inPlace = (text: string) =>
  takesOptions(text, ({ operands }, home) => (operands.every((word) => isInWorkspace(word, home)) ? writesAny : outsideWorkspace));
const compress = inPlace(
  "dkcfvqrtln123456789 --decompress --keep --stdout --force --verbose --quiet --recursive --test --list --best --fast",
);
export const archivePrograms: Record<string, ReadProgram> = {
  tar,
  zip,
  unzip: takesOptions("qonlvtjpuaLUCx d:", (given, home) =>
    valuesAt(given, "-d").every((word) => isInWorkspace(word, home)) ? writesAny : outsideWorkspace,
  ),
  ...{ gzip: compress, gunzip: compress, bzip2: compress, bunzip2: compress, xz: compress, unxz: compress },
  zcat: takesOptions("fq"),
};

const elsewhere = "it reaches another machine";
const thisHost = /^(localhost|127\.0\.0\.1|::1)$/;
const atThisHost = /^(postgres|postgresql|redis):\/\/([\w.~%-]*(:[\w.~%-]*)?@)?(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?(\/[\w-]*)?$/;
/** A database by its name, or its address on this machine; what has a `=` may name any other. */
const isHere = (word: ShellWord) => word.literal && (/^[\w-]+$/.test(word.text) || atThisHost.test(word.text));
/** A host that begins with a slash is the folder of a socket. */
const isThisHost = (word: ShellWord) => word.literal && (thisHost.test(word.text) || word.text.startsWith("/"));
export const databasePrograms: Record<string, ReadProgram> = {
  psql: takesOptions(
    "tAqXxnwWlaeEbs1z0H c:f:d:U:h:p:v:P:F:o:R: --command= --file= --dbname= --username= --host= --port= --variable= --set= --pset= --output= " +
      "--tuples-only --no-align --quiet --no-psqlrc --expanded --no-password --list --echo-all --single-transaction --csv --html --version",
    (read, home) => {
      if (!valuesAt(read, "-h --host").every(isThisHost)) return elsewhere;
      if (![...valuesAt(read, "-d --dbname"), ...read.operands].every(isHere)) return elsewhere;
      return valuesAt(read, "-o --output").every((word) => isInWorkspace(word, home)) ? writesAny : outsideWorkspace;
    },
  ),
  "redis-cli": takesOptions(
    "x h:p:s:a:n:u:r:i: --raw --no-raw --csv --json --user= --pass= --no-auth-warning --scan --pattern= --stat --bigkeys --eval= --version",
    (read) => (valuesAt(read, "-h").every(isThisHost) && valuesAt(read, "-u").every(isHere) ? writesAny : elsewhere),
    true,
  ),
};
