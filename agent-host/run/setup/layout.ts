import { settingNames } from "../../../schema/environment/install.ts";
import type { CheckFailure } from "../../../schema/proof/proof.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { packFiles } from "../pack-files.ts";
import { type CleanRoom, execInRoom, mustExecInRoom, roomFolders, roomUsers } from "../room/run-room.ts";
import { makeGitEnvironment, neutralAttributes } from "../run-clone.ts";
import { failSetup, failTracked } from "./failure.ts";
import type { WantedSetup } from "./wanted.ts";

/** How long the names of a commit's files may be in all. */
const mostListedBytes = 8 * 1024 * 1024;

// Answers a path that what is installed would stand in. Links of the commit are not followed: a path below
// node_modules that is tracked is one of the commit's own.
const beginScript = `set -e -o pipefail; cd "$1"; commit=$2; shift 2
git cat-file -e "$commit^{commit}" 2>/dev/null || exit 44
{ git ls-tree -r --name-only -z "$commit" || [ $? = 141 ]; } | head -c ${mostListedBytes} >/tmp/names
[ "$(stat -c %s /tmp/names)" -lt ${mostListedBytes} ] || exit 47
tr '\\0' '\\n' </tmp/names | grep -m1 -E '(^|/)(node_modules|\\.venv|\\.packages)(/|$)' || true
${neutralAttributes}`;
// What package managers see of the project: what is installed as it is, without settings in it, and what
// decides.
const inputsScript = `${beginScript}
wheels=("\${@:2:$1}"); shift $(($1 + 1)); parts=("\${@:2:$1}"); shift $(($1 + 1))
[ \${#parts[@]} = 0 ] || git --literal-pathspecs checkout -q "$commit" -- "\${parts[@]}"
for part in "\${wheels[@]}"; do
  [ ! -d "$part" ] || find "./$part" -mindepth 1 \\( ! -type f -name '*.whl' -o ! -type d ! -name '*.whl' \\) -prune -exec rm -rf -- {} +
done
for part in "\${parts[@]}"; do case $part in *.whl) [ -f "$part" ] && [ ! -L "$part" ] || { echo "$part"; exit 48; } ;; esac; done
find . -mindepth 1 -path ./.git -prune -o \\( ${[...settingNames].map((name) => `-name ${name}`).join(" -o ")} -o -name '.*' \\) -prune -exec rm -rf -- {} +
[ $# = 0 ] || git --literal-pathspecs checkout -q "$commit" -- "$@"`;
// What commands of the environment file run in: the base, with the files of the commit that decide what is
// installed and without those that it has removed. Scripts of a package.json run while it is installed: they
// are those of the base. A package.json that is no object is npm's to complain about, and has none.
const baseScript = `${beginScript}
base=$1 gone=$2; shift 2
git checkout -q --detach "$base"
rm -f -- "\${@:1:gone}"; shift "$gone"
[ $# = 0 ] || git --literal-pathspecs checkout -q "$commit" -- "$@"
for path; do
  [ "\${path##*/}" = package.json ] || continue
  was=$(git cat-file blob "$base:$path" 2>/dev/null | jq -c 'if type == "object" then .scripts else null end' 2>/dev/null | head -n1) || was=
  now=$(jq -c --argjson was "\${was:-null}" 'if type == "object" then . + {scripts: ($was // {})} else error("no object") end' "$path") || { echo "$path"; exit 46; }
  printf '%s\\n' "$now" >"$path"
done`;

/** Lays out what the installing user works with. Answers why that can't be done. */
export async function layOut(room: CleanRoom, commit: string, wanted: WantedSetup): Promise<CheckFailure | undefined> {
  const { base, plan, parts } = wanted;
  const counted = (paths: readonly string[]) => [String(paths.length), ...paths];
  const inputs = [...counted(plan.wheelFolders), ...counted(parts.map(([path]) => path)), ...plan.files];
  const more = base ? [base.commit, String(base.gone.length), ...base.gone, ...base.files] : inputs;
  const { code, out, err } = await execInRoom(room, {
    cmd: ["bash", "-c", base ? baseScript : inputsScript, "lay", roomFolders.source, commit, ...more],
    ...{ uid: roomUsers.clone, env: makeGitEnvironment(), ms: 60_000 },
  });
  if (code === 44) return failSetup(`Commit ${commit.slice(0, 10)} is not in the repository.`);
  if (code === 46) return failSetup(`${out.trim().split("\n").at(-1)} can't be read: ${err.slice(-300)}`);
  if (code === 48) return failSetup(`${out.trim().split("\n").at(-1)} is no plain file: a wheel is one.`);
  if (code === 47) return failSetup(`Commit ${commit.slice(0, 10)} holds more files than a clean room can take.`);
  if (code !== 0) throw new AppError("internal", { what: "checkout for a setup", err: err.slice(-300) });
  const tracked = out.trim().split("\n")[0] ?? "";
  if (tracked !== "") return failTracked(tracked);
  return fillWork(room, plan.laid);
}
const fillScript = `set -e; mkdir -m 0700 "$3"; find "$1" -mindepth 1 -maxdepth 1 ! -name .git -exec cp -a -t "$2" {} +
cd "$2"; head -c "$4" | tar -x`;
async function fillWork(room: CleanRoom, laid: Readonly<Record<string, string>>): Promise<CheckFailure | undefined> {
  const input = await packFiles(Object.entries(laid).map(([name, text]) => ({ name, text })));
  await mustExecInRoom(room, { cmd: ["chmod", "1777", roomFolders.work], uid: 0 });
  const { source, work, home } = roomFolders;
  const cmd = ["bash", "-c", fillScript, "fill", source, work, home, String(input.length)];
  const { code, err } = await execInRoom(room, { cmd, input, uid: roomUsers.setup, ms: 120_000 });
  return code === 0 ? undefined : failSetup(`What decides what is installed can't be laid out: ${err.slice(-300)}`);
}
