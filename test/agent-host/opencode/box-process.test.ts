import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, expect, it } from "vitest";
import { formatAddress, ownsConnection, ownsPort, readSockets } from "../../../agent-host/opencode/box-process.ts";

const server = createServer().listen(0, "127.0.0.1");
const children: ReturnType<typeof spawn>[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  server.close();
});

it("a connection belongs to the process that has its near end open, to no other, and to none once that has ended", async () => {
  if (!server.listening) await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const program = `require("net").connect(${port}, "127.0.0.1"); setInterval(() => undefined, 1000)`;
  const [owner, neighbour] = [program, "setInterval(() => undefined, 1000)"].map((script) => {
    const child = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
    children.push(child);
    return child;
  });
  const [socket] = (await once(server, "connection")) as [Socket];
  socket.on("error", () => undefined);
  const near = { address: "127.0.0.1", port: socket.remotePort ?? 0 };
  const far = { address: "127.0.0.1", port };
  expect(await ownsConnection(owner?.pid ?? 0, near, far)).toBe(true);
  expect(await ownsConnection(neighbour?.pid ?? 0, near, far)).toBe(false);
  expect(await ownsConnection(process.pid, near, far)).toBe(false); // this process has the far end
  expect(await ownsConnection(owner?.pid ?? 0, near, { ...far, address: "127.0.0.2" })).toBe(false);
  owner?.kill("SIGKILL");
  await once(socket, "close");
  expect(await ownsConnection(owner?.pid ?? 0, near, far)).toBe(false);
});

it("a port belongs to the one process that listens on it", async () => {
  const { port } = server.address() as AddressInfo;
  expect(await ownsPort(process.pid, port)).toBe(true);
  expect(await ownsPort(process.ppid, port)).toBe(false);
  expect(await ownsPort(process.pid, 1)).toBe(false);
});

it("addresses are read as the kernel writes them", () => {
  expect(formatAddress("10.64.255.1", 8080)).toBe("01FF400A:1F90");
  expect(() => formatAddress("::1", 1)).toThrow();
  const line = "   0: 0100007F:1F90 0200007F:0050 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 x 100";
  expect(readSockets(`  sl  local_address\n${line}\n`)).toEqual([
    { local: "0100007F:1F90", remote: "0200007F:0050", listens: true, uid: 1000, inode: "4242" },
  ]);
  expect(readSockets(`header\n${"x ".repeat(500_000)}\n`)).toHaveLength(1);
});
