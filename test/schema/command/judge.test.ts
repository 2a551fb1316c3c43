import { describe, expect, test } from "vitest";
import { typeCommandPolicy } from "../../../schema/agent/agent-type.ts";
import { growCommandLayers } from "../../../schema/approval/permission.ts";
import { type CommandPolicy, commandPattern, commandPolicy } from "../../../schema/command/command-rule.ts";
import { commandSetNames, commandSets, deniedCommands } from "../../../schema/command/command-set.ts";
import { isKnownGit } from "../../../schema/command/git-command.ts";
import { judgeCommand } from "../../../schema/command/judge.ts";
import { buildTools, packageTools, pythonBuildTools, testTools } from "../../../schema/command/package-tools.ts";
import { isKnownProgram } from "../../../schema/command/program.ts";
import { wrapsCommands } from "../../../schema/command/shell-unwrap.ts";

const home = "/workspace/agents/agt_1/work";
const layers = growCommandLayers(commandPolicy.parse({}));
const decide = (command: string, by: readonly CommandPolicy[] = layers) => judgeCommand(by, command, home).decision;

describe("of bash's grammar only what is read to its last byte is allowed", () => {
  const asked: Record<string, string[]> = {
    "a line that goes on after a backslash": ["ls \\\n-la", "git log --outp\\\nut=x", 'echo "a\\\nb"'],
    braces: ["ls {a,b}", "echo {1..3}", "git show {a,b}"],
    "expansions that do more than stand for a value": [
      "echo ${X:-a}",
      "echo ${X:=a}",
      "echo ${!X}",
      "echo ${X@P}",
      "echo ${X[0]}",
      "echo ${X/a/b}",
    ],
    arithmetic: ["echo $((1+1))", "echo $[1]", "((x))", "echo $((a[$(id)]))", "let x=1"],
    "subscripts of arrays": [
      "test -v 'a[$(id)]'",
      "printf -v 'a[$(id)]' x",
      "wait -p 'a[$(id)]'",
      "unset 'a[$(id)]'",
      "a[0]=1 ls",
      "[ -v 'a[$(id)]' ]",
    ],
    "where a variable is written": ["printf -v x a", "printf -vx a", 'printf "$X"', "read x", "mapfile x", "declare x=1", "export X=1"],
    "what could become an option": [
      "sort $X",
      'sort "$X"',
      "git log $X",
      'git log "$X"',
      "sort *",
      "find $X",
      "sed p *",
      "npm test $X",
      "cp $X out",
      "git add *",
    ],
    "heredocs with expansions": ["cat <<E\n$(ls)\nE", "cat <<E\n$X\nE", "cat <<E\n`ls`\nE", "cat <<E\na\\\nE\nE"],
    "variables that a program reads": [
      "PATH=. ls",
      "IFS=x ls",
      "GIT_PAGER=./x git log",
      "BASH_ENV=x bash -c ls",
      "CI=$(ls) ls",
      "CI+=1 ls",
      "x=1",
    ],
    "other words of the shell": [
      "cat <(ls)",
      "tee >(ls)",
      "ls |& cat",
      "if ls; then ls; fi",
      "for x in a; do ls; done",
      "while ls; do ls; done",
      "case a in a) ls;; esac",
      "[[ -n a ]]",
      "coproc ls",
    ],
    "functions and aliases": [
      "f() { ls; }; f",
      "function ls { id; }",
      "alias ls=id",
      "shopt -s expand_aliases",
      "enable -f x y",
      "hash -p x ls",
    ],
    quotes: ["echo $'a'", 'echo $"a"', "echo 'a", 'echo "a', "echo `ls"],
    "what only looks like a blank or a letter": ["ls\r", "ls\u000b-l", "ls \u0000", "ls \ud800", "ls \u007f"],
    "how the shell itself works": [
      "set -ek",
      "set -e -o posix",
      "bash -lc ls",
      "bash -O extglob -c ls",
      "bash x.sh",
      "sh",
      'eval "$X"',
      "exec -a x ls",
      "trap -- ls EXIT",
    ],
    redirections: ["ls > $X", "ls > *", "ls <> x", "ls {x}> y", "ls > /dev/tcp/h/1", "> x", "ls >& $X", "{ ls; } > /etc/x", 'ls > ""'],
  };
  test.each(Object.entries(asked))("%s", (_, commands) => {
    for (const command of commands) expect(decide(command), command).toBe("ask");
  });
  test("and that is still everyday work", () => {
    for (const command of [
      "ls -la src && cat a.txt | sort -u > out.txt 2>&1; echo done",
      "{ test -d x || mkdir x; } && ! test -e x/.lock",
      "cat > a.md <<'EOF'\nWhat $X and `this` say\nEOF",
      "cat > a.md <<EOF\nplain\nEOF",
      'echo "commit $(git rev-parse HEAD)" && echo "$PWD" $? a{}b stash@{0}',
      'grep -rn "$PATTERN" src *.ts && rm -rf dist/*.js ./*.log',
      "bash -c 'ls; git status' && timeout 5 npm test && ls | xargs wc -l",
      "node server.mjs & sleep 1; curl -s http://localhost:3000/",
      "find . -name '*.ts' -not -path './node_modules/*' | head -20",
      "sed -i 's/a/b/g' src/a.ts && awk -F, '{ print $2 }' a.csv",
      "git commit -q -F message.txt && git log --oneline --format='%h %s' -3",
      "time npm run build\ngit diff --stat HEAD~1",
      "CI=1 npm test && command -v node",
      "{ ls; git status; } > out.txt 2>&1 && (cat a; cat b) | sort >> out.txt",
    ])
      expect([command, decide(command)]).toEqual([command, "allow"]);
  });
});

