import { afterAll, beforeAll, expect, it } from "vitest";
import { execInContainer } from "../../../agent-host/docker.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { box } from "../../../schema/stack/stack.ts";
import { terminalClose, terminalLimits, terminalsSeen } from "../../../schema/terminal/terminal.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engine } from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { agent, startAgent } from "../opencode/neighbours.ts";
import { callHost, newPerson, placeStack, putStack, signStackTicket } from "../runner-client.ts";
import { lookAt } from "./viewer.ts";

/** The member's own shell in their box, as the host gives it. */
const person = newPerson();
const neighbour = agent(person.agent, 0);
const first = newId("trm");
let daemon: Started;

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  expect((await startAgent(person, neighbour)).status).toBe(200);
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

const listTerminals = async () =>
  (await callHost("GET", `/stacks/${person.member}/terminals`, { ticket: await signStackTicket(person) })).json(terminalsSeen).terminals;
const running = async () => (await listTerminals()).filter(({ endedAt }) => endedAt === undefined);
/** What still runs in the box under the member's user. */
const listProcesses = async () =>
  (
    await execInContainer(engine, dockerName(hostInstance, "opencode", person.member), {
      cmd: ["ps", "-o", "args=", "-u", String(box.uid(box.memberSeat))],
      user: "0:0",
    })
  ).out;

