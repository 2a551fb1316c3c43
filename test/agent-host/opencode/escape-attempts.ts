import type { Agent } from "./neighbours.ts";

/**
 * What an agent tries from its own shell against another. `own` is the same tool used on its own things and
 * must work: without it a refusal would prove nothing. `attempt` must fail, and what it says must be the wall
 * speaking.
 */
export type Attempt = { name: string; own: string; attempt: string; wall: RegExp };
/** `elsewhere` is a project of the other's alone. */
export type Known = { other: Agent; me: Agent; repo: string; elsewhere: string };

const denied = /Permission denied|Operation not permitted/;
const everyOne = (list: string[], script: string) => `for at in ${list.join(" ")}; do ${script} && exit 0; done; exit 1`;

export const files = ({ other, me }: Known): Attempt[] => [
  { name: "lists the other's directory", own: "ls ~", attempt: `ls ${other.home}`, wall: denied },
  {
    name: "reads a file of the other by its path",
    own: "cat ~/.git-credentials",
    attempt: `cat ${other.home}/.git-credentials`,
    wall: denied,
  },
  { name: "writes into the other's directory", own: "echo x >~/work/x", attempt: `echo x >${other.work}/x`, wall: denied },
  {
    name: "reads through a link of its own making",
    own: "ln -sf ~/.git-credentials a && cat a",
    attempt: `ln -sf ${other.home}/.git-credentials b && cat b`,
    wall: denied,
  },
  { name: "makes a hard link to the other's file", own: "ln -f ~/.gitconfig c", attempt: `ln ${other.home}/.gitconfig d`, wall: denied },
  {
    name: "moves the other's directory away",
    own: "mkdir -p e && mv e f && rmdir f",
    attempt: `mv ${other.home} ${other.home}.old`,
    wall: denied,
  },
  { name: "makes a directory beside it", own: "mkdir -p ~/g", attempt: "mkdir /workspace/agents/agt_mine", wall: denied },
  { name: "opens the other's directory to all", own: "chmod 700 ~/work", attempt: `chmod 777 ${other.home}`, wall: denied },
  { name: "gives a file to the other", own: `touch h && chown ${me.uid} h`, attempt: `touch i && chown ${other.uid} i`, wall: denied },
];

const proc = (name: string, how: string): Omit<Attempt, "wall"> & { wall: RegExp } => ({
  name: `opens /proc/<pid>/${name}`,
  own: `sleep 9 & ${how.replaceAll("PID", "$!")}`,
  attempt: how.replaceAll("PID", "$VICTIM"),
  wall: denied,
});
// System calls by number, for the box has no debugger: ptrace attach, process_vm_readv, pidfd_open and
// pidfd_getfd of x86-64.
const attach = "perl -e '$! = 0; exit(syscall(101, 16, $ARGV[0] + 0, 0, 0) == 0 ? 0 : (print(\"$!\\n\"), 1)[1])' PID 2>&1";
export const processes = ({ me }: Known): Attempt[] => [
  proc("environ", "cat /proc/PID/environ >/dev/null"),
  proc("maps", "cat /proc/PID/maps >/dev/null"),
  proc("mem", "head -c 1 /proc/PID/mem 2>&1 | grep -v Input && exit 1; exec 3</proc/PID/mem"),
  proc("cwd", "ls /proc/PID/cwd/"),
  proc("root", "ls /proc/PID/root/"),
  proc("fd", "ls /proc/PID/fd/"),
  { name: "stops the other's server", own: "sleep 9 & kill -STOP $!", attempt: "kill -STOP $VICTIM", wall: denied },
  { name: "kills the other's server", own: "sleep 9 & kill -KILL $!", attempt: "kill -KILL $VICTIM", wall: denied },
  {
    name: "kills all that it may",
    own: "sleep 9 & kill -KILL $!",
    attempt: `pkill -KILL -u $VICTIM_UID; [ $? -eq 0 ]`,
    wall: /^$|denied|not permitted/,
  },
  {
    name: "traces the other's server",
    own: `sleep 9 & ${attach.replace("PID", "$!")}`,
    attempt: attach.replace("PID", "$VICTIM"),
    wall: denied,
  },
  { name: "takes the processor from it", own: "sleep 9 & renice -n 5 -p $!", attempt: "renice -n 19 -p $VICTIM", wall: denied },
  { name: "binds it to one core", own: "sleep 9 & taskset -pc 0 $!", attempt: "taskset -pc 0 $VICTIM", wall: denied },
  {
    name: "offers it to the memory killer",
    own: "sleep 9 & echo 900 >/proc/$!/oom_score_adj",
    attempt: "echo 1000 >/proc/$VICTIM/oom_score_adj",
    wall: denied,
  },
  {
    name: "leaves its control group",
    own: "grep -q /agent- /proc/self/cgroup",
    attempt: everyOne(["$(find /sys/fs/cgroup -name cgroup.procs 2>/dev/null)"], "echo $$ >$at"),
    wall: /Permission denied|Read-only/,
  },
  {
    name: "becomes the other by su",
    own: `su --version >/dev/null; [ "$(id -u)" = ${me.uid} ]`,
    attempt: 'su "$(id -nu $VICTIM_UID)" -c true </dev/null',
    wall: /Authentication failure|must be run from a terminal|denied|not permitted/,
  },
  { name: "makes a user namespace", own: "unshare --version", attempt: "unshare -Ur true", wall: denied },
  { name: "enters the first process's namespaces", own: "nsenter --version", attempt: "nsenter -t 1 -m true", wall: denied },
  {
    name: "mounts something over the other's directory",
    own: "mount >/dev/null",
    attempt: `mount -t tmpfs none /workspace/agents`,
    wall: /superuser|denied|not permitted/,
  },
];

