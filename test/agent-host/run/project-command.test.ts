import { afterAll, beforeAll, expect, it } from "vitest";
import { type HostCommandIn, hostCommandLine } from "../../../schema/project/host-command.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engine, makeRepository, mustRunAsAgent, readPair, startAuthor } from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { callHost, newPerson, placeStack, putStack, signRelayTicket, signStackTicket } from "../runner-client.ts";

/** Issue 25.7: a line that a member runs in a clean checkout of a project. */
const person = newPerson();
const path = `/stacks/${person.member}/commands`;
let daemon: Started;
let repo = "";
let commit = "";
const rooms = async () =>
  engine.docker.listContainers({ all: true, filters: { label: [`growqr.instance=${hostInstance.label}`, "growqr.part=run"] } });
async function call(command: string, more: Partial<HostCommandIn> = {}, onData?: (text: string) => boolean, signal?: AbortSignal) {
  const body = { id: newId("cmd"), repo, commit, command, seconds: 20, ...more };
  return callHost("POST", path, {
    ticket: await signStackTicket(person),
    body,
    ...(onData ? { onData } : {}),
    ...(signal ? { signal } : {}),
  });
}
async function run(command: string, more: Partial<HostCommandIn> = {}) {
  const answer = await call(command, more);
  expect(answer.status, answer.text).toBe(200);
  const lines = answer.text
    .split("\n")
    .filter(Boolean)
    .map((line) => hostCommandLine.parse(JSON.parse(line)));
  const printed = lines.flatMap((line) => (line.type === "output" && line.from === "command" ? [`${line.line}\n`] : [])).join("");
  return { last: lines.at(-1), printed };
}

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  await startAuthor(person);
  repo = await makeRepository(person, "lines");
  const push = "printf 'hello\\n' >greeting.txt && git add -A && git commit -qm one && git push -q origin main";
  await mustRunAsAgent(person, `git clone -q http://gitea:3000/${repo}.git lines && cd lines && ${push}`);
  commit = await mustRunAsAgent(person, "cd lines && git rev-parse HEAD");
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

it("runs in a clean checkout, tells what it prints and its code, and leaves nothing behind", async () => {
  expect(await run("cat greeting.txt; echo changed >greeting.txt; exit 3")).toMatchObject({
    printed: "hello\n",
    last: { type: "complete", exit_code: 3 },
  });
  expect((await run("cat greeting.txt; git log --oneline | wc -l")).printed).toBe("hello\n1\n");
  await eventually("the rooms are removed", async () => (await rooms()).length === 0, 30_000);
});

it("reaches nobody, and holds no secret and nothing of an agent", async () => {
  const { gitea } = await readPair(person);
  const dial = (address: string, port: number) => `timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${port}'`;
  const tries = [dial(gitea, 3000), dial(hostInstance.gateway.address, hostInstance.gateway.port), dial("169.254.169.254", 80)];
  const { printed } = await run(`${tries.map((line) => `${line} 2>/dev/null && echo reached`).join("; ")}; ls /sys/class/net; env`);
  expect(printed).not.toContain("reached");
  expect(printed.split("\n")[0]).toBe("lo");
  expect(printed).not.toMatch(/authorization|gqb_|token|password/i);
});

it("is bounded in time and bytes, and says so", async () => {
  expect((await run("sleep 60", { seconds: 2 })).last).toMatchObject({ type: "complete", stopped: "late" });
  const { printed, last } = await run("yes");
  expect(last).toMatchObject({ type: "complete", stopped: "too_much", cut: true, tail: expect.stringContaining("y\ny\n") });
  expect(printed.length).toBeLessThanOrEqual(64 * 1024);
  const long = await run("seq 20000; echo the reason >&2; exit 4");
  expect(long.last).toMatchObject({ exit_code: 4, cut: true, tail: expect.stringContaining("the reason") });
  const full = await run("node -e 'const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1))' || exit 9");
  expect(full.last).toMatchObject({ type: "complete", stopped: "memory" });
});

it("is one at a time of a member, ends when its caller hangs up, and gives its place back", async () => {
  let begun = false;
  const first = call("echo begun; sleep 4", { seconds: 10 }, (text) => {
    begun ||= text.includes('"begun"');
    return false;
  });
  await eventually("it runs", async () => begun, 60_000);
  expect((await call("true")).status).toBe(409);
  expect((await first).status).toBe(200);
  expect((await run("true")).last).toMatchObject({ exit_code: 0 }); // at once: its room may be there still
  const hungUp = call("echo line; sleep 60", { seconds: 90 }, (text) => text.includes('"line"')); // it hangs up then
  await hungUp.catch(() => undefined);
  expect((await run("true")).last).toMatchObject({ exit_code: 0 });
  await eventually("the rooms are removed", async () => (await rooms()).length === 0, 30_000);
});

it("leaves no room behind, whenever its caller hangs up, and the next one has its address", async () => {
  for (const ms of [0, 100, 300, 600, 1_000, 2_000]) {
    const left = call("sleep 60", { seconds: 90 }, () => false, AbortSignal.timeout(ms + 1));
    await left.catch(() => undefined);
  }
  expect((await run("echo there")).printed).toBe("there\n");
  await eventually("the rooms are removed", async () => (await rooms()).length === 0, 60_000);
});

it("asked for again under its id, ends what runs of it and begins anew", async () => {
  const id = newId("cmd");
  const first = call("sleep 60", { id, seconds: 90 }, (text) => text.includes('"begun"') && false);
  await eventually("it has a room", async () => (await rooms()).length > 0, 60_000);
  expect((await run("echo second", { id })).last).toMatchObject({ exit_code: 0 });
  expect((await first).text).toContain('"error"');
});

it("needs the actor's ticket, and a commit that is there, and says in words what keeps it from running", async () => {
  const body = { id: newId("cmd"), repo, commit, command: "true", seconds: 5 };
  expect((await callHost("POST", path, { ticket: await signRelayTicket(person, path), body })).status).not.toBe(200);
  expect((await run("true", { commit: "d".repeat(40) })).last).toMatchObject({
    ...{ type: "error", code: "conflict" },
    message: expect.stringContaining("is on no branch"),
  });
  expect((await call("a\nb")).status).toBe(400);
});

it("ends when its stack is stopped", async () => {
  const running = call("sleep 60", { seconds: 90 });
  await eventually("it has a room", async () => (await rooms()).length > 0, 60_000);
  await putStack(person, 2, "stopped");
  expect((await running).text).toContain('"unavailable"');
  await eventually("the rooms are removed", async () => (await rooms()).length === 0, 30_000);
});
