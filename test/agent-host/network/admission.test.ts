import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { connectDocker, execInContainer } from "../../../agent-host/docker.ts";
import { admissionLimits } from "../../../agent-host/network/admission.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { eventually } from "../../harness/eventually.ts";
import { limit } from "../../harness/suite/limit.ts";
import type { Started } from "../../local/process.ts";
import { folder, hostInstance, startDaemon } from "../ground.ts";
import { newPerson, placeStack, putStack } from "../runner-client.ts";

/** Two pairs: one asks more of gateway and proxy than it may, the other goes on working. */
const engine = connectDocker("/var/run/docker.sock");
const [greedy, neighbour] = [newPerson(), newPerson()];
let daemon: Started;
const inBox = (person: typeof greedy, cmd: string[], ms = 60_000) =>
  execInContainer(engine, dockerName(hostInstance, "opencode", person.member), { cmd, ms: limit(ms) });
const doors = [
  ["gateway", hostInstance.gateway.port],
  ["egress", hostInstance.gateway.proxyPort],
] as const;

beforeAll(async () => {
  daemon = await startDaemon();
  for (const person of [greedy, neighbour]) {
    await placeStack(person);
    expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  }
});
afterAll(async () => {
  for (const person of [greedy, neighbour]) await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

/**
 * Opens connections that say `text` and nothing more; what each had heard when it was closed, or when the
 * time was up.
 */
const openMany = (port: number, count: number, text: string, ms: number) => `
const net = require("net"), heard = [];
for (let n = 0; n < ${count}; n++) {
  const index = heard.push("") - 1;
  const socket = net.connect(${port}, "gateway", () => socket.write(${JSON.stringify(text)}));
  socket.on("data", (part) => { heard[index] += part; }).on("error", () => undefined).on("close", () => { heard[index] += "#"; });
}
setTimeout(() => { console.log(JSON.stringify(heard.map((each) => each.slice(0, 12) + (each.endsWith("#") ? "#" : "")))); process.exit(); }, ${ms});`;
const listed = z.array(z.string());
const many = async (port: number, count: number, text: string, ms: number) => {
  const { out, err } = await inBox(greedy, ["node", "-e", openMany(port, count, text, ms)]);
  if (!out.trim()) throw new Error(err);
  return listed.parse(JSON.parse(out));
};
const logged = (door: string) =>
  readFileSync(path.join(folder, "host.log"), "utf8")
    .split("\n")
    .filter((line) => line.includes(`${door} refused`) && line.includes(greedy.member));
/** The status that a request of the neighbour gets, from the door itself. */
async function askAsNeighbour(port: number): Promise<string> {
  const proxied =
    port === hostInstance.gateway.proxyPort ? ["-x", `http://gateway:${port}`, "http://example.org/"] : [`http://gateway:${port}/x`];
  return (await inBox(neighbour, ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", ...proxied])).out;
}
/** Floods a door until it is killed, and holds the connections that it gets. */
const flood = (port: number) => `
const net = require("net");
const open = () => net.connect(${port}, "gateway").on("error", () => undefined).on("connect", function () { this.write("GET /x HTTP/1.1\\r\\n"); });
setInterval(() => { for (let n = 0; n < 50; n++) open(); }, 10);`;

describe.each(doors)("the %s", (door, port) => {
  it("holds so many connections of a pair and no more: the rest are told to come later, and it is logged", async () => {
    const heard = await many(port, admissionLimits.connections + 60, "GET /x HTTP/1.1\r\n", 4_000);
    const refused = heard.filter((text) => text.startsWith("HTTP/1.1 429"));
    const kept = heard.filter((text) => text === "");
    expect(refused.length).toBeGreaterThanOrEqual(60);
    expect(kept.length).toBeGreaterThan(admissionLimits.burst / 2);
    expect(kept.length).toBeLessThanOrEqual(admissionLimits.connections);
    expect(logged(door).join("\n")).toMatch(/connections/);
  });
  it("waits only so long for a request that never comes whole", async () => {
    await eventually(
      "the pair may open connections again",
      async () => (await many(port, 1, "GET /x HTTP/1.1\r\nhost: x\r\n\r\n", 500))[0]?.startsWith("HTTP/1.1 4") === true,
    );
    const heard = await many(port, 3, "GET /x HTTP/1.1\r\nhost: x\r\nx-slow: ", admissionLimits.header + 4_000);
    expect(heard.every((text) => text.endsWith("#"))).toBe(true);
  });
  it("reads only so many bytes of headers", async () => {
    const [heard] = await many(
      port,
      1,
      `GET /x HTTP/1.1\r\nhost: x\r\nx-long: ${"a".repeat(admissionLimits.headerBytes + 4_000)}\r\n\r\n`,
      1_500,
    );
    expect(heard).toMatch(/^HTTP\/1\.1 4(31|00).*#$/);
  });
});

/** Runs last: afterwards the kernel refuses the greedy pair's connections for a while. */
describe.each(doors)("the %s", (door, port) => {
  it("answers each request of the other pair while one floods it", async () => {
    const flooding = inBox(greedy, ["node", "-e", flood(port)], 600_000);
    const refused = () => {
      const entries = logged(door).length;
      return eventually("the flood is refused", async () => logged(door).length > entries);
    };
    const answers: string[] = [];
    try {
      await refused();
      for (let n = 0; n < 12; n += 1) answers.push(await askAsNeighbour(port));
      await refused(); // each answer came while the flood went on
    } finally {
      await inBox(greedy, ["pkill", "-TERM", "-f", "net.connect"]);
    }
    expect((await flooding).code).toBe(143);
    expect(answers).toEqual(answers.map(() => (port === hostInstance.gateway.proxyPort ? "403" : "404")));
  });
});
