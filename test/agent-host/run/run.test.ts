import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { execInContainer } from "../../../agent-host/docker.ts";
import { dockerName, type PairAddresses } from "../../../schema/machine/instance.ts";
import type { RoomCheck } from "../../../schema/proof/proof.ts";
import { gitUser } from "../../../schema/stack/stack.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import {
  type Asked,
  boxName,
  command,
  engine,
  makeRepository,
  mustRunAsAgent,
  openRun,
  readPair,
  runAsAgent,
  runChecks,
  startAuthor,
} from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { callHost, newPerson, placeStack, putStack, signStackTicket } from "../runner-client.ts";

const [person, other] = [newPerson(), newPerson()];
let here: PairAddresses;
let there: PairAddresses;
let daemon: Started;
let repo = "";
let commit = "";
const url = () => `http://gitea:3000/${repo}.git`;
const asked = (checks: RoomCheck[], change: Partial<Asked> = {}): Asked => ({
  repo,
  branch: "main",
  commit,
  outputs: ["README.md"],
  checks,
  ...change,
});
const rooms = async () =>
  engine.docker.listContainers({ all: true, filters: { label: [`growqr.instance=${hostInstance.label}`, "growqr.part=run"] } });
const roomsGo = () => eventually("the room is removed", async () => (await rooms()).length === 0, 30_000);