const places = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/workspace", "/workspace/agents", "/var/lock"];
const platform = [
  "/etc/gitconfig /etc/ld.so.preload /etc/profile.d/x.sh /etc/bash.bashrc /etc/passwd",
  "/usr/share/git-core/templates/hooks/post-checkout /usr/local/bin/git /usr/bin/x",
  "/opt/growqr/config/plugin/x.js /opt/growqr/config/opencode.json /opt/growqr/xdg/opencode/opencode.json /opt/growqr/exec/serve /opt/growqr/home/.opencode/plugin/x.js",
  "/etc/cron.d/x /var/spool/cron/crontabs/x /etc/crontab",
];
export const shared = ({ other }: Known): Attempt[] => [
  {
    name: "leaves something where all may write",
    own: 'touch "$TMPDIR/x" && mktemp >/dev/null',
    attempt: everyOne(places, "touch $at/x"),
    wall: /Permission denied|Read-only|No such file/,
  },
  {
    name: "finds a place outside its own home where it may write",
    own: '[ -n "$(find ~ -writable -type d | head -1)" ]',
    attempt: `found=$(find / -xdev \\( -path /proc -o -path ${"$HOME"} \\) -prune -o -writable ! -type l -print 2>/dev/null; find /workspace /dev -path $HOME -prune -o \\( -type d -o -type f -o -type s \\) -writable -print 2>/dev/null); echo "found: $found"; [ -n "$found" ]`,
    wall: /^found:$/,
  },
  {
    name: "changes what the other's server or shell starts from",
    own: "echo x >~/.bashrc && rm ~/.bashrc",
    attempt: everyOne(platform, "echo x >>$at"),
    wall: /Permission denied|Read-only|No such file/,
  },
  {
    name: "leaves something for later",
    own: "command -v sleep",
    attempt: everyOne(["crontab", "at", "batch", "systemd-run"], "command -v $at"),
    wall: /^$/,
  },
  {
    name: "attaches the other's shared memory",
    own: "perl -e '$i = shmget(42, 64, 01600); exit(defined $i && shmread($i, $b, 0, 1) ? 0 : 1)'",
    attempt: "perl -e '$i = shmget(43, 64, 0600); print \"$!\\n\"; exit(defined $i && shmread($i, $b, 0, 1) ? 0 : 1)'",
    wall: denied,
  },
  {
    name: "finds a socket of the other",
    own: "perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, pack_sockaddr_un(\"\\0mine\")); exit(`cat /proc/net/unix` =~ /\\@mine/ ? 0 : 1)'",
    attempt: "awk 'NR > 1 && $8 != \"\"' /proc/net/unix | grep . || exit 1",
    wall: /^$/,
  },
];

const asked = (address: string, port: number, paths: string[], more = "") =>
  `for at in ${paths.join(" ")}; do curl -s -m 5 ${more} -o /dev/null -w '%{http_code} ' http://${address}:${port}$at; done`;
