import { archivePrograms, databasePrograms } from "./data-program.ts";
import { readGitUse } from "./git-command.ts";
import { mayBeOption, parseOptions, readOptions } from "./options.ts";
import { askedPackageUse } from "./package-command.ts";
import { type ProgramCheck, type ProgramUse, type ReadProgram, takesOptions, writesNothing } from "./program-use.ts";
import { isPlainAwk, isPlainSed } from "./sed-awk.ts";
import { isInWorkspace, literalPathPattern, outsideWorkspace, parentFolder } from "./shell-scope.ts";
import type { ShellWord } from "./shell-word.ts";

/**
 * What a command does that a type allows by its first words, or the reason why it is asked all the
 * same: its other words lead out of the workspace, to another machine, or are not of those that are
 * known to do no more than the name says. Of a program that has no entry here nothing is known.
 */
export function readProgramUse(words: readonly ShellWord[], home: string | undefined): string | ProgramUse {
  const [name, ...rest] = words;
  if (!name?.literal) return "which command it runs is known only then";
  const reads = Object.hasOwn(programs, name.text) ? programs[name.text] : undefined;
  if (!reads) return askedPackageUse(words, home) ?? unknown(name.text, rest);
  const does = reads(rest, home);
  return typeof does === "string" ? does : { runs: [name.text], ...does };
}
function unknown(name: string, rest: readonly ShellWord[]): string | ProgramUse {
  const ended = rest.findIndex((word) => word.literal && word.text === "--");
  const open = rest.slice(0, ended < 0 ? undefined : ended).some((word) => !word.literal && mayBeOption(word));
  return open ? "a word of it could become an option" : { runs: [name], writes: ["*"] };
}
/** Whether `readProgramUse` knows its options. */
export function isKnownProgram(name: string): boolean {
  return Object.hasOwn(programs, name);
}

/** None of its options writes or runs anything. */
const free: ReadProgram = () => writesNothing;

