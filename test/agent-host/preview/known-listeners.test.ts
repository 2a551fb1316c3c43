import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { userInfo } from "node:os";
import { afterEach, expect, test } from "vitest";
import { KnownListeners } from "../../../agent-host/preview/known-listeners.ts";

const { uid } = userInfo();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A process that listens, and its port. */
async function listen(address: string, port = 0): Promise<{ child: ChildProcess; port: number }> {
  const program = `const s = require("net").createServer().listen(${port}, "${address}", () => console.log(s.address().port));
    process.on("message", () => s.close(() => process.send("closed")));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  children.push(child);
  const [said] = (await once(child.stdout!, "data")) as [Buffer];
  return { child, port: Number(said.toString()) };
}

test("who listens is known until the socket is closed, by whatever way", async () => {
  const known = new KnownListeners();
  const { child, port } = await listen("127.0.0.1");
  const first = await known.find(process.pid, uid, port);
  expect(first?.addresses).toEqual(["127.0.0.1"]);
  expect(await known.find(process.pid, uid, port)).toBe(first); // the sockets were not looked through again
  expect(await known.find(process.pid, uid + 1, port)).toBeUndefined(); // another agent's user

  child.send("close");
  await once(child, "message");
  expect(await known.find(process.pid, uid, port)).toBeUndefined(); // the process lives

  const next = await listen("127.0.0.1", port);
  const second = await known.find(process.pid, uid, port);
  expect(second?.inode).not.toBe(first?.inode);
  next.child.kill("SIGKILL");
  await once(next.child, "exit");
  expect(await known.find(process.pid, uid, port)).toBeUndefined();
});

test("a listener is asked by its own version of IP: the other's port may be somebody else's", async () => {
  const known = new KnownListeners();
  const { port } = await listen("::1");
  expect((await known.find(process.pid, uid, port))?.addresses).toEqual(["::1"]);
  const { port: either } = await listen("::"); // Node's own choice, also where there is no IPv6
  expect((await known.find(process.pid, uid, either))?.addresses).toEqual(["::1", "127.0.0.1"]);
});