const doors = ["/", "/session", "/global/health", "/event", "/global/event", "/config", "/doc", "/pty", "/file?path=.", "/agent", "/app"];
const yes = `-X POST -H 'content-type: application/json' -d '{"reply":"once"}'`;
/** Succeeds where any of the calls was answered. */
const heard = (commands: string[]) => `said=$(${commands.join("; ")}); echo "$said"; echo "$said" | grep -q '[1-9]'`;
const addresses = ["127.0.0.1", "localhost", "$(awk 'END { print $1 }' /etc/hosts)"];
export const network = ({ other, me }: Known): Attempt[] => [
  {
    name: "asks the other's server",
    own: `${asked("gateway", 8080, ["/x"])} | grep -q 404`,
    attempt: heard(addresses.map((address) => asked(address, other.port, doors))),
    wall: /^(000 ?)+$/,
  },
  {
    name: "answers a question of its own or of the other with the password in its hand",
    own: `${asked("gateway", 8080, ["/x"])} | grep -q 404`,
    attempt: heard(
      addresses.flatMap((address) => [
        asked(address, me.port, ["/permission", "/permission/per_x/reply"], `-u "opencode:$MY_PASSWORD" ${yes}`),
        asked(address, other.port, ["/permission", "/permission/per_x/reply"], `-u "opencode:$OTHER_PASSWORD" ${yes}`),
      ]),
    ),
    wall: /^(000 ?)+$/,
  },
  {
    name: "calls a model or a tool with a token in its hand",
    own: `${asked("gateway", 8080, ["/x"])} | grep -q 404`,
    attempt: `${["MY", "OTHER"].map((whose) => asked("gateway", 8080, ["/ai/v1/models", "/mcp"], `-H "authorization: Bearer $${whose}_TOKEN"`)).join("; ")} | tee /dev/stderr | grep -q 200`,
    wall: /^(401 ?)+$/,
  },
  {
    name: "takes the port of the other's server while it runs",
    own: "perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); exit(bind(S, pack_sockaddr_in(4990, INADDR_ANY)) ? 0 : 1)'",
    attempt: `perl -MSocket -e 'for (INADDR_ANY, INADDR_LOOPBACK) { socket(S, PF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); setsockopt(S, SOL_SOCKET, 15, 1); exit(0) if bind(S, pack_sockaddr_in(${other.port}, $_)) && listen(S, 1) } print "$!\\n"; exit 1'`,
    wall: /Address already in use/,
  },
  {
    name: "listens to what goes by",
    own: "perl -MSocket -e 'exit(socket(S, PF_INET, SOCK_STREAM, 0) ? 0 : 1)'",
    attempt: "perl -MSocket -e 'exit(0) if socket(S, 17, SOCK_RAW, 0x300) || socket(S, PF_INET, SOCK_RAW, 6); print \"$!\\n\"; exit 1'",
    wall: denied,
  },
];

