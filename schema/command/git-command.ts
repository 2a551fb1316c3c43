import { box } from "../stack/stack.ts";
import { trimTail } from "../wire/foreign-text.ts";
import { type GivenOptions, type ProgramOptions, parseOptions, readOptions } from "./options.ts";
import { isInWorkspace, literalPathPattern, outsideWorkspace } from "./shell-scope.ts";
import type { ShellWord } from "./shell-word.ts";

/**
 * What a `git` command does with the options it may be given; each subcommand has its own list. What
 * could run a program (an editor, a pager, a signature, a remote's helper), write settings or reach
 * another place than the project is not in it. Written, as `judgeCommand` names it: `.git` is the repository
 * without its settings and hooks, `.git/config` those settings, `**` anything in the workspace.
 */
type GitCheck = (given: GivenOptions, home: string | undefined) => string | string[];
/** `free`: whatever its options, it writes and runs nothing. */
type GitSubcommand = { options?: ProgramOptions; check: GitCheck; sh?: true };

const repository = [".git"];
const gitSettingFiles = [".git", ".git/config"];
const files = ["**", ".git", ".git/config"];
const gitFolderOnly = ["**/.git"];
const editor = "it would open an editor";
const elsewhere = "it asks another place than the project";

const valuesOf = ({ given }: GivenOptions, names: string) =>
  given.filter(({ name }) => names.split(" ").includes(name)).map(({ value }) => value);
const has = ({ given }: GivenOptions, names: string) => given.some(({ name }) => names.split(" ").includes(name));
const may = (options: string, check: string[] | GitCheck = repository): GitSubcommand => ({
  options: parseOptions(options),
  check: typeof check === "function" ? check : () => check,
});
/** Where it speaks to a server, git runs its own helpers by way of `sh`. */
const asksServer = (options: string, check: GitCheck): GitSubcommand => ({ ...may(options, check), sh: true });
const free: GitSubcommand = { check: () => [] };

const insideOnly: GitCheck = ({ operands }, home) => (operands.every((word) => isInWorkspace(word, home)) ? files : outsideWorkspace);
const strategies: GitCheck = (given) =>
  valuesOf(given, "-s --strategy").every((value) => value && /^(ort|recursive|ours|resolve|octopus)$/.test(value.text))
    ? files
    : "its strategy may be a program";
const knownFormat = /^(oneline|short|medium|full|fuller|raw|reference|email)$|%/;
/** `%G` has a signature checked by whatever program the settings name; a word alone may be defined there. */
const formats = (writes: string[]): GitCheck => {
  const plain = (value: ShellWord | undefined) =>
    !value || (value.literal && knownFormat.test(value.text) && !/%G|signature/.test(value.text));
  return (given) => (valuesOf(given, "--format --pretty").every(plain) ? writes : "its format may run a program");
};
/** Without a message `git` opens an editor for it. */
const said =
  (names: string, check: GitCheck): GitCheck =>
  (given, home) =>
    has(given, names) ? check(given, home) : editor;

const server = /^https?:\/\/[A-Za-z0-9.-]{1,200}(:[0-9]+)?\/[A-Za-z0-9._~%/-]{1,400}$/;
/** A folder, and nothing that git takes for a host or a helper (`a:b`, `ext::…`). */
const cloneFolder = (word: ShellWord, home: string | undefined) =>
  word.literal && /^[A-Za-z0-9_./][\w./ -]*$/.test(word.text) && isInWorkspace(word, home);
const fetching: GitCheck = ({ operands: [where] }, home) =>
  !where ||
  (where.literal && (where.text === "origin" || server.test(where.text))) ||
  (/^\.(\/|$)/.test(where.text) && cloneFolder(where, home))
    ? files
    : elsewhere;
/** Only where the clone came from, or where it is told by its own settings. */
const pushing: GitCheck = ({ operands: [where, ...refs] }) => {
  if (refs.some((word) => !/^[A-Za-z0-9]/.test(word.prefix))) return "it rewrites or deletes a branch";
  return where && !(where.literal && where.text === "origin") ? "it pushes somewhere else than to the project" : gitSettingFiles;
};
/** Only what the project's own Gitea has. */
const listing: GitCheck = ({ operands: [where] }) =>
  !where || (where.literal && (where.text === "origin" || where.text.startsWith(`http://${box.gitHost}:${box.giteaPort}/`)))
    ? []
    : elsewhere;
