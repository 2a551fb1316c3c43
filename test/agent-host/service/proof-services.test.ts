import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerName } from "../../../schema/machine/instance.ts";
import { agentServicesSeen } from "../../../schema/stack/agent-services.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import {
  boxName,
  command,
  engine,
  makeRepository,
  mustRunAsAgent,
  quote,
  runAsAgent,
  runChecks,
  startAuthor,
  writeFilesLine,
} from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { agent, openShell } from "../opencode/neighbours.ts";
import { environment, pushMain } from "../release/app-client.ts";
import { callHost, newPerson, placeStack, putStack, signStackTicket } from "../runner-client.ts";

/** Postgres and Redis of clean rooms and of agents. Issue 10.9. */
const person = newPerson();
let daemon: Started;
let repo = "";
let main = "";

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  await startAuthor(person);
  repo = await makeRepository(person, "notes");
  main = await pushMain(person, repo, { ...environment({ services: ["postgres", "redis"] }), "redis.sh": ask });
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});
const ask = 'exec redis-cli --no-auth-warning -u "$REDIS_URL" "$@"\n';
const listRooms = async () => {
  const label = [`growqr.stack=${person.stack}`, "growqr.part=run"];
  return (await engine.docker.listContainers({ all: true, filters: { label } })).map(({ Names }) => Names[0]);
};
async function pushBranch(branch: string, files: Record<string, string>): Promise<string> {
  const clone = `rm -rf c && git clone -q http://gitea:3000/${repo}.git c && cd c && git checkout -q -b ${branch}`;
  const push = `git add -A && git commit -qm work && git push -qf origin HEAD:${branch} && git rev-parse HEAD`;
  return (await mustRunAsAgent(person, `{ ${clone} && ${writeFilesLine(files)}; } >&2 && ${push}`)).split("\n").at(-1) ?? "";
}
const prove = async (branch: string, files: Record<string, string>, lines: string[]) =>
  runChecks(person, {
    ...{ repo, branch, commit: await pushBranch(branch, files), begun: { main, handed: [] }, outputs: Object.keys(files) },
    checks: lines.map((line, at) => command(`acceptance.${at}`, line)),
  });

const add = `const { execFileSync: run } = require("node:child_process");
run("psql", ["-q", "-v", "ON_ERROR_STOP=1", "-c", "CREATE TABLE note (text text)", "-c", "INSERT INTO note VALUES ('hello')"]);
run("bash", ["redis.sh", "SET", "note", "hello"]);\n`;
const uses = "node add.js && psql -qAt -c 'SELECT text FROM note' | grep -qx hello && bash redis.sh GET note | grep -qx hello";

describe("a proof of a project that asks for services", () => {
  it("has empty ones of its own, also in each trial, and leaves none", async () => {
    const first = await prove("first", { "add.js": add }, [uses]);
    expect(first.result.failures).toEqual([]);
    expect(first.result.strength?.caught).toBeGreaterThan(0);
    const more = { "add.js": add, "more.js": 'console.log("more");\n' };
    const second = await prove("second", more, [uses, "node more.js | grep -qx more"]);
    expect(second.result.failures).toEqual([]);
    await eventually("their rooms and services are gone", async () => (await listRooms()).length === 0);
  });
  it("finds nothing of another proof, and only its own role in the server", async () => {
    const look = 'test -z "$(psql -qAt -c "SELECT relname FROM pg_class WHERE relname = \'note\'")" && bash redis.sh DBSIZE | grep -qx 0';
    const roles =
      "psql -qAt -c \"SELECT rolname FROM pg_roles WHERE rolname LIKE '%\\_dev' OR rolname LIKE '%\\_live'\" | grep -vx notes_dev | wc -l | grep -qx 0";
    const admin = "! psql -h 127.0.0.1 -U growqr -d postgres -c 'SELECT 1'";
    const made = await prove("looks", { "work.txt": "work\n" }, [look, roles, admin, "grep -qx work work.txt"]);
    expect(made.result.failures).toEqual([]);
  });
  it("shares the clock of its checks, so that work that asks a server for the date is found out", async () => {
    const today = "$(date +%s)";
    const close = (asked: string) => `test $((${today} - ${asked})) -lt 60 -a $((${asked} - ${today})) -lt 60`;
    const same = [close("$(psql -qAt -c 'SELECT extract(epoch FROM now())::bigint')"), close("$(bash redis.sh TIME | head -n 1)")];
    const made = await prove("clock", { "work.txt": "work\n" }, [...same, "grep -qx work work.txt"]);
    expect(made.result.failures).toEqual([]);
    const soon = Math.round(Date.now() / 1_000) + 3_600;
    const bombs = [
      `psql -qAt -c 'SELECT extract(epoch FROM now()) < ${soon}' | grep -qx t`,
      `test $(bash redis.sh TIME | head -n 1) -lt ${soon}`,
    ];
    for (const bomb of bombs) {
      const { result } = await prove("bomb", { "work.txt": "work\n" }, [bomb, "grep -qx work work.txt"]);
      expect(result.failures).toMatchObject([{ why: "time_bomb" }]);
    }
  });
  it("can't tell its room by the names and addresses that an agent's commands have", async () => {
    const said = await callServices(person.agent, { project: "notes", services: ["postgres", "redis"] });
    expect(said.json(agentServicesSeen).variables).toEqual([
      "DATABASE_URL",
      "PGHOST",
      "PGPORT",
      "PGUSER",
      "PGPASSWORD",
      "PGDATABASE",
      "REDIS_URL",
    ]);
    const shape = /^postgres:\/\/notes_dev:[\w-]{32}@127\.0\.0\.1:5432\/notes_dev redis:\/\/default:[\w-]{32}@127\.0\.0\.1:6[34]\d\d\/0$/;
    expect(await asAgent('echo "$DATABASE_URL $REDIS_URL"')).toMatch(shape);
    const same = await prove("shape", { "work.txt": "work\n" }, [
      `echo "$DATABASE_URL $REDIS_URL" | grep -qE '${shape.source.replaceAll("\\/", "/").replaceAll("\\d", "[0-9]").replaceAll("[\\w-]", "[A-Za-z0-9_-]")}'`,
      "grep -qx work work.txt",
    ]);
    expect(same.result.failures).toEqual([]);
  });
});

