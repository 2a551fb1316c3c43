import { readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { connectDocker, execInContainer, runInContainer } from "../../../agent-host/docker.ts";
import { limitReached } from "../../../schema/billing/limit-reached.ts";
import { dockerName, pairAddresses } from "../../../schema/machine/instance.ts";
import { signCall } from "../../../schema/machine/machine.ts";
import { agentSeen, box, gitMail, gitUser } from "../../../schema/stack/stack.ts";
import { id, newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { hostFolder } from "../../local/host.ts";
import type { Started } from "../../local/process.ts";
import { edgeUrl, folder, ground, hostInstance, startDaemon } from "../ground.ts";
import { callHost, newPerson, type Person, placeStack, putStack, readStack, signStackTicket } from "../runner-client.ts";

const engine = connectDocker("/var/run/docker.sock");
const person = newPerson();
const boxName = dockerName(hostInstance, "opencode", person.member);
const home = box.agentHome(person.agent);
let daemon: Started;
beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

async function start(agent: string = person.agent, generation = 1, prompt = "You are Grow.", other: Person = person) {
  const body = { generation, name: "Grow", prompt };
  return callHost("PUT", `/stacks/${other.member}/agents/${agent}`, { ticket: await signStackTicket(other), body });
}
async function opencode(method: string, path: string, body?: unknown) {
  return callHost(method, `/stacks/${person.member}/agents/${person.agent}/opencode${path}`, {
    ticket: await signStackTicket(person),
    ...(body ? { body } : {}),
  });
}
/** A command as the agent's user, in its directory. */
const asAgent = (command: string, seat = 0) =>
  execInContainer(engine, boxName, {
    cmd: ["bash", "-c", `cd ${home}/work 2>/dev/null; ${command}`],
    user: `${box.uid(seat)}:${box.uid(seat)}`,
    env: [`HOME=${home}`],
  });

describe("an agent's server", () => {
  it("is healthy once its start is answered, and the same when asked for again", async () => {
    const first = (await start()).json(agentSeen);
    expect((await opencode("GET", "/global/health")).status).toBe(200);
    expect(first).toMatchObject({ running: true, directory: box.agentDirectory(person.agent), gitUser: gitUser(person.agent) });
    const again = (await start()).json(agentSeen);
    expect(again.boot).toBe(first.boot);
    expect((await readStack(person)).agents).toMatchObject([{ agent: person.agent, running: true }]);
  });
  it("answers through the host with its password added, and to nothing in the box", async () => {
    const directory = encodeURIComponent(box.agentDirectory(person.agent));
    const made = await opencode("POST", `/session?directory=${directory}`, { title: "t" });
    const session = made.json(z.looseObject({ id: z.string() })).id;
    expect((await opencode("GET", `/session/${session}?directory=${directory}`)).status).toBe(200);
    const { out } = await asAgent("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:4100/global/health");
    expect(out).toBe("000");
  });
  it("streams its events as they come", async () => {
    let chunks = 0;
    const answer = await callHost("GET", `/stacks/${person.member}/agents/${person.agent}/opencode/global/event`, {
      ticket: await signStackTicket(person),
      onData: (text) => {
        chunks += 1;
        return text.includes("server.connected");
      },
    });
    expect(answer.headers["content-type"]).toContain("text/event-stream");
    expect(chunks).toBeGreaterThan(0);
  });
  it("starts anew for a new number with another prompt, not for the number in force; a lower one is stale", async () => {
    const before = (await start(person.agent, 1)).json(agentSeen).boot;
    expect((await start(person.agent, 1, "Another prompt.")).json(agentSeen).boot).toBe(before);
    const boot = (await start(person.agent, 2, "Another prompt.")).json(agentSeen).boot;
    expect(boot).not.toBe(before);
    expect((await start(person.agent, 1)).text).toContain("generation_stale");
    expect((await start(person.agent, 3, "Another prompt.")).json(agentSeen).boot).toBe(boot);
  });
  it("is one per agent, each in a home that the other cannot open", async () => {
    const both = [newId("agt"), newId("agt")];
    const started = await Promise.all(both.map((each) => start(each))); // at once, for the one place that is left
    expect(started.map(({ status }) => status).sort()).toEqual([200, 503]);
    const up = both[started.findIndex(({ status }) => status === 200)]!;
    expect((await asAgent(`ls ${home}`, 1)).code).not.toBe(0);
    expect((await asAgent(`cat ${home}/.git-credentials`, 1)).code).not.toBe(0);
    expect((await asAgent(`ls ${home}/work`, 0)).code).toBe(0);
    const refused = (await start(newId("agt"))).text;
    for (const said of ["no_capacity", limitReached.agents]) expect(refused).toContain(said); // not that the machine is full
    const gone = await callHost("DELETE", `/stacks/${person.member}/agents/${up}`, { ticket: await signStackTicket(person) });
    expect(gone.json(agentSeen).running).toBe(false);
  });
  it("has its place kept while it is down, where it is the first agent's", async () => {
    const [sub, more] = [newId("agt"), newId("agt")];
    const end = async (agent: string) =>
      callHost("DELETE", `/stacks/${person.member}/agents/${agent}`, { ticket: await signStackTicket(person) });
    expect((await end(person.agent)).json(agentSeen).running).toBe(false);
    expect((await start(sub)).status).toBe(200);
    expect((await start(more)).text).toContain("no_capacity");
    expect((await start(person.agent, 3, "Another prompt.")).status).toBe(200);
    expect((await end(sub)).status).toBe(200);
  });
  it("of another member is not there", async () => {
    const other = newPerson();
    expect((await start(person.agent, 1, "x", other)).status).toBe(404);
  });
});

describe("a seat", () => {
  const ledger = () => new DatabaseSync(path.join(hostFolder(folder), "ledger.sqlite"));
  const leave = async (agent: string, sent = "") =>
    callHost("DELETE", `/stacks/${person.member}/agents/${agent}${sent}`, { ticket: await signStackTicket(person) });
  const user = async (agent: string) =>
    (await callHost("GET", `/stacks/${person.member}/git/api/v1/users/${gitUser(agent)}`, { ticket: await signStackTicket(person) }))
      .status;

  it("is refused as such when all are taken, and is another's once its agent is gone for good: nothing of the first is left", async () => {
    const [first, second] = [newId("agt"), newId("agt")];
    expect((await start(first)).status).toBe(200);
    const db = ledger();
    const rows = () => db.prepare("SELECT agent, seat FROM agent WHERE member = ?").all(person.member);
    const seatOf = (agent: string) => Number(rows().find((row) => row.agent === agent)?.seat);
    const seat = seatOf(first);
    const taken = new Set(rows().map((row) => row.seat));
    const fill = db.prepare("INSERT INTO agent (member, agent, seat, generation, name, prompt, wanted) VALUES (?, ?, ?, 1, 'x', 'x', 0)");
    for (let other = 0; other < 64; other++) if (!taken.has(other)) fill.run(person.member, newId("agt"), other);
    await asAgent("perl -e 'shmget(77, 64, 01600)'; (setsid sleep 302 >/dev/null 2>&1 &)", seat);
    const made = `cd ${box.agentHome(first)}/work && mkdir -p deep/er && echo x >deep/er/file && ln -s / out && chmod 000 deep/er deep`;
    expect((await asAgent(made, seat)).code).toBe(0);
    expect((await leave(first)).status).toBe(200);

    const refused = await start(second);
    expect([refused.status, refused.text]).toEqual([507, expect.stringContaining("no_seat")]);
    expect([(await leave(first, "/seat")).status, (await leave(first, "/seat")).status, await user(first)]).toEqual([200, 404, 404]);
    expect((await runInContainer(engine, boxName, { cmd: ["ls", "/workspace/agents"] })).split("\n")).not.toContain(first);
    expect((await asAgent("perl -e 'exit(defined shmget(77, 64, 0600) ? 0 : 1)'", seat)).code).toBe(1);
    expect((await asAgent("pgrep -f 'sleep 302'", seat)).code).toBe(1);
    expect((await start(second)).status).toBe(200);
    expect([seatOf(second), await user(second)]).toEqual([seat, 200]);
    expect((await leave(second)).status).toBe(200);
    db.prepare("DELETE FROM agent WHERE member = ? AND name = 'x'").run(person.member);
    db.close();
  });
});

describe("a sweep", () => {
  it("kills what runs beside the server, a child in a session of its own included, and spares the server", async () => {
    const boot = (await start(person.agent, 3, "Another prompt.")).json(agentSeen).boot;
    // Both sleep for longer than a test may take: they are gone because they were ended.
    await asAgent("(setsid sh -c 'trap \"\" TERM HUP; sleep 300' >/dev/null 2>&1 &) ; sleep 301 >/dev/null 2>&1 &");
    const count = async () => (await asAgent("ps -eo args | grep -c '[s]leep 30[01]'")).out.trim();
    await eventually("both run", async () => Number(await count()) >= 2);
    const swept = await callHost("DELETE", `/stacks/${person.member}/agents/${person.agent}/processes`, {
      ticket: await signStackTicket(person),
    });
    expect(swept.json(z.object({ killed: z.number() })).killed).toBeGreaterThanOrEqual(2);
    expect(await count()).toBe("0");
    expect((await opencode("GET", "/global/health")).status).toBe(200);
    expect((await start(person.agent, 3, "Another prompt.")).json(agentSeen).boot).toBe(boot);
  });
});

describe("Git", () => {
  const repo = (name: string) => `http://gitea:3000/growqr/${name}.git`;
  const git = async (method: string, path: string, body?: unknown) =>
    callHost(method, `/stacks/${person.member}/git/api/v1${path}`, { ticket: await signStackTicket(person), ...(body ? { body } : {}) });

  it("is the platform's through the host, and the agent's only where it is let in", async () => {
    expect((await git("POST", "/user/repos", { name: "memory", private: true, auto_init: true, default_branch: "main" })).status).toBe(201);
    const rule = { rule_name: "main", enable_push: true, enable_push_whitelist: true, push_whitelist_usernames: ["growqr"] };
    expect((await git("POST", "/repos/growqr/memory/branch_protections", rule)).status).toBe(201);
    expect((await asAgent(`git clone -q ${repo("memory")} m`)).code).not.toBe(0);
    expect((await git("PUT", `/repos/growqr/memory/collaborators/${gitUser(person.agent)}`, { permission: "write" })).status).toBe(204);
    const cloned = await asAgent(`git clone -q ${repo("memory")} m && cd m && echo x >x.md && git add x.md && git commit -qm x`);
    expect(cloned).toMatchObject({ code: 0 });
    expect((await asAgent("cd m && git push -q origin main")).err).toContain("protected branch");
    expect((await asAgent("cd m && git push -q origin HEAD:agent/x")).code).toBe(0);
    const commit = (await git("GET", "/repos/growqr/memory/commits?sha=agent/x&limit=1")).json(
      z.array(z.looseObject({ commit: z.looseObject({ author: z.looseObject({ name: z.string(), email: z.string() }) }) })),
    );
    expect(commit[0]?.commit.author).toMatchObject({ name: "Grow", email: gitMail(person.agent) });
  });
  it("gives no cookie and no token away", async () => {
    const page = await callHost("GET", `/stacks/${person.member}/git/growqr/memory`, { ticket: await signStackTicket(person) });
    expect(page.headers["set-cookie"]).toBeUndefined();
  });
});

describe("the gateway", () => {
  const call = async (token: string, path = "/ai/v1/models", more = "") =>
    (await asAgent(`curl -s -m 5 -w ' %{http_code}' ${more} -H 'authorization: Bearer ${token}' http://gateway:8080${path}`)).out;
  /**
   * What a thief with the agent's own user gets: the server is execute-only, so its environment is not for
   * its user to read.
   */
  const stolen = async () => (await asAgent("tr '\\0' '\\n' </proc/$(pgrep -u $(id -u) -f 'opencode serve' | head -1)/environ")).out;
  const boxToken = async () => {
    const ledger = new DatabaseSync(path.join(hostFolder(folder), "ledger.sqlite"), { readOnly: true });
    try {
      return String(ledger.prepare("SELECT box_token FROM agent WHERE agent = ?").get(person.agent)?.box_token ?? "");
    } finally {
      ledger.close();
    }
  };

  it("refuses the right token from any process but the agent's server, and says in the log why", async () => {
    expect(await call(await boxToken())).toMatch(/ 401$/);
    await eventually("it is logged", async () =>
      readFileSync(path.join(folder, "host.log"), "utf8").includes("Only the agent's own server"),
    );
  });
  it("refuses a wrong token, another path, and a box token from another address", async () => {
    const token = await boxToken();
    expect(token).toMatch(/^gqb_/);
    expect(await call(`gqb_${"x".repeat(43)}`)).toMatch(/ 401$/);
    expect(await call(token, "/me")).toMatch(/ 404$/);
    expect(await call(token, "/ai/v1/../../me", "--path-as-is")).toMatch(/ 404$/);
    const url = `http://${hostInstance.gateway.address}:${hostInstance.gateway.port}/ai/v1/models`;
    expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401); // this machine is not the box
    const other = newPerson();
    await putStack(other, 1, "running");
    const { out } = await execInContainer(engine, dockerName(hostInstance, "opencode", other.member), {
      cmd: [
        "curl",
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-H",
        `authorization: Bearer ${token}`,
        "http://gateway:8080/ai/v1/models",
      ],
    });
    expect(out).toBe("401");
    await putStack(other, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  });
  it("gives a command of the agent no secret, not even its own server's", async () => {
    expect(await stolen()).toBe("");
    expect(await runInContainer(engine, boxName, { cmd: ["env"] })).not.toMatch(/gqb_|PASSWORD/);
  });
  it("ends a box token with its process", async () => {
    const token = await boxToken();
    const entries = () =>
      readFileSync(path.join(folder, "host.log"), "utf8")
        .split("\n")
        .filter((line) => line.includes("gateway refused"));
    await callHost("DELETE", `/stacks/${person.member}/agents/${person.agent}`, { ticket: await signStackTicket(person) });
    const before = entries().length;
    expect(await call(token)).toMatch(/ 401$/);
    await eventually("it is logged", async () => entries().length > before);
    expect(entries().at(-1)).not.toContain("Only the agent's own server"); // there is no agent that has this token
    expect((await opencode("GET", "/global/health")).status).toBe(503);
    expect((await start(person.agent, 4, "Another prompt.")).status).toBe(200);
  });
  it("listens on the pairs' address only", async () => {
    expect(
      await fetch(`http://127.0.0.1:${hostInstance.gateway.port}/`).then(
        (answer) => answer.status,
        () => "refused",
      ),
    ).toBe("refused");
    expect(pairAddresses(hostInstance, 0).bridgeAddress).not.toBe(hostInstance.gateway.address);
  });
});

describe("a turn", () => {
  it("goes from the box through gateway and edge to the model and back, tools of the platform included", async () => {
    const directory = encodeURIComponent(box.agentDirectory(person.agent));
    const made = await opencode("POST", `/session?directory=${directory}`, { title: "turn" });
    const session = made.json(z.looseObject({ id: z.string() })).id;
    await register(session);
    const steps = [{ tool: "bash", args: { command: "echo $GROWQR_BOX_TOKEN-$(pwd)", description: "where" } }, { text: "It is done." }];
    const turn = await opencode("POST", `/session/${session}/message?directory=${directory}`, {
      parts: [{ type: "text", text: `SCRIPT:${JSON.stringify(steps)}END` }],
    });
    expect(turn.text).toContain("It is done.");
    const messages = (await opencode("GET", `/session/${session}/message?directory=${directory}`)).text;
    expect(messages).toContain(`-${box.agentDirectory(person.agent)}`);
    expect(messages).not.toContain("gqb_"); // blanked for what the agent runs
    const mcp = (await opencode("GET", `/mcp?directory=${directory}`)).json(z.record(z.string(), z.looseObject({ status: z.string() })));
    expect(mcp[box.mcp]?.status).toBe("connected");
  });
});

/** As the actor does: model calls with this session id are this agent's. */
async function register(session: string): Promise<void> {
  const { runner } = ground;
  const path = `/stacks/${person.member}/sessions/${session}`;
  const body = JSON.stringify({ agent: person.agent });
  const machine = id("rnr").parse(runner.id);
  const authorization = await signCall(machine, runner.key, { method: "PUT", path, body }, Math.floor(Date.now() / 1000));
  const answer = await fetch(edgeUrl + path, { method: "PUT", headers: { authorization, "content-type": "application/json" }, body });
  expect(answer.status).toBe(200);
}

describe("logs", () => {
  it("are text of both containers, without credentials", async () => {
    const answer = await callHost("GET", `/stacks/${person.member}/logs?tail=50`, { ticket: await signStackTicket(person) });
    expect(answer.headers["content-type"]).toContain("text/plain");
    expect(answer.text).toContain("== gitea");
    expect(answer.text).toContain(`== ${person.agent}`);
    expect(answer.text).not.toMatch(/gqb_[A-Za-z0-9]/);
  });
  it("of the daemon itself hold no token, no password and no key", () => {
    const text = readFileSync(path.join(folder, "host.log"), "utf8");
    expect(text).toContain(person.member);
    expect(text).not.toMatch(/gqb_[A-Za-z0-9]|eyJ[A-Za-z0-9_-]{10}|PRIVATE KEY|Basic [A-Za-z0-9+/=]{12}/);
    expect(text).not.toContain(ground.secrets.modelKey);
  });
});
