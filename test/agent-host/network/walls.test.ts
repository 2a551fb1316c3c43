import { execFileSync, spawn } from "node:child_process";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectDocker, execInContainer } from "../../../agent-host/docker.ts";
import { connectionPlaces } from "../../../agent-host/network/network.ts";
import { dockerName, type PairAddresses, pairAddresses } from "../../../schema/machine/instance.ts";
import { eventually } from "../../harness/eventually.ts";
import { listens, type Started } from "../../local/process.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { newPerson, placeStack, putStack } from "../runner-client.ts";

/**
 * A namespace of this test plays metadata service, a private network and the internet: no packet leaves the
 * machine.
 */
const world = { space: "gqtest", outer: "gqtest0", inner: "gqtest1", port: 8099 };
const outside = { metadata: "169.254.169.254", private: "192.168.77.1", internet: "203.0.113.9" };
const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "pipe", "ignore"] });
const engine = connectDocker("/var/run/docker.sock");
const [first, second] = [newPerson(), newPerson()];
/** Addresses of a pair, read from Docker: they depend on what else is on the host. */
let [here, there] = [pairAddresses(hostInstance, 0), pairAddresses(hostInstance, 1)];
async function pairOf(person: typeof first): Promise<PairAddresses> {
  const info = await engine.docker.getContainer(dockerName(hostInstance, "opencode", person.member)).inspect();
  const address = Object.values(info.NetworkSettings.Networks)[0]?.IPAddress ?? "";
  const found = Array.from({ length: 64 }, (_, slot) => pairAddresses(hostInstance, slot)).find((each) => each.opencode === address);
  if (!found) throw new Error(`no pair has ${address}`);
  return found;
}
let daemon: Started;
let listener: ReturnType<typeof spawn>;
let onHost: Server;

function openWorld(): void {
  ip("netns", "add", world.space);
  ip("link", "add", world.outer, "type", "veth", "peer", "name", world.inner, "netns", world.space);
  ip("addr", "add", "198.51.100.1/30", "dev", world.outer);
  ip("link", "set", world.outer, "up");
  ip("-n", world.space, "addr", "add", "198.51.100.2/30", "dev", world.inner);
  ip("-n", world.space, "link", "set", world.inner, "up");
  ip("-n", world.space, "link", "set", "lo", "up");
  ip("-n", world.space, "route", "add", "default", "via", "198.51.100.1");
  for (const address of Object.values(outside)) {
    ip("-n", world.space, "addr", "add", `${address}/32`, "dev", "lo");
    ip("route", "add", `${address}/32`, "via", "198.51.100.2");
  }
}
function closeWorld(): void {
  for (const command of [
    ["netns", "del", world.space],
    ["link", "del", world.outer],
  ]) {
    try {
      ip(...command);
    } catch {
      // it went with the other end, or was never there
    }
  }
}

beforeAll(async () => {
  closeWorld();
  openWorld();
  const program = `require("net").createServer((s) => s.on("error", () => {}).end("open")).listen(${world.port}, "0.0.0.0")`;
  listener = spawn("ip", ["netns", "exec", world.space, process.execPath, "-e", program], { stdio: "ignore" });
  onHost = createServer((socket) => socket.on("error", () => socket.destroy()).end("open"));
  await new Promise<void>((resolve) => onHost.listen(world.port, "0.0.0.0", resolve));
  daemon = await startDaemon();
  for (const person of [first, second]) {
    await placeStack(person);
    expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  }
  [here, there] = [await pairOf(first), await pairOf(second)];
});
afterAll(async () => {
  for (const person of [first, second]) await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
  listener?.kill("SIGKILL");
  onHost?.close();
  closeWorld();
});

/** Whether a connection from that container opens within a second and a half; one attempt. */
async function opens(person: typeof first, side: "gitea" | "opencode", address: string, port: number): Promise<boolean> {
  const cmd = ["timeout", "1.5", "bash", "-c", `exec 3<>/dev/tcp/${address}/${port}`];
  return (await execInContainer(engine, dockerName(hostInstance, side, person.member), { cmd })).code === 0;
}

