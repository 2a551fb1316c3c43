import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readImageTags } from "../../../../agent-host/images.ts";

/** How a copy of a commit comes into a place, by the program alone in a container. */

const program = readFileSync(new URL("../../../../agent-host/run/room/fresh-copy.pl", import.meta.url), "utf8");
// `/s/plain`: the commit, `/s/way`: a way of it, `/k`: what is installed, `/p/code/w`: the copy.
const functions = `set -e; export HOME=/p/home LC_ALL=C; mkdir -p /s/plain /s/way/files /p/code /p/home; : >/s/way/gone; : >/s/way/restored; cd /s/plain
commit() { git init -q; git add -A; git -c user.name=a -c user.email=b commit -qm all; git ls-files -z >/tmp/kept; }
keep() { local way=$1 executable=$2; shift 2; perl -e "$0" keep /s/plain "$way" /p/code/w /k /room/work /tool $executable "$@" </tmp/kept; }
lay() { perl -e "$0" lay "$1" /p/code/w /k /room/work /tool "$2" /p/code/.tmp "[user]" "" 'import sys; print(sys.argv[1:], file=sys.stderr)' "" "\${@:3}" >/tmp/since; }
clear() { find /p/code -mindepth 1 -delete; }
`;
function inBox(script: string): string {
  const folders = ["/s", "/p", "/k"].flatMap((path) => ["--tmpfs", `${path}:exec`]);
  const box = ["run", "--rm", "--network", "none", ...folders, "--entrypoint", "bash", readImageTags().opencode];
  return execFileSync("docker", [...box, "-c", functions + script, program], { encoding: "utf8" }).trim();
}

it("the order of a folder and of what numbers its files have does not say what a way replaces", () => {
  const out =
    inBox(`mkdir -p lib /s/way/files/lib; for i in 5 3 1 4 2; do echo $i >lib/t$i.js; done; echo "module.exports = 1" >index.js; commit
    echo changed >/s/way/files/lib/t3.js
    order() { cd /p/code/w; ls -Um lib; find . -path ./.git -prune -o -type f -printf '%i %P\\n' | sort -n | cut -d' ' -f2 | tr '\\n' ' '; echo; cat lib/t3.js; clear; }
    keep "" 0; lay /s/plain 022; order; keep /s/way 0; lay /s/way/tree 022; order`);
  const lines = out.split("\n");
  expect(lines.slice(0, 2)).toEqual(lines.slice(3, 5));
  expect(lines[1]).toContain("lib/t1.js lib/t2.js lib/t3.js lib/t4.js lib/t5.js");
  expect([lines[2], lines[5]]).toEqual(["3", "changed"]);
});

it("files have the modes and times of the commit, folders take files of others, and nothing was read yet", () => {
  const out =
    inBox(`mkdir -p bin lib; echo x >bin/run; chmod 755 bin/run; echo y >lib/a.js; ln -s ../lib/a.js bin/link; touch -d @1000000000 lib/a.js bin/run; commit
    keep "" 1 lib/a.js; cd /p/code/w; find . -printf '%m %y %P %l\\n' | sort -k3; stat -c '%X %Y' lib/a.js bin/run; rm -r /p/code/w
    lay /s/plain 077; cd /p/code/w; stat -c '%a %X %Y' bin/run lib; stat -c %a .git/objects/*/* | sort -u; [ "$(stat -c %.9Z /p/code/.tmp)" = "$(cat /tmp/since)" ] && cat $HOME/.gitconfig`);
  expect(out.split("\n")).toEqual([
    ...["1777 d  ", "1777 d bin ", "777 l bin/link ../lib/a.js", "755 f bin/run ", "1777 d lib ", "755 f lib/a.js "],
    ...["86400 1000000000", "86400 1000000000", "700 86400 1000000000"],
    expect.stringMatching(/^700 \d+ \d+$/),
    ...["400", "[user]"],
  ]);
});

