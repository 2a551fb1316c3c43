import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execInContainer } from "../../../agent-host/docker.ts";
import type { LedgerStackRow } from "../../../agent-host/ledger.ts";
import { measureDatabases, openedMs } from "../../../agent-host/service/database-use.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { agentServicesSeen } from "../../../schema/stack/agent-services.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engine, makeRepository, startAuthor } from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { agent, openShell } from "../opencode/neighbours.ts";
import { callApp, deploy, environment, pushMain, putBody, seeApp, visit } from "../release/app-client.ts";
import { callHost, limits, newPerson, placeStack, putStack, signStackTicket } from "../runner-client.ts";

/** Postgres and Redis of what is deployed. Issue 10.9. */
const person = newPerson();
let daemon: Started;
let repo = "";
let generation = 1;

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  expect((await putStack(person, generation, "running")).stack?.observed).toBe("running");
  await startAuthor(person);
  repo = await makeRepository(person, "shop");
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  expect(await listLeft()).toEqual([]);
  await daemon?.stop();
});
/** All of the stack's services that is on the machine. */
async function listLeft(): Promise<string[]> {
  const label = [`growqr.stack=${person.stack}`];
  const containers = await engine.docker.listContainers({ all: true, filters: { label } });
  const { Volumes } = await engine.docker.listVolumes({ filters: JSON.stringify({ label }) });
  return [...containers.map(({ Names }) => Names[0] ?? ""), ...Volumes.map(({ Name }) => Name)].filter((name) => /service/.test(name));
}
const services = engine.docker.getContainer(dockerName(hostInstance, "services", person.member));
const isUp = async () => (await services.inspect()).State.Running;

/** A server that runs shell lines, and whose migration is this line. */
const migrating = (migrate: string) => ({
  ...environment({ services: ["postgres", "redis"], start: "node server.js", migrate, health: { path: "/up" } }),
  "server.js": `require("node:http").createServer((request, response) => {
    const run = (line) => { const ran = require("node:child_process").spawnSync("bash", ["-c", line], { encoding: "utf8" }); return ran.stdout + ran.stderr };
    if (request.method !== "POST") return response.end(run("psql -qAt -c 'SELECT text FROM note'"));
    let line = ""; request.on("data", (part) => (line += part)).on("end", () => response.end(run(line)));
  }).listen(process.env.PORT)\n`,
});
/** Its migration makes a table. */
const app = migrating(
  'psql -q "$DATABASE_URL" -c "CREATE TABLE IF NOT EXISTS note (text text)" -c "INSERT INTO note VALUES (\'migrated\')"',
);
/** Statements one after another, each of them a transaction of its own. */
const psql = (...statements: string[]) => `psql -q -v ON_ERROR_STOP=1 ${statements.map((each) => `-c "${each}"`).join(" ")}`;
const run = async (project: string, line: string) =>
  (
    await callHost("POST", `/stacks/${person.member}/apps/${project}/http/`, { ticket: await signStackTicket(person), raw: line })
  ).text.trim();
const release = async (project: string, files = app) =>
  (await deploy(person, project, putBody(repo, await pushMain(person, repo, files)))).end;
const notes = async (project = "shop") => (await visit(person, project)).text.trim();

