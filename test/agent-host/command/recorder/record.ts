/**
 * Runs in the container, as root: each command by real bash as an agent's user, under strace, in a workspace
 * that is laid anew. Reads commands as JSON from its input and prints for each what it started, what it
 * wrote, and the words of each package manager: `{ index, runs, writes, given, late }`. Its argument says how
 * many milliseconds a command may take. It imports nothing of ours.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeSync } from "node:fs";
import path from "node:path";

const home = "/workspace/agents/agt_1";
const work = `${home}/work`;
const uid = 20_001;
const longest = Number(process.argv[2]);
const calls =
  "execve,execveat,openat,open,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,mknod,mknodat," +
  "truncate,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,setxattr,lsetxattr,chdir,fchdir";
const strace = ["/strace/ld.so", "--library-path", "/strace", "/strace/strace"] as const;
const env = {
  PATH: `/trace/bin:${process.env.PATH}`,
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("GIT_"))),
  HOME: home,
  USER: "agent0",
  SHELL: "/bin/bash",
  LANG: "C.UTF-8",
  TMPDIR: `${home}/.tmp`,
};

const sh = (script: string) => {
  const { status, stderr } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
};
const layAnew = () =>
  sh(
    `rm -rf ${work} ${home}/.tmp ${home}/.gitconfig /tmp/* /tmp/.[!.]* && cp -a /trace/fixture/. ${home}/ && mkdir -p ${home}/.tmp && chown -h ${uid}:${uid} ${home}/.tmp`,
  );

type Recorded = { runs: string[]; writes: string[]; given: string[][]; late: boolean };
function record(command: string): Recorded {
  const file = "/trace/out/last";
  const args = [
    ...strace.slice(1),
    "-f",
    "--seccomp-bpf",
    "-y",
    "-qq",
    "-s",
    "200",
    "-e",
    `trace=${calls}`,
    "-o",
    file,
    "--",
    "/bin/bash",
    "-c",
    command,
  ];
  const ran = spawnSync(strace[0], args, { cwd: work, env, uid, gid: uid, stdio: "ignore", timeout: longest, killSignal: "SIGKILL" });
  const late = ran.error !== undefined;
  if (late) spawnSync("/bin/sh", ["-c", "kill -9 -1"], { uid, gid: uid });
  return { ...read(readFileSync(file, "utf8")), late };
}

/** Paths as bytes again: strace writes what is not plain as `\ooo`, `\n`, `\"`. */
function unescaped(text: string): string {
  const bytes = text.replace(/\\([0-7]{1,3}|[nrtvf"\\])/g, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : ({ n: "\n", r: "\r", t: "\t", v: "\v", f: "\f" }[code] ?? code),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/**
 * What a trace says: every program that was started or tried, every path that was opened to write, made,
 * renamed, changed or removed.
 */
function read(trace: string): Omit<Recorded, "late"> {
  const [runs, writes] = [new Set<string>(), new Set<string>()];
  const given: string[][] = [];
  const folders = new Map<string, string>();
  let first = true;
  for (const line of trace.split("\n")) {
    const [, pid = "", call = "", rest = ""] = /^(\d+)\s+(\w+)\((.*)$/.exec(line) ?? [];
    if (!call) continue;
    const at = /AT_FDCWD<([^>]*)>/.exec(rest)?.[1];
    if (at !== undefined) folders.set(pid, unescaped(at));
    const folder = folders.get(pid) ?? work;
    const named = [...rest.matchAll(/(?:(AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].map(([, , base, text]) =>
      path.resolve(base === undefined ? folder : unescaped(base), unescaped(text ?? "")),
    );
    const [target = folder] = named;
    if (call.startsWith("exec")) {
      if (!first) runs.add(target);
      const argv = /^"[^"]*", \[(.*)\], /.exec(rest)?.[1] ?? "";
      if (target.startsWith("/trace/bin/") && / = 0$/.test(rest))
        given.push([...argv.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => unescaped(text ?? "")));
      first = false;
    } else if (call === "chdir") {
      if (/\) += 0/.test(rest)) folders.set(pid, target);
    } else if (call === "fchdir") folders.set(pid, unescaped(/<([^>]*)>/.exec(rest)?.[1] ?? folder));
    else if (call.startsWith("open")) {
      if (/O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/.test(rest)) writes.add(target);
    } else if (/^(sym)?link/.test(call)) writes.add(named.at(-1) ?? folder);
    else if (call === "fchmod" || call === "fchown") writes.add(unescaped(/<([^>]*)>/.exec(rest)?.[1] ?? folder));
    else for (const each of named) writes.add(each);
  }
  return { runs: [...runs], writes: [...writes], given };
}

const commands: string[] = JSON.parse(readFileSync(0, "utf8"));
layAnew();
for (const [index, command] of commands.entries()) {
  const recorded = record(command);
  if (recorded.writes.some((each) => each !== "/dev/null" && each !== "/dev/tty") || recorded.late) layAnew();
  writeSync(1, `${JSON.stringify({ index, ...recorded })}\n`);
}