const callServices = async (agent: string, body: unknown) =>
  callHost("PUT", `/stacks/${person.member}/agents/${agent}/services`, { ticket: await signStackTicket(person), body });
/** In the agent's own shell, as its commands run: its server starts it. */
const asAgent = async (line: string) => (await (await openShell(person, agent(person.agent, 0)))(line)).trim();

describe("an agent whose project asks for services", () => {
  it("works with databases for development, and can't change what its commands are given", async () => {
    expect(await asAgent("psql -qAt -c 'CREATE TABLE kept (a int)' -c 'SELECT current_database()'")).toBe("notes_dev");
    expect(await asAgent('redis-cli --no-auth-warning -u "$REDIS_URL" set a 1')).toBe("OK");
    expect((await runAsAgent(person, "ls /workspace/agents/.env")).code).not.toBe(0);
    expect((await runAsAgent(person, `echo true >>/workspace/agents/.env/${person.agent}`)).code).not.toBe(0);
    expect((await runAsAgent(person, `mv /workspace/agents/.env /workspace/agents/.other`)).code).not.toBe(0);
    expect(await asAgent("sh -c 'printenv PGDATABASE' && node -p process.env.PGUSER")).toBe("notes_dev\nnotes_dev"); // and what they start
    const { Mounts } = await engine.docker.getContainer(boxName(person)).inspect();
    expect(Mounts.map(({ Destination }) => Destination)).toEqual(["/workspace"]);
  });
  it("finds them again with their data after its box, or the whole stack, was away", async () => {
    expect((await putStack(person, 2, "stopped")).stack?.observed).toBe("stopped");
    const services = engine.docker.getContainer(dockerName(hostInstance, "services", person.member));
    expect((await putStack(person, 3, "running")).stack?.observed).toBe("running");
    await startAuthor(person);
    await services.kill({ signal: "SIGKILL" });
    expect((await callServices(person.agent, { project: "notes", services: ["postgres", "redis"] })).status).toBe(200);
    expect(await asAgent("psql -qAt -c 'SELECT count(*) FROM kept'")).toBe("0");
    expect(await asAgent('redis-cli --no-auth-warning -u "$REDIS_URL" get a')).toBe("1");
  });
  it("hears what is wrong with what was asked, and nothing changes", async () => {
    for (const body of [
      {},
      { project: "notes", services: [] },
      { project: "notes", services: ["mysql"] },
      { project: "../x", services: ["redis"] },
    ])
      expect((await callServices(person.agent, body)).status).toBe(400);
    expect((await callServices(newId("agt"), { project: "notes", services: ["redis"] })).status).toBe(404);
  });
  it("is not given a password to whoever took the port before", async () => {
    const program = `const server = require("net").createServer(), take = () => server.listen(5432, "127.0.0.1");
server.on("error", () => setTimeout(take, 2)).on("listening", () => require("fs").writeFileSync("taken", "")), take()`;
    await mustRunAsAgent(person, `rm -f taken; node -e ${quote(program)} >/dev/null 2>&1 &`);
    const label = [`growqr.stack=${person.stack}`, "growqr.part=service-way"];
    await eventually("what leads there has died, and the port is taken", async () => {
      for (const { Id } of await engine.docker.listContainers({ filters: { label } })) await engine.docker.getContainer(Id).kill();
      return (await runAsAgent(person, "test -e taken")).code === 0;
    });
    const refused = await callServices(person.agent, { project: "notes", services: ["postgres"] });
    expect(refused.json(agentServicesSeen)).toEqual({
      variables: [],
      trouble: "Another program listens on port 5432, where a service is reached.",
    });
    expect(await asAgent('echo "it has $PGPASSWORD"')).toBe("it has"); // nor do its commands know it from before
  });
  it("is given it again, unasked, once that program has ended and the services were made anew", async () => {
    await mustRunAsAgent(person, "pkill -f createServer");
    await engine.docker.getContainer(dockerName(hostInstance, "services", person.member)).remove({ force: true });
    const isGiven = async () => {
      expect(await asAgent("psql -qAt -c 'SELECT 1' 2>&1")).toBe("1");
      return true;
    };
    await eventually("it works with them", isGiven, 60_000);
  });
});
