import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRepoTo, protectProject } from "../../../actors/project.ts";
import { execInContainer } from "../../../agent-host/docker.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { box, gitUser } from "../../../schema/stack/stack.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { Started } from "../../local/process.ts";
import { engine } from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { callHost, newPerson, placeStack, placeSubAgent, putStack, signStackTicket } from "../runner-client.ts";
import { type Attempt, files, gitea, type Known, network, processes, remotes, shared } from "./escape-attempts.ts";
import { agent, callOpenCode, mustRunAsUser, openGit, openShell, readSecrets, runAsUser, startAgent, startedBoot } from "./neighbours.ts";

/** One agent's shell against another agent of the same member: same box, same Gitea, same gateway. */
const person = newPerson();
const me = agent(person.agent, 0);
const other = agent(newId("agt"), 1);
const repo = "projects/shared";
const known: Known = { me, other, repo, elsewhere: "projects/elsewhere" };
let daemon: Started;
let shell: (script: string) => Promise<string>;

const must = (member: typeof me, script: string) => mustRunAsUser(person, member, script);
const bare = async (...args: string[]) => {
  const cmd = ["git", `--git-dir=/var/lib/gitea/repos/${repo}.git`, "-c", "user.name=GrowQR", "-c", "user.email=x@x.invalid", ...args];
  const { code, out, err } = await execInContainer(engine, dockerName(hostInstance, "gitea", person.member), { cmd });
  if (code !== 0) throw new Error(`${args.join(" ")}: ${err}`);
  return out;
};

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  await placeSubAgent(person, other.id);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  for (const each of [me, other]) expect((await startAgent(person, each)).status).toBe(200);
  const git = openGit(person);
  await git.ensureRepository("memory");
  await git.ensureProtection("growqr/memory", "main", [box.memoryRepo.owner], 1);
  await protectProject(git, "shared", me.id);
  await openRepoTo(git, repo, other.id);
  await protectProject(git, "elsewhere", other.id);
  const url = `http://${box.gitHost}:${box.giteaPort}/${repo}.git`;
  const commits = (name: string) =>
    `git clone -q ${url} shared && cd shared && for n in 1 2; do echo ${name}$n >${name}.md && git add -A && git commit -qm ${name}$n; done`;
  for (const each of [me, other]) await must(each, `${commits(`work${each.uid}`)} && git push -q origin HEAD:agent/${each.id}/work`);
  await bare("tag", "v1", "main");
  await bare("notes", "--ref=refs/notes/receipts", "add", "-m", "a receipt", "main");
  await must(other, "perl -e 'exit(defined shmget(43, 64, 01600) ? 0 : 1)'"); // stays when its maker has ended
  shell = await openShell(person, me);
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

/**
 * All of the other that an attempt could have changed: its files, its server, the repository and its walls.
 */
async function victim() {
  const pid = String(readSecrets(other).pid);
  const listing = `find ~ -xdev \\( -path ~/.local -o -path ~/.cache \\) -prune -o -printf '%p %y %m %U %l ' -type f -exec sha256sum {} + ; ls /workspace/agents`;
  const state = `grep -E 'State|Cpus_allowed:' /proc/${pid}/status | grep -v '[RSD] ('; cut -d' ' -f19 /proc/${pid}/stat; cat /proc/${pid}/oom_score_adj`;
  const walls = ["branch_protections", "tag_protections", "collaborators", "hooks", "keys"];
  const refs = (await bare("for-each-ref", "--format=%(refname) %(objectname)")).split("\n").filter((line) => !line.includes(me.id));
  return {
    files: await must(other, listing),
    server: await must(other, state),
    boot: await startedBoot(person, other),
    healthy: (await callOpenCode(person, other, "GET", "/global/health")).status,
    refs,
    walls: await wallsOf(walls),
  };
}
async function wallsOf(kinds: string[]): Promise<string[]> {
  const all = kinds.map(async (kind) =>
    callHost("GET", `/stacks/${person.member}/git/api/v1/repos/${repo}/${kind}`, { ticket: await signStackTicket(person) }),
  );
  return (await Promise.all(all)).map((each) => each.text);
}