describe("a release that asks for services", () => {
  it("finds them started, migrates and answers from them", async () => {
    expect(await listLeft()).toEqual([]);
    expect(await release("shop")).toMatchObject({ served: true });
    expect(await notes()).toBe("migrated");
    expect(await run("shop", `node -p 'new URL(process.env.DATABASE_URL).pathname + " " + process.env.PGDATABASE'`)).toBe(
      "/shop_live shop_live",
    );
    expect(await run("shop", 'redis-cli --no-auth-warning -u "$REDIS_URL" set a kept')).toBe("OK");
    await run("shop", "echo password $PGPASSWORD and $REDIS_URL >/proc/1/fd/1");
    const logged = async () => (await callApp(person, "GET", "/shop/logs")).text;
    await eventually("its log hides the password", async () => (await logged()).includes("password ••• and redis://default:•••@127.0.0.1"));
  });
  it("fails with its reason where it ends at once, or its migration does", async () => {
    const brief = { services: ["postgres"], start: "exit 3" };
    for (const [failing, reason] of [
      [brief, /ended with 3/],
      [{ ...brief, migrate: "psql -v ON_ERROR_STOP=1 -c 'SELECT nothing'" }, /`psql .*` ended with 1\./],
    ] as const) {
      const put = putBody(repo, await pushMain(person, repo, environment(failing)));
      expect((await deploy(person, "hasty", put)).end).toMatchObject({ served: false, failed: { reason: expect.stringMatching(reason) } });
    }
    // What has failed is still being taken away just then.
    expect((await callApp(person, "DELETE", "/hasty?data=true")).status).toBeLessThan(500);
  });
  it("has its own only: the servers refuse every other project's, the platform's role, and who has no password", async () => {
    expect(await release("blog")).toMatchObject({ served: true });
    expect(await run("blog", 'psql -d shop_live -c "SELECT 1"')).toMatch(/permission denied for database "shop_live"/);
    expect(await run("blog", 'psql -d postgres -c "SELECT 1"')).toMatch(/permission denied for database "postgres"/);
    expect(await run("blog", "psql -U growqr -d postgres -c 'SELECT 1'")).toMatch(/authentication failed/);
    expect(await run("blog", "psql -U shop_live -d shop_live -c 'SELECT 1'")).toMatch(/authentication failed/);
    for (const line of ["COPY note TO PROGRAM 'id'", "CREATE ROLE more", "CREATE DATABASE more", "SELECT pg_read_file('/etc/passwd')"])
      expect(await run("blog", `psql -c "${line}"`)).toMatch(/permission denied|must be superuser/);
    const redis = 'redis-cli --no-auth-warning -u "$REDIS_URL"';
    expect(await run("blog", `${redis} get a`)).toBe("");
    for (const line of ["config get dir", "acl list", "shutdown", "module list", "migrate 127.0.0.1 1 a 0 1", "debug sleep 1"])
      expect(await run("blog", `${redis} ${line}`)).toMatch(/NOPERM|not allowed/);
    expect(await run("blog", "for port in $(seq 6379 6390); do redis-cli -p $port get a; done 2>&1 | grep -c kept")).toBe("0");
    expect(await run("blog", "ls /run/services /var/lib/growqr 2>&1; ls /sys/class/net")).toMatch(
      /No such file[\s\S]*No such file[\s\S]*\nlo$/,
    );
  });
  it("is out of reach for the project's agents, who have another database, and for every network", async () => {
    const body = { project: "shop", services: ["postgres", "redis"] };
    const asked = await callHost("PUT", `/stacks/${person.member}/agents/${person.agent}/services`, {
      ticket: await signStackTicket(person),
      body,
    });
    expect(asked.status).toBe(200);
    const shell = await openShell(person, agent(person.agent, 0));
    expect(await shell("psql -qAt -c 'SELECT current_database()'")).toBe("shop_dev\n");
    expect(await shell('psql -d shop_live -c "SELECT 1" 2>&1')).toMatch(/permission denied for database "shop_live"/);
    expect(await shell('psql -U shop_live -d shop_live -c "SELECT 1" 2>&1')).toMatch(/authentication failed/);
    const client = 'redis-cli --no-auth-warning -u "$REDIS_URL"';
    expect(
      await shell(`${client} set b agents; for port in $(seq 6379 6390); do redis-cli -p $port -a "$PGPASSWORD" get a; done 2>&1`),
    ).toMatch(/^OK\n(?!.*kept)/s);
    expect(await run("shop", 'redis-cli --no-auth-warning -u "$REDIS_URL" get b')).toBe("");
    const { NetworkSettings, Mounts } = await services.inspect();
    expect([Object.keys(NetworkSettings.Networks), Mounts.map(({ Type }) => Type)]).toEqual([["none"], ["volume", "volume"]]);
  });
  it("is led to them again after kill -9 of the servers, of all that leads to them, and of the daemon", async () => {
    await services.kill({ signal: "SIGKILL" });
    await eventually("they are back with their data", async () => (await notes()) === "migrated", 60_000);
    const label = [`growqr.stack=${person.stack}`, "growqr.part=service-way"];
    for (const { Id } of await engine.docker.listContainers({ filters: { label } }))
      await engine.docker.getContainer(Id).kill({ signal: "SIGKILL" });
    await eventually("they are led to again", async () => (await notes()) === "migrated", 60_000);
    await daemon.kill();
    await services.kill({ signal: "SIGKILL" });
    daemon = await startDaemon();
    await eventually("the next daemon starts them", async () => (await notes()) === "migrated", 60_000);
    expect(await run("shop", 'redis-cli --no-auth-warning -u "$REDIS_URL" get a')).toBe("kept");
  });
  it("whose migration fails half-way leaves what it changed; what served answers on, and the next one goes on from there", async () => {
    const { current } = await release("half");
    const size = "ADD COLUMN IF NOT EXISTS size integer NOT NULL DEFAULT 1";
    const failing = await release(
      "half",
      migrating(psql("INSERT INTO note VALUES ('half')", `ALTER TABLE note ${size}`, "SELECT nothing")),
    );
    const reason = expect.stringMatching(/ ended with 1\. What it changed until then stays\.$/);
    const log = expect.stringContaining('column "nothing" does not exist');
    expect(failing).toMatchObject({ served: false, current, failed: { step: "migrate", reason, log } });
    expect(await seeApp(person, "half")).toMatchObject({ state: "well", current, kept: [] });
    expect((await notes("half")).split("\n")).toEqual(["migrated", "half"]);
    expect(await run("half", "psql -qAt -c 'SELECT DISTINCT size FROM note'")).toBe("1");
    const next = await release("half", migrating(psql(`ALTER TABLE note ${size}`, "INSERT INTO note VALUES ('whole')")));
    expect(next).toMatchObject({ served: true });
    expect((await notes("half")).split("\n")).toEqual(["migrated", "half", "whole"]);
    expect((await seeApp(person, "half")).kept).toEqual([{ release: current, pastMigration: true }]);
  });
  it("whose services are killed in the middle of its migration fails, and what served is led to them again", async () => {
    const { current } = await seeApp(person, "half");
    const slow = migrating(psql("INSERT INTO note VALUES ('cut')", "SELECT pg_sleep(60)", "INSERT INTO note VALUES ('never')"));
    const asked = release("half", slow);
    await eventually("it is in the middle of it", async () => (await notes("half")).endsWith("cut"));
    await services.kill({ signal: "SIGKILL" });
    const reason = expect.stringMatching(/ ended with 2\. What it changed until then stays\.$/);
    expect(await asked).toMatchObject({ served: false, current, failed: { step: "migrate", reason } });
    const all = ["migrated", "half", "whole", "cut"].join("\n");
    const isBack = async () => (await notes("half")) === all && (await notes()) === "migrated";
    await eventually("what served answers from them again", isBack, 60_000);
    expect(await seeApp(person, "half")).toMatchObject({ current });
    expect((await callApp(person, "DELETE", "/half?data=true")).status).toBe(200);
  });
  it("keeps its data over the stack's sleep, and its services up while it serves", async () => {
    expect((await putStack(person, ++generation, "stopped")).stack?.observed).toBe("stopped");
    expect([await isUp(), await notes()]).toEqual([true, "migrated"]);
    expect((await putStack(person, ++generation, "running")).stack?.observed).toBe("running");
    expect(await notes()).toBe("migrated");
  });
  it("goes on by itself, empty, migrated and told, once somebody has removed the volume of the data; so do agents", async () => {
    await startAuthor(person); // its server and its way to services ended with the stack's sleep
    const body = { project: "shop", services: ["postgres", "redis"] };
    await callHost("PUT", `/stacks/${person.member}/agents/${person.agent}/services`, { ticket: await signStackTicket(person), body });
    const shell = await openShell(person, agent(person.agent, 0));
    expect(await shell("psql -qAt -c 'SELECT 1'")).toBe("1\n");
    await run("shop", "psql -c \"INSERT INTO note VALUES ('lost')\"");
    await services.remove({ force: true });
    await engine.docker.getVolume(dockerName(hostInstance, "services-data", person.member)).remove();
    const isBack = async () => (await notes().catch(() => "")) === "migrated" && (await notes("blog").catch(() => "")) === "migrated";
    await eventually("both apps are back", isBack, 90_000);
    expect(await run("shop", 'redis-cli --no-auth-warning -u "$REDIS_URL" get a')).toBe("");
    expect((await callApp(person, "GET", "/shop/logs")).text).toContain("The data of its services was removed from outside.");
    const areAgents = async () => {
      expect(await shell("psql -qAt -c 'SELECT 1' 2>&1")).toBe("1\n");
      return true;
    };
    await eventually("its agents are", areAgents, 60_000);
    expect(await shell("psql -qAt -c 'SELECT current_database()'")).toBe("shop_dev\n");
  });
  it("leaves nothing where it is deleted with its data, and all of another's", async () => {
    expect((await callApp(person, "DELETE", "/blog?data=true")).status).toBe(200);
    expect(await run("shop", "psql -qAt -d postgres -c 'SELECT 1'")).toMatch(/permission denied/);
    const { out } = await runInServices(
      "psql -qAt -h /run/services/postgres -U growqr -d postgres -c \"SELECT datname FROM pg_database WHERE datname LIKE '%live' ORDER BY 1\"; ls /var/lib/growqr/redis /var/lib/growqr/access",
    );
    expect(out.match(/\w+_\w+/g)).toEqual(["shop_live", "shop_dev", "shop_live", "shop_dev", "shop_live"]);
    expect(await notes()).toBe("migrated");
  });
});
const runInServices = (line: string) =>
  execInContainer(engine, dockerName(hostInstance, "services", person.member), { cmd: ["bash", "-c", line] });