it("names are anybody's", () => {
  const strange = ["-rf", "|true", ">x", "<x", "0", " y ", "a\nb", "a b\n", "*", "$HOME", "--"];
  const files = strange.map((name) => `printf 1 >./${quote(name)}`).join("; ");
  const out = inBox(`${files}; printf 1 >$'\\xff\\xfe'; mkdir -p ./-d/'|'; printf 1 >./-d/'|'/z; printf 1 >plain.js; commit
    names() { find "$1" -path "$1/.git" -prune -o -printf '%P\\0' | sort -z | sha256sum; }
    names /s/plain; keep "" 2 -- -rf; names /p/code/w; stat -c %a ./-- /p/code/w/-- /p/code/w/0; lay /s/plain 022; names /p/code/w; keep "" 0; names /p/code/w
    printf '%s\\0' '|true' >/s/way/gone; keep /s/way 0; lay /s/way/tree 022; find /p/code/w -name '*true' | wc -l`);
  const [names, kept, ...rest] = out.split("\n");
  expect(names).toMatch(/^[0-9a-f]{64} /);
  expect([kept, ...rest]).toEqual([names, "644", "755", "644", names, names, "0"]);
});

it("a way leaves out what is gone with the folders that are empty then, and puts a file where a folder was", () => {
  const out = inBox(`mkdir -p a/b/c d; echo 1 >a/b/c/only; echo 2 >d/x; echo 3 >keep; commit
    printf '%s\\0' a/b/c/only d/x >/s/way/gone; printf '%s\\0' d >/s/way/restored; echo file >/s/way/files/d; mkdir -p /s/way/files/n/m; echo new >/s/way/files/n/m/f
    printf '%s\\0' n/m/f d >>/tmp/kept; keep /s/way 0; lay /s/way/tree 022; cd /p/code/w; find . -path ./.git -prune -o -printf '%y %P\\n' | sort; cat d; ls /s/plain/a/b/c`);
  expect(out.split("\n")).toEqual(["d ", "d n", "d n/m", "f d", "f keep", "f n/m/f", "file", "only"]);
});

it("what is installed is linked entry by entry, and programs of a virtual environment name the place", () => {
  const out = inBox(`echo 1 >x; touch -d @2000 x; ln -s elsewhere pkg; mkdir elsewhere; echo 2 >elsewhere/y; commit
    m=/k/node_modules v=/k/.venv/bin; mkdir -p $m/one $m/@scope/two $m/.bin $m/.pnpm /k/pkg/node_modules/inner $v /k/.venv/lib
    ln -s ../one/cli.js $m/.bin/one; ln -s ../../../packages/three $m/@scope/three
    printf '#!/room/work/.venv/bin/python\\nprint(1)\\n' >$v/tool; chmod 755 $v/tool; printf 'a\\0/room/work/x' >$v/ruff; echo p >$v/pip; echo p >$v/pip3.11; touch -d @1000 $v/*; ln -s /usr/bin/python3 $v/python
    shown() { cd /p/code/w; find node_modules .venv elsewhere/node_modules -printf '%y %p %l\\n' | sort -k2; stat -c '%a %X' .venv/bin/tool .venv/bin/ruff; head -1 .venv/bin/tool
      [ .venv/bin/ruff -nt x ] && sha256sum <.venv/bin/ruff | cmp - <(sha256sum <$v/ruff) && echo same; }
    keep "" 0 node_modules .venv pkg/node_modules; shown; clear; lay /s/plain 022 node_modules .venv pkg/node_modules; shown`);
  const half = out.split("\n");
  const shown = [
    ...["d .venv ", "d .venv/bin ", "l .venv/bin/pip /tool", "l .venv/bin/pip3.11 /tool", "l .venv/bin/python /usr/bin/python3"],
    ...[
      "f .venv/bin/ruff ",
      "f .venv/bin/tool ",
      "l .venv/lib /k/.venv/lib",
      "d elsewhere/node_modules ",
      "l elsewhere/node_modules/inner /k/pkg/node_modules/inner",
    ],
    ...["d node_modules ", "d node_modules/.bin ", "l node_modules/.bin/one ../one/cli.js", "l node_modules/.pnpm /k/node_modules/.pnpm"],
    ...[
      "d node_modules/@scope ",
      "l node_modules/@scope/three ../../../packages/three",
      "l node_modules/@scope/two /k/node_modules/@scope/two",
    ],
    ...["l node_modules/one /k/node_modules/one", "755 86400", "644 86400", "#!/p/code/w/.venv/bin/python", "same"],
  ];
  expect(half.slice(0, shown.length)).toEqual(shown);
  expect(half.slice(shown.length)).toEqual(shown);
});

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
