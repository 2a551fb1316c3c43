import { quoteWords } from "../../../../schema/command/shell-word.ts";
import { tricks } from "./tricks.ts";

/**
 * Commands made by chance: of bash's grammar, of the words of the platform's sets, and of what was tried
 * before, changed byte by byte.
 */
export type Chance = () => number;
const pick = <T>(from: readonly T[], chance: Chance): T => from[Math.floor(chance() * from.length)] as T;

const words = (text: string) => text.split(" ");
const operands = [
  ...words(
    "a.txt b.txt sub sub/c.txt out new link evil ./evil bare HEAD main side HEAD~1 origin . .. ../up ~ ~/x / /tmp/t /etc/passwd - -- -exec + x=1 {} a{b,c} 1 5 -5 p q '*' *.txt",
  ),
  ...words(
    "* ./* sub/* .* .g*t ?.txt [ab].txt $X \"$X\" $? $(echo) \"$(cat)\" $TMPDIR/t \"$TMPDIR/t\" $HOME s/1/2/ s/1/2/e s/1/2/w 's/1/2/;p' '1,2p' '$p' '1e' 'w' '{p;q}' '{print}' %s\\\\n +%s @ :a =a a=b",
  ),
  ...[
    "$(echo a.txt)",
    '"$(cat a.txt)"',
    "`ls`",
    "'it s'",
    "a\\ b",
    "\\-x",
    "''",
    '""',
    "'1w out'",
    "'BEGIN{system(\"./evil\")}'",
    "'{print > \"out\"}'",
    "\\;",
    "';'",
    "'x[$(./evil)]'",
    "--format=%G?",
    "'%h %s'",
  ],
];
const long = words(
  "--output=out --output out --pre=./evil --exec=./evil --exec --all --help --version --edit --editor --patch --interactive --upload-pack=./evil --receive-pack=./evil --template=sub --config x.y=z " +
    "--file=out --file --reference=a.txt --target-directory=/tmp --backup --suffix=x --in-place --in-place=.b --expression=p --compress-program=./evil --textconv --ext-diff --filters --open-files-in-pager=./evil " +
    "--format=%s --pretty=oneline --stat --cached --quiet --force --recursive --parents --message=x --no-edit --amend --list --get --global --local --files0-from=a.txt --paginate --null --name-only --color=always --show-signature --gpg-sign --strategy=evil --onto side --set-upstream --tags --delete --contents=out --no-index",
);
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
function option(chance: Chance): string {
  if (chance() < 0.35) return pick(long, chance);
  const letter = () => letters[Math.floor(chance() * letters.length)];
  return `-${letter()}${chance() < 0.3 ? letter() : ""}`;
}

const programs = words(
  "ls cat head tail wc grep rg find tree stat file diff sort uniq cut tr echo printf true test date which jq printenv basename dirname realpath readlink cmp comm nl od du df ps id " +
    "whoami uname seq expr md5sum false sleep type pwd mkdir touch cp mv sed awk rm rmdir ln tee cd curl set trap wait exit kill",
);
const subcommands = words(
  "status log diff show branch ls-files rev-parse blame grep rev-list merge-base describe cat-file remote ls-remote stash config clone fetch pull add commit checkout switch restore merge rebase push " +
    "worktree init mv rm tag cherry-pick revert reset merge-tree notes",
);
const usual: Record<string, string[]> = {
  sed: ["-n p a.txt", "-i s/1/2/ a.txt", "s/1/2/g a.txt"],
  awk: ["'{print $1}' a.txt"],
  find: [". -name a.txt", ". -type f -maxdepth 2", "sub -newer a.txt"],
  set: ["-e", "-eu"],
  curl: ["-sf http://localhost:1/", "-o out http://localhost:1/x"],
  kill: ["-l"],
  sleep: ["0"],
  tail: ["a.txt", "-n 2 a.txt"],
  chmod: ["+x a.txt"],
  commit: ["-m x", "-qam x", "--amend --no-edit"],
  stash: ["", "list", "pop"],
  config: ["--list", "user.name b", "--get user.name"],
  remote: ["-v"],
  tag: ["v1", "-a v1 -m x", "-l"],
  notes: ["add -m x", "list"],
  clone: [". n", "-q ./ n"],
  worktree: ["add w", "list"],
};

const packages = words("npm npm npm pnpm pnpm yarn pip pip3 uv uv cargo go npx python3");
const packageVerbs = [
  ...words("install install i add ci update uninstall sync get mod publish login link config run create init exec tool venv lock"),
  ...[
    "pip install",
    "-m pip install",
    "-mpip install",
    "--prefix sub install",
    "-C sub install",
    "global add",
    "run -q ls",
    "--silent add",
  ],
];
const packageWords = [
  ...words(
    "x y@1 @a/b ./sub sub -D -g -gD -Dg --global --global=true --location=global --registry=http://x.example --no-audit --audit=http://x.example",
  ),
  ...words(
    '-i --index-url --user --target sub -r a.txt -e . \'-\'g \\-g -"g" "-g" $X "$X" -$X .[dev] a[b]==1.* {-g,x} -- --prefix /opt ../up -w -wg',
  ),
];