it("is a login shell on a terminal, under a user that no agent has", async () => {
  const viewer = await lookAt(person, first);
  viewer.type("id -u; tty; pwd; echo $TERM $0; stty size\r");
  await viewer.shows(`${box.uid(box.memberSeat)}\r\n`);
  await viewer.shows("/dev/pts/");
  await viewer.shows(`${box.memberHome}\r\nxterm-256color bash`);
  await viewer.shows("24 80");
  viewer.order({ type: "resize", columns: 132, rows: 50 });
  viewer.type("until stty size | grep -x '50 132'; do sleep 0.1; done\r");
  await viewer.shows(/[^']50 132\r/);
  viewer.leave();
});

it("reads no agent's files, no agent's secrets, and reaches no agent's server", async () => {
  const viewer = await lookAt(person, first);
  viewer.type(`p=$(pgrep -o -u ${neighbour.uid}); echo "server: \${p:+found}"\r`);
  await viewer.shows("server: found");
  viewer.type(`curl -s -m 5 http://${box.gitHost}:${box.giteaPort}/api/healthz >/dev/null; echo "git: $?"\r`);
  await viewer.shows("git: 0");
  const attempts = [
    `ls ${neighbour.home}`,
    `cat ${neighbour.home}/.git-credentials`,
    "ls /workspace/servers",
    "cat /proc/$p/environ",
    "kill -0 $p",
    `curl -s -m 5 http://127.0.0.1:${neighbour.port}/global/health`,
    "curl -s -m 5 https://example.com",
    "touch /etc/mine",
    "echo $$ >/sys/fs/cgroup/cgroup.procs",
  ];
  for (const [at, attempt] of attempts.entries()) {
    viewer.type(`${attempt} >/dev/null 2>&1; echo "tried ${at}: $?"\r`);
    await viewer.shows(new RegExp(`tried ${at}: [1-9]`), 10_000);
  }
  viewer.leave();
});

it("goes on while nobody looks, and shows what was printed to whoever comes back", async () => {
  const viewer = await lookAt(person, first);
  viewer.type("echo one-$((40 + 2)); (sleep 1; echo two-$((40 + 3))) &\r");
  await viewer.shows("one-42");
  viewer.leave();
  await viewer.closed;
  const again = await lookAt(person, first);
  await again.shows("two-43");
  expect(again.replayed()).toContain("one-42");
  const third = await lookAt(person, first); // in another tab
  expect(await again.closed).toBe(terminalClose.takenOver);
  third.leave();
});

it("prints a hundred megabytes without more memory in the daemon, and waits for a viewer who is slow", async () => {
  const memory = async () => Number(/process_resident_memory_bytes (\d+)/.exec((await callHost("GET", "/metrics")).text)?.[1]);
  const viewer = await lookAt(person, first);
  const before = await memory();
  let most = before;
  const watch = setInterval(() => void memory().then((now) => (most = Math.max(most, now))), 200);
  viewer.type("yes 0123456789012345678901234567890123456789 | head -c 100000000; echo all-$((1 + 1))\r");
  await viewer.shows("all-2", 60_000);
  expect(viewer.bytes()).toBeGreaterThan(100_000_000);
  viewer.leave();
  await viewer.closed;
  const slow = await lookAt(person, first, { acknowledges: false });
  slow.type("yes 0123456789012345678901234567890123456789 | head -c 30000000; echo slow-$((1 + 1))\r");
  await eventually("it is given what it may hold", async () => slow.bytes() > terminalLimits.unseenBytes);
  const held = slow.bytes();
  await callHost("GET", "/metrics");
  expect(slow.bytes()).toBeLessThan(terminalLimits.unseenBytes + terminalLimits.replayBytes + 256 * 1_024);
  slow.order({ type: "seen", bytes: held });
  await eventually("it goes on", async () => slow.bytes() > held);
  clearInterval(watch);
  slow.leave();
  await slow.closed;
  expect(most - before).toBeLessThan(128 * 1_024 * 1_024);
  const after = await lookAt(person, first);
  await after.shows("slow-2", 60_000); // nobody held it up any more
  after.leave();
});

it("is one of three at most, and only of a ticket for itself", async () => {
  const others = [newId("trm"), newId("trm")];
  for (const each of others) (await lookAt(person, each)).leave();
  expect((await running()).map(({ id }) => id).sort()).toEqual([first, ...others].sort());
  await expect(lookAt(person, newId("trm"))).rejects.toThrow("refused with 409");
  await expect(lookAt(person, first, { ticketFor: `/stacks/${person.member}/terminals/${others[0]}` })).rejects.toThrow("refused with 404");
  await callHost("DELETE", `/stacks/${person.member}/terminals/${others[0]}`, { ticket: await signStackTicket(person) });
  await eventually("two are left", async () => (await running()).length === 2);
});

it("closes for a message that is not of the protocol or is too large, and goes on without it", async () => {
  const odd = await lookAt(person, first);
  odd.order("{not json");
  expect(await odd.closed).toBe(terminalClose.invalid);
  const large = await lookAt(person, first);
  large.type("x".repeat(terminalLimits.messageBytes + 1));
  expect(await large.closed).toBe(1_009);
  const viewer = await lookAt(person, first);
  viewer.type("\x15echo still-$((40 + 4))\r");
  await viewer.shows("still-44");
  viewer.leave();
});

it("ends what it runs when it ends, and with the last one what has left it too", async () => {
  const viewer = await lookAt(person, first);
  viewer.type("sleep 1111 & setsid sleep 2222 & echo begun-$((1 + 1))\r");
  await viewer.shows("begun-2");
  const names = async () => (await listProcesses()).split("\n").map((line) => line.trim());
  await eventually("one of them has left the shell's session", async () => (await names()).includes("sleep 2222"));
  viewer.order({ type: "end" });
  expect(await viewer.closed).toBe(terminalClose.ended);
  await eventually("it has ended", async () => (await running()).every(({ id }) => id !== first));
  await eventually("what it ran has ended", async () => !(await listProcesses()).includes("sleep 1111"));
  expect(await listProcesses()).toContain("sleep 2222"); // another terminal is open
  const [last] = await running();
  const other = await lookAt(person, last!.id);
  other.type("exit\r");
  expect(await other.closed).toBe(terminalClose.ended);
  await eventually("nothing of the member runs", async () => (await listProcesses()).trim() === "");
  expect((await listTerminals()).every(({ endedAt, startedAt }) => (endedAt ?? 0) >= startedAt)).toBe(true);
});