describe("a program is given only options that do what its name says", () => {
  const asked: Record<string, string[]> = {
    "that write a file": [
      "sort -o x a",
      "sort -ox a",
      "sort --output=x a",
      "uniq a b",
      "uniq *",
      "tree -o x",
      "git log --output=x",
      "git diff --output x",
      "find . -fprint x",
      "find . -delete",
      "file -C",
      "curl -D x http://localhost/",
      "curl -w '%output{x}' http://localhost/",
    ],
    "that run a program": [
      "find . -exec ls {} +",
      "rg --pre ./x y",
      "rg -z y",
      "git grep -O x",
      "git grep --ext-grep x",
      "diff -l a b",
      "sort --compress-program=./x a",
      "git log --format=%G?",
      "git log --show-signature",
      "git log --pretty=own",
      "git cat-file --textconv HEAD:a",
      "file -z a",
    ],
    "that give git other settings": [
      "git -c core.pager=./x log",
      "git --exec-path=. log",
      "git --git-dir=x status",
      "git config alias.x y",
      "git config user.name x --file=y",
      "git config --list --edit",
      "git clone -c a.b=c . x",
      "git init --template=x",
      "git remote -v add x y",
    ],
    "that open an editor or sign": [
      "git commit",
      "git commit -m x -e",
      "git commit --amend",
      "git rebase -i HEAD",
      "git rebase -x ls",
      "git add -p",
      "git tag -s x",
      "git commit -S -m x",
      "git merge -s x y",
      "git branch --edit-description",
    ],
    "that lead to another place": [
      "git clone ext::./x y",
      "git clone a:b c",
      "git clone ssh://h/x",
      "git fetch --upload-pack=./x",
      "git fetch other",
      "git push -d origin x",
      "cp -t /etc a",
      "ln -s / x",
      "cd ..",
      "cd",
    ],
    "that are scripts of their own": [
      "sed 's/a/b/e' x",
      "sed '1w x' a",
      "sed -f x a",
      "sed -i.bak p a",
      "awk 'BEGIN{system(\"id\")}'",
      "awk '{print > \"x\"}' a",
      "awk -f x",
      "sed 'r /etc/passwd' a",
    ],
  };
  test.each(Object.entries(asked))("not those %s", (_, commands) => {
    const repo = typeCommandPolicy({ default: "ask", sets: [...commandSetNames], allow: ["git tag", "git reset"], ask: [], deny: [] });
    for (const command of commands) expect(decide(command, [repo]), command).toBe("ask");
  });
  test("and what tells git which programs to run is never written without a question", () => {
    for (const path of [
      ".git/config",
      ".git/hooks/pre-commit",
      "x/.git/config",
      ".GIT/config",
      ".g*t/hooks/x",
      ".[g]it/config",
      ".gitattributes",
      "a/.gitmodules",
    ]) {
      expect(decide(`cp x ${path}`), path).toBe("ask");
      if (!/[*[]/.test(path)) expect(decide(`echo x > ${path}`), path).toBe("ask");
    }
    expect(decide("ln -s .git g")).toBe("ask");
  });
  test("of the platform's sets each is known, or is an interpreter", () => {
    const interpreters = [
      ...[...buildTools, ...testTools, ...pythonBuildTools, "playwright", "pytest", "node", "java", "javac", "jar", "ctest"],
      ...["gcc", "g++", "cc", "c++", "cmake", "pkg-config", "ar", "gofmt", "rustc", "rustfmt", "sqlite3"],
    ];
    for (const match of Object.values(commandSets).flat()) {
      const [name = "", verb = ""] = commandPattern(match) ?? [];
      const tool = packageTools[name.replace("./", "")];
      const packaged = tool && (tool.other !== undefined || Object.keys(tool.verbs).some((known) => known.split(" ")[0] === verb));
      const known =
        name === "git" ? isKnownGit(verb) : isKnownProgram(name) || wrapsCommands(name) || packaged || interpreters.includes(name);
      expect([match, known]).toEqual([match, true]);
    }
    for (const name of [...commandSets.look, ...commandSets.edit, ...commandSets.git])
      expect([...interpreters, ...Object.keys(packageTools)]).not.toContain(name.split(" ")[0]);
  });
});

describe("what is denied stays denied", () => {
  const wraps = [
    (inner: string) => `bash -c '${inner}'`,
    (inner: string) => `sh -ec "cd x; ${inner}"`,
    (inner: string) => `bash -lc '${inner}'`,
    (inner: string) => `ls | xargs ${inner}`,
    (inner: string) => `xargs -I{} -a x ${inner}`,
    (inner: string) => `find . -exec ${inner} \\;`,
    (inner: string) => `env -i A=1 ${inner}`,
    (inner: string) => `env -S '${inner}'`,
    (inner: string) => `eval '${inner}'`,
    (inner: string) => `eval "$X ${inner}"`,
    (inner: string) => `echo $(${inner})`,
    (inner: string) => `echo "\`${inner}\`"`,
    (inner: string) => `echo \${X:-$(${inner})}`,
    (inner: string) => `cat <(${inner})`,
    (inner: string) => `cat <<E\n$(${inner})\nE`,
    (inner: string) => `bash <<E\n${inner}\nE`,
    (inner: string) => `echo '${inner}' | sh`,
    (inner: string) => `f() { ${inner}; }; f`,
    (inner: string) => `for x in 1; do ${inner}; done`,
    (inner: string) => `if ${inner}; then ls; fi`,
    (inner: string) => `trap '${inner}' EXIT`,
    (inner: string) => `trap -- '${inner}' EXIT`,
    (inner: string) => `timeout -k 1 5 ${inner}`,
    (inner: string) => `nice --adjustment=5 ${inner}`,
    (inner: string) => `busybox ${inner}`,
    (inner: string) => `zsh -c '${inner}'`,
    (inner: string) => `./x; ${inner} \\`,
    (inner: string) => `ls # ' ${inner}`,
    (inner: string) => `( { ${inner}; } & )`,
    (inner: string) => `[[ -n $(${inner}) ]]`,
    (inner: string) => `coproc ${inner}`,
    (inner: string) => `x=(${inner})`,
    (inner: string) => `echo 'open; ${inner}`,
  ];
  test("inside whatever wraps it, however it is quoted", () => {
    for (const inner of ["sudo ls", "git push --force", "git -C x push -f", "docker ps", "/usr/bin/sudo ls"])
      for (const wrap of wraps) expect([wrap(inner), decide(wrap(inner))]).toEqual([wrap(inner), "deny"]);
    for (const hidden of [
      "for x in 1; do su''do ls; done",
      'if s"ud"o ls; then ls; fi',
      "for x in 1; do su\\do ls; done",
      "while su\\\ndo ls; do ls; done",
    ])
      expect([hidden, decide(hidden)]).toEqual([hidden, "deny"]);
  });
  test("and one of the agent's own making by the name of another is asked", () => {
    for (const command of ["./bash -c ls", "./timeout 5 ls", "sub/git status", "./ls", "./xargs ls"])
      expect(decide(command), command).toBe("ask");
  });
});

test("every denial is of one plain command", () => {
  for (const { match } of deniedCommands) expect(commandPattern(match), match).toBeDefined();
});