describe("a pair", () => {
  it("reaches each other and its gateway", async () => {
    const [gitea, gateway, proxy] = [3000, hostInstance.gateway.port, hostInstance.gateway.proxyPort];
    await eventually("Gitea answers", () => opens(first, "opencode", "gitea", gitea));
    for (const port of [gateway, proxy]) await eventually(`the gateway's ${port} answers`, () => opens(first, "opencode", "gateway", port));
  });
  it("has targets that answer this machine, so that a refusal below is the wall's", async () => {
    for (const address of Object.values(outside)) await eventually(`${address} answers`, () => listens(world.port, address), 5_000);
    for (const address of [hostInstance.gateway.address, here.bridgeAddress]) expect(await listens(world.port, address)).toBe(true);
    expect(await listens(3000, there.gitea)).toBe(true);
  });
  it.each([
    ["the other pair's Gitea", () => there.gitea, 3000],
    ["the other pair's OpenCode", () => there.opencode, 4100],
    ["another port of the gateway's address", () => hostInstance.gateway.address, world.port],
    ["this machine by its own bridge", () => here.bridgeAddress, world.port],
    ["this machine by the other pair's bridge", () => there.bridgeAddress, world.port],
    ["the metadata address", () => outside.metadata, world.port],
    ["a private network", () => outside.private, world.port],
    ["the internet", () => outside.internet, world.port],
  ] as const)("does not reach %s", async (_what, target, port) => {
    const address = target();
    expect(await Promise.all([opens(first, "opencode", address, port), opens(first, "gitea", address, port)])).toEqual([false, false]);
  });
  it("keeps Gitea from the gateway", async () => {
    expect(await opens(first, "gitea", hostInstance.gateway.address, hostInstance.gateway.port)).toBe(false);
  });
  it("resolves no name and has no IPv6", async () => {
    const box = dockerName(hostInstance, "opencode", first.member);
    expect((await execInContainer(engine, box, { cmd: ["timeout", "5", "getent", "hosts", "example.org"] })).code).not.toBe(0);
    expect((await execInContainer(engine, box, { cmd: ["cat", "/proc/net/if_inet6"] })).out.trim()).toBe("");
  });
  it("gets nothing through the CONNECT proxy that is not on its list", async () => {
    const box = dockerName(hostInstance, "opencode", first.member);
    const proxy = `http://gateway:${hostInstance.gateway.proxyPort}`;
    for (const target of ["https://example.org/", `https://${outside.internet}:443/`, `http://${outside.metadata}:${world.port}/`]) {
      const { out } = await execInContainer(engine, box, {
        cmd: ["curl", "-s", "-m", "3", "-o", "/dev/null", "-w", "%{http_connect} %{http_code}", "-x", proxy, target],
      });
      expect([target, out]).toEqual([target, target.startsWith("https:") ? "403 000" : "000 403"]);
    }
  });
  it("has a table of connections of its own, so that a look at its sockets is not one at the machine's", async () => {
    const box = dockerName(hostInstance, "opencode", first.member);
    const { out } = await execInContainer(engine, box, { cmd: ["cat", "/proc/sys/net/ipv4/tcp_ehash_entries"] });
    expect(Number(out)).toBe(connectionPlaces); // the machine's own is told as a negative number
  });
  it("cannot write to its own image, gain rights, or see the other's files", async () => {
    const box = dockerName(hostInstance, "opencode", first.member);
    expect((await execInContainer(engine, box, { cmd: ["touch", "/usr/bin/x"], user: "0:0" })).code).not.toBe(0);
    const { out } = await execInContainer(engine, box, { cmd: ["grep", "-E", "CapEff|CapBnd|NoNewPrivs|Seccomp:", "/proc/1/status"] });
    expect(out.replace(/\s+/g, " ")).toContain("CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2");
  });
});