/** Writes what it is given; `loose`: none of its options leads elsewhere, so a glob may become one. */
const changesFiles = (text: string, loose = false): ReadProgram => {
  const reads = takesOptions(text, ({ operands }, home) =>
    operands.every((word) => isInWorkspace(word, home)) ? { writes: operands.map(literalPathPattern) } : outsideWorkspace,
  );
  const prefixed = (word: ShellWord): ShellWord => (loose && !word.literal && /^[*?[]/.test(word.text) ? { ...word, prefix: "." } : word);
  return (words, home) => reads(words.map(prefixed), home);
};
const copying: ProgramCheck = ({ operands }, home) => {
  const last = operands.at(-1);
  const elsewhere = operands.some((word) => word.splits && /["'$`]/.test(word.text) && !isInWorkspace(word, home));
  return last && operands.length > 1 && !elsewhere && isInWorkspace(last, home) ? { writes: [literalPathPattern(last)] } : outsideWorkspace;
};
/** `-f` makes a link under another name first. */
const linking: ProgramCheck = ({ operands }, home) => {
  const [only, last = only] = [operands[0], operands.at(-1)];
  if (!only || !last || !operands.every((word) => word.literal && isInWorkspace(word, home))) return outsideWorkspace;
  const made = operands.length > 1 ? literalPathPattern(last) : literalPathPattern(only).split("/").at(-1)!;
  return { writes: [made, `${parentFolder(made)}Cu??????`] };
};
const entering: ProgramCheck = ({ operands: [to, more] }, home) =>
  to?.literal && !more && (isInWorkspace(to, home) || to.text === "/tmp") ? writesNothing : "it leaves the workspace";

const conditions = new Set(
  "-e -f -d -s -r -w -x -z -n -L -h -p -S -b -c -k -u -g -O -G -N -nt -ot -ef -eq -ne -lt -le -gt -ge -a -o".split(" "),
);
/**
 * `-v` looks into an array, and its index may run a command. A word
 * that is known only then must stand where it can't be an option.
 */
const testing: ReadProgram = (words) => {
  const known = (word: ShellWord | undefined) =>
    word?.literal && (!word.text.startsWith("-") || conditions.has(word.text) || /^-[0-9]+$/.test(word.text));
  const value = (word: ShellWord | undefined) => known(word) || (word && !word.splits && !word.literal);
  const [a, b, c] = words;
  const compared = /^(=|==|!=|<|>|-(eq|ne|lt|le|gt|ge|nt|ot|ef))$/;
  if (words.every((word) => known(word) || !(mayBeOption(word) || word.splits))) return writesNothing;
  if (words.length === 2 && known(a) && /^-[zn]$/.test(a!.text) && value(b)) return writesNothing;
  return words.length === 3 && value(a) && b?.literal && compared.test(b.text) && value(c) ? writesNothing : "what it tests can't be told";
};
const printing: ReadProgram = ([first, ...rest]) =>
  first && mayBeOption(first) && !(first.literal && first.text === "--" && rest[0]?.literal)
    ? "where it prints to can't be told"
    : writesNothing;
const readSettings: ReadProgram = (words) =>
  words.every((word) => word.literal && /^(-[eux]+o?|pipefail|errexit|nounset)$/.test(word.text))
    ? writesNothing
    : "it changes how the shell reads";
const checkWait: ProgramCheck = ({ operands }) =>
  operands.every((word) => (word.literal ? /^[0-9%]+$/.test(word.text) : !mayBeOption(word)))
    ? writesNothing
    : "what it waits for can't be told";

const finds = new Set(
  "-print -print0 -ls -prune -quit -empty -not ! ( ) -o -or -a -and -depth -d -mount -xdev -true -false -follow".split(" "),
);
const findsBy = new Set(
  (
    "-name -iname -path -ipath -wholename -lname -ilname -regex -iregex -regextype -type -xtype -maxdepth -mindepth -size -mtime -mmin -atime " +
    "-amin -ctime -cmin -newer -perm -user -group -uid -gid -links -inum -samefile -printf"
  ).split(" "),
);
const finding: ReadProgram = (words) => {
  let at = 0;
  while (at < words.length && /^-[HLP]$/.test(words[at]!.text)) at++;
  while (at < words.length && !mayBeOption(words[at]!) && !/^[!(),]/.test(words[at]!.prefix)) at++;
  for (; at < words.length; at++) {
    const word = words[at]!;
    const value = findsBy.has(word.text) || /^-newer[aBcm][aBcmt]$/.test(word.text);
    if (!word.literal || !(value || finds.has(word.text))) return "find may do more than look";
    if (value && (!words[++at] || words[at]!.splits)) return "find may do more than look";
  }
  return writesNothing;
};

const sedOptions = parseOptions("nrEszui e: --quiet --silent --regexp-extended --null-data --expression= --in-place");
const editing: ReadProgram = (words, home) => {
  const given = readOptions(words, sedOptions);
  if (typeof given === "string") return given;
  const scripts = given.given.filter(({ name }) => name === "-e" || name === "--expression").map(({ value }) => value);
  const files = scripts.length > 0 ? given.operands : given.operands.slice(1);
  if (scripts.length === 0) scripts.push(given.operands[0]);
  if (!scripts.every((script) => script?.literal) || !isPlainSed(scripts.map((script) => script!.text).join("\n")))
    return "what its script does besides printing can't be told";
  // `-i` takes the rest of its word for the name of a copy
  if (words.some((word) => word.literal && /^-[a-zA-Z]*i./.test(word.text) && !word.text.startsWith("--")))
    return "what else it writes can't be told";
  const inPlace = given.given.some(({ name }) => name === "-i" || name === "--in-place");
  if (!inPlace) return writesNothing;
  if (words[0]?.text === "-n" || !files.every((file) => isInWorkspace(file, home))) return outsideWorkspace;
  return { writes: files.map(literalPathPattern).flatMap((file) => [file, `${parentFolder(file)}sed*`]) };
};
const reckoning: ProgramCheck = ({ operands: [program] }) =>
  program?.literal && isPlainAwk(program.text) ? writesNothing : "what its program does besides printing can't be told";

const here = /^(https?:\/\/)?(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?(\/|$)/;
/**
 * Only this machine is asked, and nothing but plain options is given:
 * a file of settings, a proxy or an upload could lead anywhere.
 */
const fetching: ProgramCheck = ({ given, operands }, home) => {
  const local = (word: ShellWord) =>
    here.test(word.prefix) && (word.literal || (/^(https?:\/\/)?[^/]+\//.test(word.prefix) && !(word.splits && /[$`]/.test(word.text))));
  if (operands.length === 0 || !operands.every(local)) return "it reaches another machine";
  const files = given.flatMap(({ name, value }) => (/^(-o|--output)$/.test(name) && value ? [value] : []));
  if (!files.every((file) => file.text === "/dev/null" || (isInWorkspace(file, home) && !/[#{}]/.test(file.text)))) return outsideWorkspace;
  const formats = given.flatMap(({ name, value }) => (/^(-w|--write-out)$/.test(name) && value ? [value] : []));
  if (!formats.every((format) => format.literal && !/^@|%output/.test(format.text))) return "where it writes to can't be told";
  return { writes: files.map(literalPathPattern) };
};

/** Only the one that sets up a virtual environment: what else is read in may change any command behind it. */
const readingIn: ReadProgram = ([script, more], home) =>
  script?.literal && !more && /(^|\/)\.?venv\/bin\/activate$/.test(script.text) && isInWorkspace(script, home)
    ? { writes: ["*"] }
    : "it reads commands from a file";

const programs: Record<string, ReadProgram> = {
  ...archivePrograms,
  ...databasePrograms,
  source: readingIn,
  ".": readingIn,
  ...Object.fromEntries(
    (
      "ls pwd cat head tail wc grep stat cut tr echo true false basename dirname realpath readlink cmp comm nl od du df ps id whoami uname seq expr " +
      "md5sum sha1sum sha256sum sleep printenv which jq type exit kill"
    )
      .split(" ")
      .map((name) => [name, free]),
  ),
  git: readGitUse,
  cd: takesOptions("LP", entering),
  diff: takesOptions(
    "abBwiqsrNuycdEtTp U:C:x:L:I:W: --brief --recursive --unified=? --color=? --ignore-case --ignore-all-space --ignore-space-change --new-file " +
      "--text --exclude= --label= --side-by-side --suppress-common-lines --strip-trailing-cr",
  ),
  date: takesOptions("uR I? d:r: --utc --date= --iso-8601=? --rfc-3339= --reference=", ({ operands }) =>
    operands.every((word) => word.prefix.startsWith("+")) ? writesNothing : "it may set the clock",
  ),
  file: takesOptions("bihLkN --brief --mime --mime-type --mime-encoding --dereference"),
  sort: takesOptions(
    "bdfgiMhnRrVzucCs k:t:S: --reverse --unique --numeric-sort --human-numeric-sort --version-sort --ignore-case --stable --check --key= " +
      "--field-separator= --zero-terminated --general-numeric-sort --dictionary-order",
  ),
  uniq: takesOptions(
    "cdiuDz f:s:w: --count --repeated --unique --ignore-case --skip-fields= --skip-chars= --check-chars=",
    ({ operands }) => (operands.length > 1 || operands.some((word) => word.splits) ? "it may write its second file" : writesNothing),
  ),
  tree: takesOptions("adfilsphugDFNCnqxtcrUv L:I:P: --noreport --dirsfirst --gitignore --du --prune"),
  find: finding,
  rg: takesOptions(
    "nilLvwcopqSsFxUNHIau0.P e:f:g:t:T:A:B:C:m:r:d:M:j: --line-number --no-line-number --ignore-case --files --files-with-matches --files-without-match " +
      "--count --count-matches --hidden --no-ignore --glob= --iglob= --type= --type-not= --type-list --pretty --no-heading --heading --color= --context= " +
      "--after-context= --before-context= --max-count= --max-depth= --only-matching --word-regexp --fixed-strings --multiline --json --sort= --stats " +
      "--smart-case --case-sensitive --vimgrep --column --with-filename --no-filename --trim --replace= --regexp= --follow --quiet --null --text " +
      "--invert-match --max-columns= --no-messages --no-config --passthru --version",
  ),
  test: testing,
  printf: printing,
  set: readSettings,
  trap: (words) =>
    words.every((word) => word.literal && !/^-./.test(word.text)) ? writesNothing : "what it runs on a signal can't be told",
  wait: takesOptions("nf", checkWait),
  sed: editing,
  awk: takesOptions("F:v:", reckoning, true),
  mkdir: changesFiles("pv m: --parents --mode= --verbose", true),
  touch: changesFiles("acm d:t:r: --no-create --date= --reference="),
  rm: changesFiles("rRfivdI --recursive --force --dir --verbose", true),
  rmdir: changesFiles("pv --parents --verbose", true),
  tee: changesFiles("ai --append --ignore-interrupts"),
  chmod: takesOptions("Rvcf --recursive --verbose --changes", ({ operands: [mode, ...files] }, home) =>
    mode?.literal && files.every((file) => isInWorkspace(file, home)) ? { writes: files.map(literalPathPattern) } : outsideWorkspace,
  ),
  cp: takesOptions("rRafinpuvdLPHT --recursive --archive --force --no-clobber --verbose --dereference --no-dereference --update", copying),
  mv: takesOptions("finuvT --force --no-clobber --verbose --update", (given, home) =>
    given.operands.every((word) => isInWorkspace(word, home)) ? { writes: given.operands.map(literalPathPattern) } : outsideWorkspace,
  ),
  ln: takesOptions("sfnvr --symbolic --force --no-dereference --relative --verbose", linking),
  curl: takesOptions(
    "sSfiILvk46gNq# X:H:d:m:A:o:w: --silent --show-error --fail --fail-with-body --include --head --location --verbose --compressed --no-buffer " +
      "--retry-connrefused --globoff --request= --header= --data= --data-raw= --json= --max-time= --connect-timeout= --retry= --retry-delay= " +
      "--retry-max-time= --write-out= --user-agent= --output=",
    fetching,
  ),
};
