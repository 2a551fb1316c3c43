import { afterAll, beforeAll, expect, test } from "vitest";
import { execInContainer, hardenContainer } from "../../../../agent-host/docker.ts";
import { readImageTags } from "../../../../agent-host/images.ts";
import { RoomSpawner } from "../../../../agent-host/run/room/room-spawner.ts";
import { dockerName } from "../../../../schema/machine/instance.ts";
import { newId } from "../../../../schema/wire/id.ts";
import { engine } from "../../clean-room.ts";
import { hostInstance } from "../../ground.ts";

/** What starts the programs of a clean room, in a container as a room has it. */
const name = dockerName(hostInstance, "run", newId("wrk"));
const spawner = new RoomSpawner(engine, name);
const uid = 20_007;
beforeAll(async () => {
  const walls = { network: "none", memoryMb: 512, cpus: 1, pids: 64, tmpfs: { "/tmp": "rw,mode=1777" }, hosts: {} };
  const made = await engine.docker.createContainer({
    ...{ name, Image: readImageTags().opencode, User: "0:0" },
    Labels: { "growqr.instance": hostInstance.label, "growqr.part": "run" },
    HostConfig: hardenContainer({ ...walls, startsAsUsers: true }),
  });
  await made.start();
});
afterAll(async () => {
  await engine.docker.getContainer(name).remove({ force: true });
});

async function run(
  line: string,
  more: { sweep?: true; input?: Buffer; env?: string[]; seconds?: number } = {},
): Promise<{ code: number; out: string }> {
  const chunks: Buffer[] = [];
  const { end } = spawner.start({ cmd: ["bash", "-c", line], uid, ...more }, (chunk, from) => from === "out" && chunks.push(chunk));
  return { code: await end, out: Buffer.concat(chunks).toString("utf8") };
}

async function running(): Promise<string[]> {
  const { out } = await execInContainer(engine, name, { cmd: ["ps", "-u", String(uid), "-o", "stat="], user: "0:0" });
  return out.split("\n").filter((state) => state !== "" && !state.startsWith("Z"));
}

test("a program has its own user, group, input and environment, and no right", async () => {
  const line =
    'id -u; id -g; id -G; cat; echo; env | grep -v "^\\(_\\|PWD\\|SHLVL\\)=" | sort; grep -hE "CapPrm|CapBnd|NoNewPrivs" /proc/self/status';
  const { code, out } = await run(line, { input: Buffer.from("input\u0000é"), env: ["A=b=c", "PATH=/usr/bin:/bin"] });
  const none = "0000000000000000";
  expect([code, out.split("\n")]).toEqual([
    0,
    [
      "20007",
      "20007",
      "20007",
      "input\u0000é",
      ...["A=b=c", "PATH=/usr/bin:/bin"],
      `CapPrm:\t${none}`,
      `CapBnd:\t${none}`,
      "NoNewPrivs:\t1",
      "",
    ],
  ]);
  expect([(await run("exit 3")).code, (await run("kill -9 $$")).code, (await run("exec no-such-program")).code]).toEqual([3, 137, 127]);
});

test("many at once each say their own, whole", async () => {
  const all = await Promise.all(Array.from({ length: 8 }, (_, n) => run(`yes ${n} | head -c 300000`)));
  expect(all.map(({ code, out }) => [code, out.length])).toEqual(all.map(() => [0, 300_000]));
  for (const [n, { out }] of all.entries()) expect(new Set(out.split("\n").filter(Boolean))).toEqual(new Set([`${n}`]));
});

test("with a sweep nothing that it started outlives it, a program that forks without end neither", async () => {
  // What it started goes on for ever unless it is killed.
  expect(await run("setsid sleep infinity & echo begun; (f() { f | f & }; f) &", { sweep: true })).toEqual({ code: 0, out: "begun\n" });
  expect(await running()).toEqual([]);
});

test("a program that does not end in its seconds is asked to, then made to, and one that has ended is not late", async () => {
  const limited = (line: string) => run(line, { seconds: 1, sweep: true });
  expect(await limited("sleep 60")).toEqual({ code: 124, out: "" });
  expect(await limited("trap 'echo asked; exit 0' TERM; sleep 60 & wait")).toEqual({ code: 124, out: "asked\n" });
  expect((await limited("trap '' TERM; sleep 60; sleep 60")).code).toBe(124);
  expect(await limited("setsid sleep 60 & echo done; exit 7")).toEqual({ code: 7, out: "done\n" });
  expect(await running()).toEqual([]);
});

test("where what starts programs is ended, what runs fails and is gone before the next is started", async () => {
  let begun: () => void = () => undefined;
  const printed = new Promise<void>((resolve) => (begun = resolve));
  const { end } = spawner.start({ cmd: ["bash", "-c", "echo begun; sleep 300"], uid }, () => begun());
  const failed = expect(end).rejects.toMatchObject({ code: "internal" });
  await printed;
  await execInContainer(engine, name, {
    cmd: ["sh", "-c", "kill -9 $(grep -l PLATFORM_PROGRAM /proc/[0-9]*/environ | cut -d/ -f3)"],
    user: "0:0",
  });
  await failed;
  expect(await running()).toHaveLength(1);
  expect(await run("echo again")).toEqual({ code: 0, out: "again\n" });
  expect(await running()).toEqual([]);
});