function scripted({ own: allowed, attempt }: Attempt, folder: string): string {
  const [{ git, ...mine }, { pid, ...others }] = [readSecrets(me), readSecrets(other)];
  const names = {
    VICTIM: String(pid),
    VICTIM_UID: String(other.uid),
    MINE: `agent/${me.id}`,
    OTHER: `agent/${other.id}`,
    AUTH: `${gitUser(me.id)}:${git}`,
    MY_PASSWORD: mine.password,
    MY_TOKEN: mine.token,
    OTHER_PASSWORD: others.password,
    OTHER_TOKEN: others.token,
    API: `http://${box.gitHost}:${box.giteaPort}/api/v1`,
  };
  const set = Object.entries(names).map(([name, value]) => `export ${name}='${value}'`);
  const part = (name: string, script: string) => `(\n${script}\n) >~/${name} 2>&1 </dev/null; echo "@${name} $?"; cat ~/${name}`;
  return [`cd ${folder}`, ...set, part("own", allowed), part("attempt", attempt), "echo '@end'"].join("\n");
}
let untouched: Awaited<ReturnType<typeof victim>> | undefined;
async function tries(attempt: Attempt, folder = "~/work"): Promise<void> {
  const text = await shell(scripted(attempt, folder));
  const [, ownCode, ownSaid = text, code, said] = /@own (\d+)\n([\s\S]*)@attempt (\d+)\n([\s\S]*)@end/.exec(text) ?? [];
  const isRefused = code !== undefined && code !== "0" && attempt.wall.test(said?.trim() ?? "");
  // After a refusal the look at the end of its kind is enough. What went through is told by what it changed.
  if (!isRefused) expect.soft(await victim(), "it changed nothing of the other").toEqual(untouched);
  expect({ ownCode, ownSaid }, "the same on its own things works").toMatchObject({ ownCode: "0" });
  expect({ code, said }, "it is refused").not.toMatchObject({ code: "0" });
  expect(said?.trim()).toMatch(attempt.wall);
}

const kinds: [string, Attempt[], string?][] = [
  ["files", files(known)],
  ["processes", processes(known)],
  ["shared places", shared(known)],
  ["the network", network(known)],
  ["Git remotes", remotes(known), "~/work/shared"],
  ["Gitea", gitea(known)],
];
describe.each(kinds)("an agent's shell at %s: it never", (_kind, list, folder) => {
  beforeAll(async () => {
    untouched ??= await victim();
  });
  it.each(list)("$name", (attempt) => tries(attempt, folder));
  it("changes anything of the other by all of these together", async () => {
    expect(await victim()).toEqual(untouched);
  });
});

describe("secrets", () => {
  it("of the other, and of its own server, are in nothing that an agent can read", async () => {
    const places = "/proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/net/* /etc/gitconfig /run /opt/growqr /workspace";
    await shell(
      `MARK=mine-42 sleep 20 >/dev/null 2>&1 &\n{ ps axwwe; grep -rahs . ${places}; } >~/dump.tmp 2>/dev/null; mv ~/dump.tmp ~/dump`,
    );
    const dump = await must(me, "cat ~/dump");
    expect(dump).toContain("mine-42");
    const all = [...Object.values(readSecrets(other)), readSecrets(me).password, readSecrets(me).token]
      .map(String)
      .filter((each) => each.length > 9);
    expect(all).toHaveLength(5);
    expect(all.filter((each) => dump.includes(each))).toEqual([]);
  });
});

describe("what an agent leaves about", () => {
  it("does not run when the other comes by: a hook, and a program with the set-uid bit", async () => {
    const made = `cd ~/work && git init -q trap && cd trap && printf '#!/bin/sh\\ntouch ~/hooked\\n' >.git/hooks/post-commit && chmod +x .git/hooks/post-commit
      git commit -q --allow-empty -m x; chmod -R a+rX .; cp /bin/bash ../suid; chmod 4755 ../suid; chmod 755 ~ ~/work`;
    await shell(made);
    expect(await must(me, "ls ~/hooked; stat -c %a ~/work/suid")).toContain("4755");
    const visit = await runAsUser(
      person,
      other,
      `git -C ${me.work}/trap commit -q --allow-empty -m y; ls ~/hooked; ${me.work}/suid -p -c 'id -u'`,
    );
    expect(visit.err).toContain("dubious ownership");
    expect(visit.out.trim()).toBe(String(other.uid));
    await shell("chmod 700 ~ ~/work");
  });
  it("is not followed by the platform: links where it writes at the next start", async () => {
    const before = await victim();
    await shell(`cd ~ && rm -rf .gitconfig .git-credentials .tmp && mv work work.old
      ln -s ${other.home}/.gitconfig .gitconfig; ln -s ${other.home}/.git-credentials .git-credentials; ln -s ${other.home}/.tmp .tmp; ln -s ${other.work} work`);
    expect((await startAgent(person, me, "You work on.")).status).toBe(200);
    expect(await must(me, "cd ~ && stat -c '%F %u' .gitconfig .git-credentials work .tmp | sort -u")).toBe(
      `directory ${me.uid}\nregular file ${me.uid}`,
    );
    expect(await victim()).toEqual(before);
    await must(me, "cd ~ && rmdir work && mv work.old work");
    shell = await openShell(person, me);
  });
});