const cloning: GitCheck = ({ operands: [from, to, more] }, home) => {
  if (!from?.literal || more || !(server.test(from.text) || cloneFolder(from, home))) return "where it clones from can't be told";
  const name =
    trimTail(from.text, "/")
      .split("/")
      .filter((part) => part !== ".git")
      .at(-1)
      ?.replace(/\.git$/, "") ?? "";
  if (to ? !cloneFolder(to, home) && !isInWorkspace(to, home) : !/^[A-Za-z0-9_][\w.-]*$/.test(name)) return outsideWorkspace;
  return [to ? literalPathPattern(to) : name, ...gitFolderOnly];
};
const configuring: GitCheck = (given) => {
  const [name, value, more] = given.operands;
  if (has(given, "--list -l")) return name ? "it may change settings" : [];
  if (has(given, "--get --get-all")) return name && !value ? [] : "it may change settings";
  return name?.literal && /^user\.(name|email)$/.test(name.text) && !more ? gitSettingFiles : "it changes settings";
};
const withTrees: GitCheck = ({ operands: [verb, ...rest] }, home) => {
  if (!verb?.literal || !/^(add|list|prune|remove|move)$/.test(verb.text)) return "what it does can't be told";
  const places = verb.text === "add" ? rest.slice(0, 1) : rest;
  return places.every((word) => isInWorkspace(word, home)) ? ["**", ...gitFolderOnly] : outsideWorkspace;
};
const noting: GitCheck = (given, home) => {
  const verb = given.operands[0]?.text ?? "list";
  if (verb === "add" || verb === "append") return said("-m --message -F --file -C --reuse-message", () => repository)(given, home);
  return /^(list|show|copy|remove|prune)$/.test(verb) ? repository : "what it does can't be told";
};

const log =
  "puswbzqaRct M?C? n:L:S:G:U: -# --oneline --stat=? --numstat --shortstat --name-only --name-status --graph --all --branches --tags --remotes " +
  "--decorate=? --no-decorate --pretty=? --format= --since= --until= --after= --before= --author= --committer= --grep= --max-count= --skip= --reverse " +
  "--no-merges --merges --first-parent --patch --no-patch --no-color --color=? --word-diff=? --unified= --follow --date= --abbrev-commit --abbrev=? " +
  "--diff-filter= --no-renames --find-renames=? --summary --left-right --count --cherry-pick --quiet --ignore-space-change --ignore-all-space --raw " +
  "--no-ext-diff --no-textconv --topo-order --date-order --full-history --boundary --no-prefix --full-index --binary --compact-summary --text";
const merge =
  "qnv m:F:s:X: --no-ff --ff --ff-only --message= --file= --quiet --no-edit --abort --continue --quit --squash --no-commit --commit --strategy= " +
  "--strategy-option= --allow-unrelated-histories --stat --no-stat --no-verify --verbose --autostash";
const pick =
  "xns m:X: --abort --continue --skip --quit --no-edit --no-commit --signoff --mainline= --allow-empty --ff --strategy= --strategy-option=";

