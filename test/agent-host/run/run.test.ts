import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { execInContainer } from "../../../agent-host/docker.ts";
import { dockerName, type PairAddresses } from "../../../schema/machine/instance.ts";
import { signCall } from "../../../schema/machine/machine.ts";
import type { RoomCheck, RunResult } from "../../../schema/proof/proof.ts";
import { readReceiptNote } from "../../../schema/receipt/receipt.ts";
import { noteOut, receiptOut, toRanChecks } from "../../../schema/receipt/receipt-api.ts";
import { gitUser } from "../../../schema/stack/stack.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import {
  type Asked,
  boxName,
  callGitea,
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
import { edgeUrl, ground, hostInstance, startDaemon } from "../ground.ts";
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
      [hostInstance.gateway.address, hostInstance.gateway.proxyPort],
      ["169.254.169.254", 80],
      ["203.0.113.9", 80],
    ];
    const { result } = await runChecks(
      person,
      asked([
        ...targets.map(([address, port], index) => fails(index, dial(address, port))),
        fails(20, "getent hosts example.org"),
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
          "p=$(pgrep -u 0 -f room-spawner) && ! kill -9 $p && ! cat /proc/$p/environ && ! ls /proc/$p/fd && ! grep Cap /proc/$p/mem",
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

  it("is a container of its own with limits of its own, and is gone with its verdict", async () => {
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
    expect(await rooms()).toEqual([]);
  });

  it("is gone as well when its caller leaves, and what its checks left behind with it", async () => {
    await openRun(person, asked([command("acceptance.0", "sleep 60", { seconds: 120 })]), { onData: (text) => text.includes('"sealed"') });
    await eventually("the room is removed", async () => (await rooms()).length === 0, 30_000);
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
    expect(await rooms()).toEqual([]);
  });
});

const keySet = z.object({ keys: z.array(z.unknown()) });
/** What the runner does after a run has passed. */
async function signed(input: Asked, result: RunResult): Promise<string> {
  const where = `/stacks/${person.member}/receipts`;
  const { repo: name, branch, commit: at } = input;
  const outputs = result.outputs.map(({ path, sha256 }) => ({ path, sha256 }));
  const about = {
    run: result.id,
    task: newId("tsk"),
    title: "Walls",
    repo: name,
    branch,
    commit: at,
    spec: { id: "walls", sha256: "0".repeat(64) },
  };
  const times = { startedAt: result.startedAt, finishedAt: result.endedAt };
  const body = JSON.stringify({
    ...about,
    image: result.image,
    checks: toRanChecks({ id: result.id, ...input }, result),
    outputs,
    ...times,
  });
  const { id, key } = ground.runner;
  const authorization = await signCall(id as `rnr_${string}`, key, { method: "POST", path: where, body }, Math.floor(Date.now() / 1000));
  const answer = await fetch(edgeUrl + where, { method: "POST", headers: { authorization, "content-type": "application/json" }, body });
  return receiptOut.parse(await answer.json()).receipt;
}
const noted = async (receipt: string, at = commit, member = person) =>
  callHost("POST", `/stacks/${member.member}/notes`, { ticket: await signStackTicket(member), body: { repo, commit: at, receipt } });

describe("a receipt", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "stranger-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args], { stdio: ["ignore", "pipe", "pipe"] }).toString();
  /** The documented command, with the machine's own Node, as a stranger runs it. */
  const verify = (...args: string[]) => {
    const script = fileURLToPath(new URL("../../../schema/receipt/verify-receipt.mjs", import.meta.url));
    try {
      const all = [script, "--jwks", `${edgeUrl}/.well-known/jwks.json`, ...args];
      return { code: 0, text: execFileSync("node", all, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }).toString() };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: Buffer; stderr: Buffer };
      return { code: status, text: `${stdout}${stderr}` };
    }
  };

  it("goes from a run to a note, and a stranger verifies it with git, Node and the published keys, and runs the checks again", async () => {
    const claim = asked([
      command("tests.0", "sh run.sh", { contains: "2" }),
      {
        name: "acceptance.0",
        kind: "url",
        url: "http://localhost:18080/",
        status: 200,
        contains: "hi",
        serve: "node -e \"require('http').createServer((q, r) => r.end('hi')).listen(18080)\"",
        seconds: 10,
      },
      { name: "acceptance.1", kind: "file", file: "one.js", contains: "exports", seconds: 5 },
      { name: "acceptance.2", kind: "url", url: "http://localhost:18080/again", status: 200, seconds: 10 }, // by the other's server
    ]);
    const { result } = await runChecks(person, claim);
    expect(result.failures).toEqual([]);
    const receipt = await signed(claim, result);
    expect((await noted(receipt)).json(noteOut).added).toBe(true);
    expect((await noted(receipt)).json(noteOut).added).toBe(false);

    const token = await mustRunAsAgent(person, "cut -d: -f3 ~/.git-credentials | cut -d@ -f1");
    execFileSync("git", ["clone", "-q", `http://${gitUser(person.agent)}:${token}@${here.gitea}:3000/${repo}.git`, folder]);
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("did you fetch") });
    git("fetch", "-q", "origin", "refs/notes/receipts:refs/notes/receipts");
    expect(readReceiptNote(git("notes", "--ref=receipts", "show", commit))).toEqual([receipt]);
    const once = verify();
    expect(once, once.text).toMatchObject({ code: 0 });
    expect(once.text).toMatch(/ok {4}signature by key receipt-/);
    const again = verify("--rerun");
    expect(again, again.text).toMatchObject({ code: 0 });
    expect(again.text.match(/ok {4}passes now/g)?.length).toBe(5);
  });

  it("finds its place however many and large there are already", async () => {
    const at = await mustRunAsAgent(
      person,
      "cd walls && c=$(git commit-tree -p HEAD -m many HEAD^{tree}) && git push -q origin $c:refs/heads/many && echo $c",
    );
    for (const letter of ["a", "b", "c"]) {
      const receipt = `${letter.repeat(90_000)}.b.c`;
      const added = async () => (await noted(receipt, at)).json(noteOut).added;
      expect([letter, await added(), await added()]).toEqual([letter, true, false]);
    }
  });

  it("that was altered, or was signed by somebody else, or is asked of another commit, does not hold", async () => {
    const [receipt = ""] = readReceiptNote(git("notes", "--ref=receipts", "show", commit));
    const [head, body = "", signature] = receipt.split(".");
    const altered = Buffer.from(
      Buffer.from(body, "base64url").toString().replace("Walls", "Halls").replace('"exitCode":0', '"exitCode":1'),
    ).toString("base64url");
    git("notes", "--ref=receipts", "add", "-f", "-m", `${head}.${altered}.${signature}`, commit);
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  signature") });
    git("notes", "--ref=receipts", "add", "-f", "-m", receipt, commit);
    expect(verify().code).toBe(0);
    const keys = keySet.parse(await (await fetch(`${edgeUrl}/.well-known/jwks.json`)).json());
    writeFileSync(path.join(folder, "none.json"), JSON.stringify({ keys: keys.keys.slice(0, -1) }));
    expect(verify("--jwks", "none.json").code).toBe(1);
    git("-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-q", "--allow-empty", "-m", "newer");
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("no receipt for") });
  });

  it("is added beside others, by many at once, without a loss", async () => {
    const made = Array.from({ length: 6 }, (_, index) => `e30.${Buffer.from(`{"n":${index}}`).toString("base64url")}.c2ln`);
    const answers = await Promise.all(made.map((each) => noted(each)));
    expect(answers.map((each) => each.status)).toEqual(made.map(() => 200));
    const notes = await callGitea(person, "GET", `/repos/${repo}/git/refs/notes/receipts`).then(({ status }) => status);
    expect(notes).toBe(200);
    const shown = await mustRunAsAgent(
      person,
      "cd walls && git fetch -q origin +refs/notes/receipts:refs/notes/receipts && git notes --ref=receipts show HEAD",
    );
    for (const each of made) expect(readReceiptNote(shown)).toContain(each);
    expect(readReceiptNote(shown).length).toBe(made.length + 1);
  });

  it("is written for no commit that is not there, and by nobody else", async () => {
    expect((await noted("e30.e30.c2ln", "f".repeat(40))).status).toBe(404);
    expect((await noted("not a receipt")).status).toBe(400);
    expect((await noted("e30.e30.c2ln", commit, other)).status).toBe(404);
  });
});
