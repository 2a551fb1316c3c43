import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { boxName, engine } from "../clean-room.ts";
import { startDaemon } from "../ground.ts";
import { callHost, newPerson, placeStack, placeSubAgent, putStack, signStackTicket } from "../runner-client.ts";
import { agent, callOpenCode, openShell, runAsUser, startAgent, startedBoot } from "./neighbours.ts";

/**
 * An agent that wants to go on: what it runs forks without end, ignores every signal it may, and stops and
 * kills what else its user runs.
 */
const person = newPerson();
const me = agent(person.agent, 0);
const other = agent(newId("agt"), 1);
let daemon: Started;

/**
 * `spared`: what it leaves alone beside itself. Each process forks, leaves its session, and often ends: a
 * list of them is old at once.
 */
const storm = (spared: string) => `
use POSIX (); $SIG{$_} = "IGNORE" for qw(TERM HUP INT QUIT USR1 USR2 ALRM CONT CHLD TSTP);
my $n = 0;
while (1) {
  my $child = fork();
  if (defined $child) { if ($child == 0) { POSIX::setsid(); srand($$) } elsif (rand() < 0.5) { POSIX::_exit(0) } }
  next if $n++ % 5;
  for my $folder (glob("/proc/[0-9]*")) {
    open(my $file, "<", "$folder/cmdline") or next; my $line = <$file> // ""; close $file;
    next if $line eq "" or $line =~ /^perl|${spared}/;
    my ($pid) = $folder =~ /([0-9]+)$/; kill("STOP", $pid); kill("KILL", $pid);
  }
}`;
const begin = (spared: string) =>
  `cat >~/storm.pl <<'EOF'${storm(spared)}\nEOF\n(setsid perl ~/storm.pl >/dev/null 2>&1 </dev/null &) ; true`;
/**
 * Counted from outside the box: nothing in it would live to count, and the storm takes all the processes that
 * the box may have.
 */
async function running(): Promise<number> {
  const { State } = await engine.docker.getContainer(boxName(person)).inspect();
  const space = readlinkSync(`/proc/${State.Pid}/ns/pid`);
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const mine = status.startsWith("Name:\tperl\n") && Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === me.uid;
      return mine && !/^State:\s+[ZX]/m.test(status) && readlinkSync(`/proc/${pid}/ns/pid`) === space;
    } catch {
      return false; // it has ended
    }
  }).length;
}
const raging = () => eventually("it rages", async () => (await running()) > 40, 30_000);
/**
 * A stop of the agent, or of what it runs. Without it what rages would never end. How soon it ends is
 * measured by `npm run bench -- stop`.
 */
const stop = async (path: "" | "/processes") =>
  callHost("DELETE", `/stacks/${person.member}/agents/${me.id}${path}`, { ticket: await signStackTicket(person) });

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  await placeSubAgent(person, other.id);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  for (const each of [me, other]) expect((await startAgent(person, each)).status).toBe(200);
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

describe("a stop", () => {
  it("ends what forks, ignores signals and kills whatever else its user runs, and spares the server", async () => {
    const shell = await openShell(person, me);
    const boots = [await startedBoot(person, me), await startedBoot(person, other)];
    await shell(begin("opencode"));
    await raging();
    const swept = await stop("/processes");
    expect([swept.status, await running()]).toEqual([200, 0]);
    expect(swept.json(z.object({ killed: z.number() })).killed).toBeGreaterThan(10);
    expect([await startedBoot(person, me), await startedBoot(person, other)]).toEqual(boots);
    expect((await shell("echo fine")).trim()).toBe("fine");
  });
  it("wakes a server that its own agent has stopped", async () => {
    const shell = await openShell(person, me);
    await shell("(setsid sh -c 'sleep 0.3; kill -STOP $(pgrep -u $(id -u) opencode)' >/dev/null 2>&1 &) ; true");
    const state = async () => (await runAsUser(person, other, `ps -u ${me.uid} -o stat=,comm= | grep opencode`)).out;
    await eventually("it is stopped", async () => (await state()).startsWith("T"));
    expect((await stop("/processes")).status).toBe(200);
    expect(await state()).not.toMatch(/^T/);
    expect((await callOpenCode(person, me, "GET", "/global/health")).status).toBe(200);
  });
  it("reaches what was started under the agent's uid outside its group, however fast it changes", async () => {
    await runAsUser(person, me, begin("opencode"));
    await raging();
    const swept = await stop("/processes");
    expect([swept.status, await running()]).toEqual([200, 0]);
  });
  it("of the agent itself leaves nothing under its uid, its server killed by its own hand included", async () => {
    expect((await startAgent(person, me)).status).toBe(200); // where what raged outside its group took the box's last process from it
    const shell = await openShell(person, me);
    await shell(begin("nothing")).catch(() => undefined); // its server dies with the call
    await raging();
    const stopped = await stop("");
    expect([stopped.status, await running()]).toEqual([200, 0]);
    expect((await startAgent(person, me)).status).toBe(200);
  });
});