const commands: Record<string, GitSubcommand> = {
  status: may("sbvz u? --short --branch --porcelain=? --untracked-files=? --ignored=? --verbose --long --no-renames"),
  log: may(log, formats(repository)),
  show: may(log, formats(repository)),
  "rev-list": may(`${log} --objects`, formats(repository)),
  diff: may(`${log} --cached --staged --check --exit-code --merge-base --no-index`, formats(repository)),
  branch: may(
    "arvqlDdmMfcC u: --list --all --remotes --show-current --contains=? --no-contains=? --merged=? --no-merged=? --sort= --format= --points-at= " +
      "--delete --move --copy --force --quiet --verbose --no-color --set-upstream-to= --no-track --track",
    formats(gitSettingFiles),
  ),
  "ls-files": may(
    "cdomiszutv --cached --deleted --others --modified --ignored --stage --exclude-standard --error-unmatch --full-name --directory --unmerged --exclude=",
  ),
  "rev-parse": free,
  "merge-base": free,
  blame: may("wslfnetp M?C? L: --date= --porcelain --line-porcelain --since= --show-email"),
  grep: may(
    "nilLcwEFPvhHqIapo e:A:B:C:f: --cached --untracked --name-only --count --ignore-case --line-number --files-with-matches --word-regexp " +
      "--extended-regexp --fixed-strings --perl-regexp --invert-match --heading --break --color=? --no-color --show-function --and --or --not " +
      "--all-match --max-depth= --no-index --exclude-standard --quiet --only-matching",
  ),
  describe: may("--tags --always --abbrev= --long --dirty=? --all --match= --exact-match --contains --first-parent"),
  "cat-file": may("ptse --batch --batch-check=? --batch-all-objects", []),
  remote: may("v --verbose", ({ operands }) => (operands.length === 0 ? [] : "it changes where the project is")),
  "ls-remote": asksServer("htq --heads --branches --tags --refs --quiet --exit-code --symref", listing),
  "--version": may("--build-options", []),
  config: may("lz --list --get --get-all --show-origin --show-scope --name-only --null", configuring),
  clone: asksServer(
    "qvn b: --quiet --verbose --progress --no-checkout --branch= --depth= --single-branch --no-single-branch --no-tags --no-local",
    cloning,
  ),
  fetch: asksServer(
    "qvptanf --quiet --verbose --prune --tags --no-tags --all --depth= --deepen= --unshallow --dry-run --progress --force",
    fetching,
  ),
  pull: asksServer(`${merge} r? tp --prune --tags --no-tags --rebase=? --no-rebase --depth= --unshallow`, (given, home) => {
    if (!valuesOf(given, "--rebase -r").every((value) => !value || /^(|true|false|merges)$/.test(value.text))) return editor;
    const found = strategies(given, home);
    return typeof found === "string" ? found : fetching(given, home);
  }),
  add: may("AuvnfN --all --update --verbose --dry-run --force --intent-to-add --no-all --ignore-removal --refresh --renormalize --chmod="),
  commit: may(
    "aqsnv u? m:F:C: --message= --all --quiet --amend --no-edit --allow-empty --allow-empty-message --no-verify --file= --author= --date= --signoff " +
      "--no-gpg-sign --dry-run --reset-author --include --only --verbose --reuse-message=",
    said("-m --message -F --file --no-edit -C --reuse-message --dry-run", () => repository),
  ),
  checkout: may("qftdlm b:B: --quiet --force --track=? --no-track --orphan= --detach --ours --theirs --merge --guess --no-guess", files),
  switch: may(
    "qftdm c:C: --quiet --force --create= --force-create= --track=? --no-track --orphan= --detach --merge --discard-changes --guess --no-guess",
    files,
  ),
  restore: may("qSWm s: --quiet --staged --worktree --source= --ours --theirs --merge --ignore-unmerged", files),
  stash: may(
    "ukqaS m: -# --message= --include-untracked --keep-index --no-keep-index --quiet --all --index --staged --stat --name-only --oneline",
    ({ operands: [verb] }) =>
      !verb || /^(push|pop|apply|list|show|drop|clear|save)$/.test(verb.text) ? files : "what it does can't be told",
  ),
  merge: may(merge, strategies),
  rebase: may(
    "fqnv r? s:X: --onto= --abort --continue --skip --quit --quiet --autostash --no-autostash --strategy= --strategy-option= --root --keep-empty " +
      "--no-verify --fork-point --no-fork-point --force-rebase --no-ff --stat --no-stat --update-refs --rebase-merges=?",
    strategies,
  ),
  push: asksServer(
    "quvn --quiet --set-upstream --tags --follow-tags --verbose --dry-run --porcelain --all --atomic --progress --no-progress",
    pushing,
  ),
  worktree: may(
    "fdqvzn b:B: --force --detach --checkout --no-checkout --quiet --porcelain --verbose --dry-run --expire= --track --guess-remote",
    withTrees,
  ),
  init: may("q b: --quiet --initial-branch=", ({ operands: [where, more] }, home) =>
    more || (where && !cloneFolder(where, home)) ? outsideWorkspace : [where ? literalPathPattern(where) : ".", ...gitFolderOnly],
  ),
  mv: may("fknv --force --dry-run --verbose", insideOnly),
  rm: may("rfqn --force --cached --quiet --dry-run --ignore-unmatch", insideOnly),
  tag: may(
    "aldfi n? m:F: --annotate --list --delete --force --message= --file= --sort= --format= --contains=? --no-contains=? --merged=? --no-merged=? " +
      "--points-at= --ignore-case --no-sign",
    (given, home) => (has(given, "-a --annotate") && !has(given, "-m --message -F --file") ? editor : formats(repository)(given, home)),
  ),
  "cherry-pick": may(pick, strategies),
  revert: may(pick, strategies),
  reset: may("qN --quiet --hard --soft --mixed --merge --keep --no-refresh --refresh --intent-to-add", files),
  "merge-tree": may("z --write-tree --messages --no-messages --name-only --allow-unrelated-histories --merge-base="),
  notes: may("f m:F:C: --ref= --message= --file= --force --reuse-message= --ignore-missing --allow-empty", noting),
};

export function readGitUse(words: readonly ShellWord[], home: string | undefined): string | { runs: string[]; writes: string[] } {
  const [name, ...rest] = words;
  const found = name?.literal && Object.hasOwn(commands, name.text) ? commands[name.text] : undefined;
  if (!found) return "what git does there is not known to be harmless";
  const given = found.options ? readOptions(rest, found.options) : { given: [], operands: [...rest] };
  if (typeof given === "string") return given;
  const writes = found.check(given, home);
  return typeof writes === "string" ? writes : { runs: ["git", ...(found.sh ? ["sh"] : [])], writes };
}
/** Whether the options of this subcommand are known. */
export function isKnownGit(name: string): boolean {
  return Object.hasOwn(commands, name);
}