describe("services of another image", () => {
  it("are made anew of today's while they are used, with all that they keep", async () => {
    const before = await services.inspect();
    const [Image, repository] = ["growqr-test-services:before", "growqr-test-services"];
    await engine.docker.getImage(before.Config.Image).tag({ repo: repository, tag: "before" });
    const { Hostname, Labels, Env } = before.Config;
    await services.remove({ force: true });
    const { HostConfig } = before;
    const name = before.Name.slice(1);
    await engine.docker
      .createContainer({ name, Image, Hostname, Labels, HostConfig, ...(Env ? { Env } : {}) })
      .then((made) => made.start());
    await eventually(
      "it is made anew",
      async () => (await services.inspect().catch(() => undefined))?.Config.Image === before.Config.Image,
    );
    await eventually("it answers", async () => (await notes()).includes("migrated"));
    await engine.docker.getImage(Image).remove();
  });
});

describe("databases that are over their limit", () => {
  const rows = "SELECT repeat(md5(i::text), 60) AS t FROM generate_series(1, 650000) i"; // 1.2 GB, over the plan's 1 GB
  it("stop their app with the reason, and it goes on where it takes something away within a minute of its start", async () => {
    await run("shop", `(psql -qc "CREATE TABLE big AS ${rows}" >/dev/null 2>&1 &) >/dev/null 2>&1`);
    await eventually("it is stopped", async () => (await seeApp(person, "shop")).state === "crashed", 180_000);
    const { reason, over } = await seeApp(person, "shop");
    expect([reason, over]).toEqual([
      expect.stringMatching(/^Its databases hold \d+ MB, and its plan lets it keep 1024 MB in them\. Have an agent change it/),
      true,
    ]);
    expect((await callApp(person, "GET", "/shop/logs")).text).toMatch(
      /Its databases hold .*TRUNCATE and DROP do so at once\. It is stopped\./,
    );
    expect((await callApp(person, "POST", "/shop/power", { running: true })).status).toBe(200);
    await eventually(
      "it has taken it away",
      async () => (await run("shop", "psql -qAt -c 'DROP TABLE big' && echo gone")) === "gone",
      40_000,
    );
    const { out } = await runInServices("services.sh sizes");
    expect(Number(/^shop_live postgres (\d+)$/m.exec(out)?.[1])).toBeLessThan(100);
    expect(await seeApp(person, "shop")).toMatchObject({ state: "well" });
  });
  it("close those of agents, until an agent is led to them again and hears of it", async () => {
    const body = { project: "shop", services: ["postgres"] };
    const open = async () =>
      (
        await callHost("PUT", `/stacks/${person.member}/agents/${person.agent}/services`, { ticket: await signStackTicket(person), body })
      ).json(agentServicesSeen);
    expect((await open()).warning).toBeUndefined();
    const shell = await openShell(person, agent(person.agent, 0));
    await shell(`(psql -qc "CREATE TABLE big AS ${rows}" >/dev/null 2>&1 &) >/dev/null 2>&1`);
    await eventually(
      "it is too large",
      async () => /^shop_dev postgres 1[1-9]\d\d$/m.test((await runInServices("services.sh sizes")).out),
      180_000,
    );
    const stack = { member: person.member, limits } as LedgerStackRow;
    const openedDatabases = new Map([[`${person.member} shop_dev`, Date.now()]]);
    const measured = { engine, instance: hostInstance, log: () => undefined, openedDatabases, ledger: { stacks: () => [stack] } };
    const answers = async () => shell("psql -qAt -c 'SELECT 1' 2>&1");
    expect((await measureDatabases({ ...measured, now: Date.now })).get(`${person.member} shop_dev`)?.use.postgres).toBeGreaterThan(1_024);
    expect(await answers()).toBe("1\n"); // it was opened just now
    await measureDatabases({ ...measured, now: () => Date.now() + openedMs + 1_000 });
    expect([await answers(), openedDatabases.size]).toEqual([
      expect.stringMatching(/not permitted to log in|not .*accepting connections/),
      0,
    ]);
    expect((await open()).warning).toMatch(
      /^Its databases hold .* In 10 minutes nobody can log in to it any more, until your next turn\.$/,
    );
    expect(await shell("psql -qAt -c 'DROP TABLE big' && echo gone")).toBe("gone\n");
    expect((await open()).warning).toBeUndefined();
  });
});