function installing(chance: Chance): string {
  const given = [pick(packages, chance), pick(packageVerbs, chance)];
  for (let count = Math.floor(chance() * 4); count > 0; count--) given.push(pick(chance() < 0.8 ? packageWords : operands, chance));
  return given.join(" ");
}
function simple(chance: Chance): string {
  if (chance() < 0.12) return installing(chance);
  const name = chance() < 0.4 ? `git ${pick(subcommands, chance)}` : pick(programs, chance);
  const last = name.split(" ").at(-1) as string;
  const given: string[] = [];
  const begun = usual[last];
  if (begun && chance() < 0.7) given.push(pick(begun, chance));
  if (last === "kill" || last === "sleep") return [name, ...given.slice(0, 1)].join(" ");
  for (let count = Math.floor(chance() * 4); count > 0; count--) given.push(chance() < 0.4 ? option(chance) : pick(operands, chance));
  return [name, ...given].join(" ");
}
const redirects = [
  "> out",
  ">> out",
  "2>/dev/null",
  "2>&1",
  "< a.txt",
  "> sub/out",
  "&> out",
  ">| out",
  "> $X",
  "<<< a",
  "> *.txt",
  '> "$TMPDIR/o"',
  "<<'E'\n$(./evil)\nE\n",
  "<<E\na\nE\n",
];
function command(chance: Chance, depth: number): string {
  const roll = chance();
  const inner = () => command(chance, depth - 1);
  if (depth <= 0 || roll < 0.5) return chance() < 0.2 ? `${simple(chance)} ${pick(redirects, chance)}` : simple(chance);
  if (roll < 0.7) return `${inner()}${pick([" && ", " || ", "; ", " | ", "\n", " & ", "&&", ";", "|", " |& "], chance)}${inner()}`;
  if (roll < 0.78)
    return pick([`{ ${inner()}; }`, `(${inner()})`, `! ${inner()}`, `time ${inner()}`, `if ${inner()}; then ${inner()}; fi`], chance);
  if (roll < 0.86)
    return `${pick(["echo", "cat", "ls", "grep", "printf %s"], chance)} ${pick([`$(${inner()})`, `"$(${inner()})"`, `\`${inner()}\``, `a$(${inner()})`], chance)}`;
  if (roll < 0.94)
    return `${pick(["bash -c", "sh -c", "eval", "bash -ec", "trap"], chance)} ${quoteWords([inner()])}${pick(["", "", " EXIT", " x"], chance)}`;
  return `${pick(["xargs", "timeout 5", "nice", "nohup", "command", "builtin", "exec", "env", "setsid", "ls | xargs", "cd sub &&", "xargs -n1", "CI=1"], chance)} ${inner()}`;
}

const pieces = [
  ..." \t\n;&|<>()\\'\"`$*?[]{}~#!=+-/.,:@%^_a1".split(""),
  ...[
    "\\\n",
    "$(",
    "${",
    "$((",
    "$'",
    '$"',
    "<(",
    ">(",
    "<<E\n",
    "<<<",
    ">&",
    "&>",
    "||",
    "&&",
    ";;",
    "|&",
    "--",
    " -",
    " ./evil ",
    "$X",
    "{a,b}",
    "[[",
    "]]",
    "x=1 ",
    "E\n",
    "\r",
    "\u0001",
    "\u00a0",
    "é",
    "-o out",
    " > out",
    "#",
    " # ",
  ],
];
/** A few changes: something put in, left out, doubled, or moved. */
export function mutated(text: string, chance: Chance): string {
  let changed = text;
  for (let count = 1 + Math.floor(chance() * 3); count > 0; count--) {
    const [at, to] = [Math.floor(chance() * (changed.length + 1)), Math.floor(chance() * (changed.length + 1))];
    const roll = chance();
    if (roll < 0.5) changed = changed.slice(0, at) + pick(pieces, chance) + changed.slice(at);
    else if (roll < 0.75) changed = changed.slice(0, at) + changed.slice(at + 1 + Math.floor(chance() * 3));
    else if (roll < 0.9) changed = changed.slice(0, at) + pick(pieces, chance) + changed.slice(at + 1);
    else changed = changed.slice(0, at) + changed.slice(Math.min(at, to), Math.max(at, to)) + changed.slice(at);
  }
  return changed;
}

/**
 * `count` different commands that `isAllowed`, and how many were made for them: all the tricks first, then by
 * chance.
 */
export function allowedCommands(
  count: number,
  chance: Chance,
  isAllowed: (command: string) => boolean,
): { commands: string[]; made: number } {
  const found = new Set(tricks.filter(isAllowed));
  const seeds = [...tricks];
  let made = tricks.length;
  for (; found.size < count && made < count * 200; made++) {
    const text = chance() < 0.5 ? command(chance, 2) : mutated(pick(seeds, chance), chance);
    if (
      text.length > 2_000 ||
      found.has(text) ||
      /sleep [^0]|kill (?!-l)|sleep 0[^ ;&|)\n]|tail.* -\w*[fF]|--follow|seq \S*\d{5}/.test(text) ||
      !isAllowed(text)
    )
      continue;
    found.add(text);
    if (chance() < 0.2) seeds.push(text);
  }
  return { commands: [...found].slice(0, Math.max(count, 0)), made };
}