beforeAll(async () => {
  daemon = await startDaemon();
  for (const each of [person, other]) {
    await placeStack(each);
    expect((await putStack(each, 1, "running")).stack?.observed).toBe("running");
  }
  [here, there] = await Promise.all([readPair(person), readPair(other)]);
  await startAuthor(person);
  repo = await makeRepository(person, "walls");
  const files = "printf 'module.exports = 1;\\n' >one.js && mkdir -p test && printf 'echo $((1 + 1))\\n' >run.sh";
  await mustRunAsAgent(
    person,
    `git clone -q ${url()} walls && cd walls && ${files} && git add -A && git commit -qm one && git push -q origin main`,
  );
  commit = await mustRunAsAgent(person, "cd walls && git rev-parse HEAD");
});
afterAll(async () => {
  for (const each of [person, other]) await putStack(each, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

/** A check that tries to reach something and must fail: its command ends with another code than 0. */
const fails = (index: number, line: string) => command(`acceptance.${index}`, `if timeout 2 ${line}; then exit 9; fi`, { seconds: 10 });
const dial = (address: string, port: number) => `bash -c 'exec 3<>/dev/tcp/${address}/${port}'`;

describe("a clean room", () => {
  it("reaches nobody, once its commit is fetched", async () => {
    expect((await runAsAgent(person, dial("gitea", 3000))).code).toBe(0); // the targets do answer: what refuses below is the room
    expect((await runAsAgent(person, dial("gateway", hostInstance.gateway.port))).code).toBe(0);
    const targets: [string, number][] = [
      ["gitea", 3000],
      [here.gitea, 3000],
      [here.opencode, 4100],
      [here.bridgeAddress, hostInstance.ports.host],
      [there.gitea, 3000],
      [hostInstance.gateway.address, hostInstance.gateway.port],
      ["169.254.169.254", 80],
      ["203.0.113.9", 80],
    ];
    const { result } = await runChecks(
      person,
      asked([
        ...targets.map(([address, port], index) => fails(index, dial(address, port))),
        fails(20, "getent hosts example.org"),
        command("acceptance.22", `curl -s http://${hostInstance.gateway.address}:${hostInstance.gateway.proxyPort}/`, {
          contains: "A clean room has no network.", // it is the room's own door that answers there
        }),
        command("acceptance.21", "ls /sys/class/net | tr '\\n' ' '", { contains: "lo " }),
      ]),
    );
    expect(result.failures).toEqual([]);
  });

  it("reaches its own Gitea alone, as long as it fetches, and is reached by nobody", async () => {
    const network = dockerName(hostInstance, "network", person.member);
    const { Image } = (await engine.docker.getContainer(boxName(person)).inspect()).Config;
    const unsealed = await engine.docker.createContainer({
      name: `growqr-${hostInstance.name}-run-unsealed`,
      Image,
      Entrypoint: ["node", "-e", "require('net').createServer((s) => s.on('error', () => {}).end('open')).listen(8099)"],
      Labels: { "growqr.instance": hostInstance.label, "growqr.stack": person.stack, "growqr.part": "run" },
      HostConfig: { NetworkMode: network, CapDrop: ["ALL"] },
      NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: here.runs[2]! } } } },
    });
    try {
      await unsealed.start();
      const opens = async (address: string, port: number) =>
        (await execInContainer(engine, unsealed.id, { cmd: ["timeout", "2", "bash", "-c", `exec 3<>/dev/tcp/${address}/${port}`] }))
          .code === 0;
      await eventually("it is up", async () => opens("127.0.0.1", 8099));
      const to: [string, number][] = [
        [here.gitea, 3000],
        [here.opencode, 4100],
        [hostInstance.gateway.address, hostInstance.gateway.port],
        [hostInstance.gateway.address, hostInstance.gateway.proxyPort],
        [there.gitea, 3000],
        [here.bridgeAddress, hostInstance.ports.host],
      ];
      expect(await Promise.all(to.map(([address, port]) => opens(address, port)))).toEqual([true, false, false, false, false, false]);
      expect((await runAsAgent(person, `timeout 2 ${dial(here.runs[2]!, 8099)}`)).code).not.toBe(0);
    } finally {
      await unsealed.remove({ force: true });
    }
  });

  it("refuses a commit whose few folders hold each other and list without end", async () => {
    const tree = `tree() { for n in 0 1 2 3 4 5 6 7 8 9; do printf '%s %s\\t%s\\n' "$1" "$2" $n; done | git mktree; }`;
    const bomb = `t=$(tree '100644 blob' $(git hash-object -w --stdin </dev/null)); for level in 1 2 3 4 5 6 7 8; do t=$(tree '040000 tree' $t); done`;
    const push = "c=$(git commit-tree -p HEAD -m x $t) && git push -q origin $c:refs/heads/bomb && echo $c";
    const commit = await mustRunAsAgent(person, `cd walls && ${tree}; ${bomb}; ${push}`);
    const { result } = await runChecks(person, asked([], { branch: "bomb", commit }));
    expect(result.failures).toMatchObject([{ check: "commit", reason: expect.stringMatching(/more files/) }]);
    const manifest = `m=$(echo '{"dependencies":{"ms":"2.1.3"}}' | git hash-object -w --stdin)`;
    const root = "t=$(printf '100644 blob %s\\tpackage.json\\n040000 tree %s\\tweb\\n' $m $t | git mktree)";
    const asking = await mustRunAsAgent(person, `cd walls && ${tree}; ${bomb}; ${manifest}; ${root}; ${push.replace("/bomb", "/asking")}`);
    const installing = await runChecks(person, asked([], { branch: "asking", commit: asking }));
    expect(installing.result.failures).toMatchObject([{ why: "setup_failed", reason: expect.stringMatching(/more files/) }]);
  });

  it("and every other command of the platform's can't fill its memory with what it prints", async () => {
    const endless = execInContainer(engine, boxName(person), { cmd: ["head", "-c", "17000000", "/dev/zero"] });
    await expect(endless).rejects.toMatchObject({ code: "too_large" });
    expect((await execInContainer(engine, boxName(person), { cmd: ["head", "-c", "1000000", "/dev/zero"] })).out.length).toBe(1_000_000);
  });

  it("holds no credential, no right and nothing of an agent", async () => {
    const secrets =
      "env; cat .git/config; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'; git config --list --show-origin; ls -A ~ /tmp /workspace/agents";
    const { result } = await runChecks(
      person,
      asked([
        command(
          "acceptance.0",
          `{ ${secrets}; } >/tmp/all 2>&1; grep -aiE 'authorization|extraheader|gqb_|token|password|[0-9a-f]{40}@|${gitUser(person.agent)}' /tmp/all; test $? = 1`,
        ),
        command("acceptance.1", "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status | tr -s '\\t\\n' ' '", {
          contains: "CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2",
        }),
        fails(2, "touch /usr/bin/x /etc/x /workspace/x"),
        fails(3, "ls /workspace/servers/*/source"),
        fails(4, "ls /workspace/agents/*/work >/dev/null && ls -d /workspace/servers/*/plain"),
        fails(5, "kill -9 1"),
        command(
          "acceptance.6",
          "for p in $(pgrep -u 0); do ! kill -9 $p && ! cat /proc/$p/environ && ! ls /proc/$p/fd && ! grep Cap /proc/$p/mem || exit 9; done",
        ),
        command("acceptance.7", "test -z \"$(awk '/^Groups:/ { print $2 }' /proc/self/status)\" && test $(id -u) = $(id -g)"),
      ]),
    );
    expect(result.failures).toEqual([]);
  });

  it("gives a check nothing of one before it that killed what had started it and went on printing", async () => {
    const prints =
      "(setsid sh -c 'while sleep 0.02; do echo intruder; done' &); sleep 0.2; kill -9 $(ps -o ppid= -p $PPID) $PPID; sleep 60";
    const checks = [command("acceptance.0", prints, { exitCode: 137 }), command("acceptance.1", "sleep 0.3; echo clean; ps axo args")];
    const { result, lines } = await runChecks(person, asked(checks));
    expect(result.failures).toEqual([]);
    const said = (name: string) => lines.flatMap((line) => (line.type === "output" && line.check === name ? [line.text] : [])).join("");
    expect(said("acceptance.0")).toContain("intruder");
    expect(said("acceptance.1")).toMatch(/^clean\n/);
    expect(said("acceptance.1")).not.toContain("intruder");
  });

  it("is a container of its own with limits of its own, and goes after its verdict", async () => {
    const id = newId("wrk");
    let text = "";
    const going = openRun(person, asked([command("acceptance.0", "sleep 8; echo slept")]), {
      id,
      onData: (now) => {
        text = now;
        return false;
      },
    });
    await eventually("it is sealed", async () => text.includes('"sealed"'));
    const { Config, HostConfig, NetworkSettings } = await engine.docker.getContainer(dockerName(hostInstance, "run", id)).inspect();
    expect(Config.Labels).toMatchObject({ "growqr.part": "run", "growqr.stack": person.stack });
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Privileged: false,
      PidsLimit: 256,
    });
    expect(HostConfig.Memory).toBe(HostConfig.MemorySwap);
    expect(HostConfig.Binds ?? []).toEqual([]);
    expect(NetworkSettings.Networks).toEqual({});
    expect((await going).text).toContain('"passed":true');
    await roomsGo();
  });

  it("is gone as well when its caller leaves, and what its checks left behind with it", async () => {
    await openRun(person, asked([command("acceptance.0", "sleep 60", { seconds: 120 })]), { onData: (text) => text.includes('"sealed"') });
    await roomsGo();
  });

  it("is swept by the next daemon when one was killed in the middle", async () => {
    let seen = "";
    const going = openRun(person, asked([command("acceptance.0", "sleep 60", { seconds: 120 })]), {
      onData: (text) => {
        seen = text;
        return false;
      },
    }).catch(() => undefined);
    await eventually("it runs", async () => seen.includes('"sealed"'));
    await daemon.kill();
    await going;
    expect((await rooms()).length).toBe(1);
    daemon = await startDaemon();
    expect(await rooms()).toEqual([]);
    expect((await runChecks(person, asked([command("acceptance.0", "true")]))).result.passed).toBe(true);
  });

  it("serves three of a member at once; a fourth waits its turn, and its clock has not begun", async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => openRun(person, asked([command("acceptance.0", "sleep 2")]))));
    const ends = all.map(({ text }) => (text.includes('"passed":true') ? "passed" : /"code":"(\w+)"/.exec(text)?.[1]));
    expect(ends).toEqual(["passed", "passed", "passed", "passed"]);
    const times = all.map(({ text }) =>
      z.object({ startedAt: z.number(), endedAt: z.number() }).parse(JSON.parse(/"result":(\{"id".*\})\}$/m.exec(text)?.[1] ?? "")),
    );
    const late = times.sort((a, b) => a.startedAt - b.startedAt).at(-1)!;
    expect(late.startedAt).toBeGreaterThanOrEqual(Math.min(...times.map(({ endedAt }) => endedAt)));
  });

  it("is refused to others and for nonsense, and nothing is left of it", async () => {
    const body = { id: newId("wrk"), ...asked([]) };
    const post = async (to: typeof person, by: typeof person, change: object) =>
      callHost("POST", `/stacks/${to.member}/runs`, { ticket: await signStackTicket(by), body: { ...body, ...change } });
    expect((await post(person, other, {})).status).toBe(404);
    for (const change of [
      { commit: "main" },
      { branch: "../main" },
      { branch: "-x" },
      { repo: "projects/../x" },
      { outputs: ["../x"] },
      { extra: 1 },
    ])
      expect((await post(person, person, change)).status, JSON.stringify(change)).toBe(400);
    expect((await post(person, person, { repo: "projects/none" })).text).toContain('"not_found"');
    expect((await post(other, other, {})).text).toContain('"not_found"');
    const note = { ticket: await signStackTicket(other), body: { repo, commit, receipt: "e30.e30.c2ln" } };
    expect((await callHost("POST", `/stacks/${other.member}/notes`, note)).status).toBe(404);
    await roomsGo();
  });
});