/** Git as its own Gitea user. The clone is there; `$OTHER` is the other's branch, `$MINE` its own. */
const push = (...refs: string[]) => `git push -q origin ${refs.join(" ")} 2>&1`;
const refused = /protected|declined|hidden ref|not allowed|not a valid|invalid|refusing|fatal|error/i;
const allowed = push("HEAD:refs/heads/$MINE/own-$RANDOM");
const git = (name: string, attempt: string, wall = refused): Attempt => ({ name, own: allowed, attempt, wall });
export const remotes = ({ other, me, repo, elsewhere }: Known): Attempt[] => [
  {
    name: "clones, or pushes to, a project that was not opened to it",
    own: "git ls-remote -q origin main",
    attempt: `at=$(git remote get-url origin | sed 's|${repo}|${elsewhere}|'); git clone -q "$at" ~/work/away 2>&1 && exit 0; git push -q "$at" HEAD:refs/heads/$MINE/work 2>&1`,
    wall: /not found[\s\S]*not found/i,
  },
  git(
    "pushes to the other's branch",
    `git fetch -q && ${push('"$(git commit-tree -p origin/$OTHER/work -m x HEAD^{tree}):refs/heads/$OTHER/work"')}`,
    /protected branch/,
  ),
  git("rewrites the other's branch", push("+HEAD~1:$OTHER/work"), /protected|force/),
  git("makes a branch in the other's name", push("HEAD:refs/heads/$OTHER/new"), /protected branch/),
  git("removes the other's branch", push(":$OTHER/work"), /protected|denied|not allowed/),
  git("pushes to main", push("HEAD:main"), /protected branch/),
  git("removes main", push(":main"), /default branch|protected|refusing/),
  git("makes a tag", push("HEAD:refs/tags/v2"), /protected/),
  git("moves a tag", push("+HEAD:refs/tags/v1"), /protected/),
  git("removes a tag", push(":refs/tags/v1"), /protected/),
  git("takes the notes of receipts away", push(":refs/notes/receipts"), /hidden ref/),
  git("writes over the notes of receipts", push("+HEAD:refs/notes/receipts"), /hidden ref/),
  git("has commits stand for others", push("HEAD:refs/replace/$(git rev-parse origin/main)"), /hidden ref/),
  git("writes the head of a pull request", push("+HEAD:refs/pull/1/head"), /Gitea's own/),
  git("opens a pull request by a push", push("HEAD:refs/for/main"), /hidden ref|denied|not/),
  git(
    "pushes where a name looks alike",
    `${everyOne(
      [
        `agent/${other.id.toLowerCase()}/work`,
        `AGENT/${other.id}/work`,
        `Agent/${other.id}/work`,
        `agent/${other.id}`,
        `agent/${other.id}x/work`,
        `agent/${other.id}\u200b/work`,
        `agent∕${other.id}/work`,
        `heads/agent/${other.id}/work`,
        `refs/heads/agent/${other.id}/work`,
        `agent/${me.id}x/work`,
        "agent/work",
        "MAIN",
        "main/x",
      ],
      push('"HEAD:refs/heads/$at"'),
    )}`,
  ),
  git(
    "pushes by a path",
    everyOne([`agent/${me.id}/../${other.id}/work`, `agent/${me.id}/../../main`, `agent//${other.id}/work`], push('"HEAD:refs/heads/$at"')),
  ),
];

/** Gitea's API as its own user: `$AUTH` is its credential, `$API` the address. */
const call = (method: string, path: string, body?: object) =>
  `curl -s -m 10 -u "$AUTH" -X ${method} -w ' %{http_code}' -H 'content-type: application/json' ${body ? `-d '${JSON.stringify(body)}' ` : ""}"$API${path}"`;
const ok = (script: string) => `answer=$(${script}); echo "$answer"; case "$answer" in *" 2"??) exit 0 ;; *) exit 1 ;; esac`;
const api = (name: string, allowed: string, ...tries: string[]): Attempt => ({
  name,
  own: ok(allowed),
  attempt: `${tries.map((script) => `(${ok(script)}) && exit 0`).join("\n")}\nexit 1`,
  wall: /( [45]\d\d\s*)+$/,
});
const content = Buffer.from("stolen").toString("base64");
export const gitea = ({ other, me, repo }: Known): Attempt[] => {
  const here = `/repos/${repo}`;
  const mine = `agent/${me.id}/work`;
  const theirs = `agent/${other.id}/work`;
  const reads = call("GET", `${here}/branches?limit=1`);
  const pull = (base: string) =>
    `${call("POST", `${here}/pulls`, { head: mine, base, title: base })}; ${call("POST", `${here}/pulls/$(curl -s -u "$AUTH" "$API${here}/pulls?state=open" | grep -o '"number":[0-9]*' | head -1 | cut -d: -f2)/merge`, { Do: "merge" })}`;
  const write = (branch: string) => ({ branch, content, message: "x" });
  return [
    api("merges into main or the other's branch by a pull request", reads, pull("main"), pull(theirs)),
    api(
      "writes files to branches that are not its own",
      call("POST", `${here}/contents/own-$RANDOM.md`, write(mine)),
      call("POST", `${here}/contents/x.md`, write(theirs)),
      call("POST", `${here}/contents/x.md`, write("main")),
      call("POST", `${here}/contents/x.md`, { ...write(mine), new_branch: `agent/${other.id}/more` }),
    ),
    api(
      "makes, renames and removes branches and tags",
      reads,
      call("POST", `${here}/branches`, { new_branch_name: `agent/${other.id}/more`, old_ref_name: mine }),
      call("PATCH", `${here}/branches/${encodeURIComponent(theirs)}`, { name: `agent/${me.id}/taken` }),
      call("DELETE", `${here}/branches/${encodeURIComponent(theirs)}`),
      call("POST", `${here}/tags`, { tag_name: "v3", target: mine }),
      call("DELETE", `${here}/tags/v1`),
      call("POST", `${here}/releases`, { tag_name: "v4", target_commitish: mine, name: "x" }),
    ),
    api(
      "changes the walls themselves",
      reads,
      call("DELETE", `${here}/branch_protections/${encodeURIComponent("**")}`),
      call("POST", `${here}/branch_protections`, { rule_name: `agent/${other.id}/*`, enable_push: true }),
      call("PUT", `${here}/collaborators/agent-x`, { permission: "admin" }),
      call("POST", `${here}/hooks`, { type: "gitea", config: { url: "http://x", content_type: "json" }, events: ["push"], active: true }),
      call("POST", `${here}/keys`, { title: "x", key: "ssh-ed25519 AAAA" }),
      call("PATCH", here, { private: false }),
      call("DELETE", here),
    ),
    api(
      "reads the memory, the other's account, or the administrator's list",
      reads,
      call("GET", "/repos/growqr/memory"),
      call("GET", "/repos/growqr/memory/contents/index.md"),
      call("POST", "/repos/growqr/memory/contents/x.md", write("main")),
      call("GET", `/users/agent-${other.id.slice(4).toLowerCase()}/tokens`),
      call("GET", "/admin/users"),
      call("POST", "/admin/users", { username: "x", email: "x@x.invalid", password: "xxxxxxxxxxxx" }),
    ),
    api(
      "makes repositories or tokens of its own",
      reads,
      call("POST", "/user/repos", { name: "mine" }),
      call("POST", `${here}/forks`, {}),
      call("POST", `/users/agent-${me.id.slice(4).toLowerCase()}/tokens`, { name: "x", scopes: ["all"] }),
      call("POST", "/orgs", { username: "mine" }),
    ),
  ];
};
