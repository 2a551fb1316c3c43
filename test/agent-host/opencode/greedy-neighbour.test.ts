import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { startDaemon } from "../ground.ts";
import { callHost, newPerson, placeStack, placeSubAgent, putStack, signStackTicket } from "../runner-client.ts";
import { agent, callOpenCode, mustRunAsUser, openShell, readSecrets, runAsUser, startAgent, startedBoot, stopAgent } from "./neighbours.ts";

/** One agent that takes what another of the same member needs: its port, processes, memory. */
const person = newPerson();
const me = agent(person.agent, 0);
const other = agent(newId("agt"), 1);
let daemon: Started;
let shell: (script: string) => Promise<string>;
const must = (member: typeof me, script: string) => mustRunAsUser(person, member, script);

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  await placeSubAgent(person, other.id);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  for (const each of [me, other]) expect((await startAgent(person, each)).status).toBe(200);
  shell = await openShell(person, me);
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

/**
 * Takes the other's port, on all addresses or where the host does not look, with a program that notes
 * whatever it is sent.
 */
async function takePort(address: "0.0.0.0" | "127.0.0.1"): Promise<void> {
  const program = `const net = require("net"), fs = require("fs"), home = process.env.HOME;
    const server = net.createServer((socket) => socket.on("error", () => undefined).on("data", (data) => fs.appendFileSync(home + "/got", data)));
    server.listen(${other.port}, "${address}", () => fs.writeFileSync(home + "/squats", "yes"));`;
  await shell(`rm -f ~/squats; : >~/got; cat >~/squat.js <<'EOF'\n${program}\nEOF\nsetsid node ~/squat.js >/dev/null 2>&1 </dev/null &`);
  await eventually("the port is taken", async () => (await runAsUser(person, me, "test -e ~/squats")).code === 0);
}
const got = () => must(me, "cat ~/got");

describe("the place of a server", () => {
  it.each(["0.0.0.0", "127.0.0.1"] as const)("is its own again when a neighbour took its port at %s before it began", async (address) => {
    await stopAgent(person, other);
    await takePort(address);
    expect((await startAgent(person, other)).status).toBe(200);
    expect((await callOpenCode(person, other, "GET", "/global/health")).status).toBe(200);
    expect(await got()).toBe("");
  });
  it("is nobody's when it died: neither a prompt nor its password goes to who took the port", async () => {
    await must(other, `kill -KILL ${readSecrets(other).pid}`);
    await takePort("0.0.0.0");
    const address = await must(me, "awk 'END { print $1 }' /etc/hosts");
    const heard = new AbortController(); // it never answers
    const mine = fetch(`http://${address}:${other.port}/mine`, { signal: heard.signal }).catch(() => undefined);
    await eventually("it hears who speaks to it from this machine", async () => (await got()).includes("/mine"));
    heard.abort();
    await mine;
    const { status } = await callOpenCode(person, other, "POST", "/session", { title: "for the other only" });
    expect([status, await got()]).toEqual([503, expect.not.stringMatching(/title|authorization/i)]);
    expect((await startAgent(person, other)).status).toBe(200);
    expect((await callOpenCode(person, other, "GET", "/global/health")).status).toBe(200);
  });
});

describe("a greedy agent", () => {
  const count = async () => Number(await must(other, `ps -L -u ${me.uid} --no-headers | wc -l`));
  const works = async (run: typeof shell) => (await run("for n in 1 2 3 4 5 6 7 8; do true | cat; done; echo fine")).trim();

  it("that only forks leaves the other answering and working, and a stop ends it", async () => {
    const neighbour = await openShell(person, other);
    const boots = [await startedBoot(person, me), await startedBoot(person, other)];
    await shell("bomb() { bomb | bomb & }; (bomb) >/dev/null 2>&1 </dev/null & true");
    await eventually("the bomb is at its bound", async () => (await count()) > 150, 30_000);
    expect(await works(neighbour)).toBe("fine");
    expect((await callOpenCode(person, other, "GET", "/global/health")).status).toBe(200);
    const swept = await callHost("DELETE", `/stacks/${person.member}/agents/${me.id}/processes`, { ticket: await signStackTicket(person) });
    expect([swept.status, swept.text]).toEqual([200, expect.stringMatching(/"killed":[1-9]/)]);
    await eventually("nothing forks any more", async () => (await count()) < 60);
    expect([await startedBoot(person, me), await startedBoot(person, other)]).toEqual(boots);
    expect(await works(shell)).toBe("fine");
  });
  it("that takes all memory loses its own, and the other nothing", async () => {
    const neighbour = await openShell(person, other);
    const boot = await startedBoot(person, other);
    const eat = "node --max-old-space-size=9000 -e 'const all = []; for (;;) all.push(Buffer.alloc(1 << 25, 1))'";
    const said = await shell(`${eat} >/dev/null 2>&1; echo "ended $?"`).catch(() => "ended with its server");
    expect(said).toMatch(/^ended (137|with its server)/m);
    expect(await works(neighbour)).toBe("fine");
    expect(await startedBoot(person, other)).toBe(boot);
  });
});
