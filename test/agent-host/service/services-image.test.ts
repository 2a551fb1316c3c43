import { afterAll, beforeAll, expect, it } from "vitest";
import { hardenContainer, runInContainer } from "../../../agent-host/docker.ts";
import { readImageTags } from "../../../agent-host/images.ts";
import { readSizes } from "../../../agent-host/service/database-use.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { eventually } from "../../harness/eventually.ts";
import { limit } from "../../harness/suite/limit.ts";
import { engine } from "../clean-room.ts";
import { hostInstance } from "../ground.ts";
import { prepareLaterImage } from "../later-image.ts";
import { newPerson } from "../runner-client.ts";

/** The program that runs the servers, without a daemon. Issue 10.9. */
const name = dockerName(hostInstance, "services", newPerson().member);
const memory = "rw,nosuid,nodev,mode=0700,uid=29000,gid=29000";

beforeAll(() => prepareLaterImage("services"), limit(600_000));
const grant = (project: string, ...services: string[]) => {
  const cmd = ["services.sh", "grant", `${project}_live`, `${project}_live`, ...(services.length > 0 ? services : ["postgres", "redis"])];
  return runInContainer(engine, name, { cmd, ms: limit(60_000) });
};
afterAll(async () => {
  await engine.docker.getContainer(name).remove({ force: true });
});

it("grants what is asked before its program begins, and starts Postgres though a dead one's files name a process of today", async () => {
  const left = 'sleep 600 & mkdir -p /run/services/postgres && echo "$!" >/run/services/postgres/.s.PGSQL.5432.lock';
  const made = await engine.docker.createContainer({
    name,
    Image: readImageTags().services,
    Labels: { "growqr.instance": hostInstance.label },
    Entrypoint: ["bash", "-c", `${left} && sleep 1 && exec services.sh start`],
    HostConfig: hardenContainer({
      ...{ network: "none", memoryMb: 512, cpus: 1, pids: 256, hosts: {} },
      tmpfs: { "/tmp": memory, "/var/lib/growqr": memory, "/run/services": memory },
    }),
  });
  await made.start();
  const printed = await grant("a");
  expect(printed).toMatch(/^redis 6379\npassword [\w-]{32}\n$/);
  expect(await grant("a")).toBe(printed);
});

const script = (...cmd: string[]) => runInContainer(engine, name, { cmd: ["services.sh", ...cmd], ms: limit(60_000) });
const asPlatform = (line: string) => ["psql", "-qAtX", "-h", "/run/services/postgres", "-U", "growqr", "-d", "postgres", "-c", line];
const askPlatform = (line: string) => runInContainer(engine, name, { cmd: asPlatform(line) });
it("has room for the connections of ten projects, and says what each keeps", async () => {
  await script("grant", "a_dev", "a_dev", "postgres");
  const limits = "SELECT rolname, rolconnlimit FROM pg_roles WHERE rolname ~ '^a_' ORDER BY rolname";
  expect(await askPlatform(limits)).toBe("a_dev|16\na_live|30\n");
  expect(Number(await askPlatform("SHOW max_connections"))).toBeGreaterThanOrEqual(10 * (30 + 16) + 3);
  expect([...readSizes(await script("sizes")).keys()].sort()).toEqual(["a_dev", "a_live"]);
});
it("closes a database until it is granted again, and ends who works in it and nobody else", async () => {
  const canLogIn = () => askPlatform("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'a_dev'");
  const working = () => askPlatform("SELECT usename FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(300)' ORDER BY 1");
  const work = (role: string) =>
    `PGPASSWORD=$(cat /var/lib/growqr/access/${role}) psql -h /run/services/postgres -U ${role} -c "SELECT pg_sleep(300)" >/dev/null 2>&1 &`;
  await runInContainer(engine, name, { cmd: ["bash", "-c", `${work("a_dev")} ${work("a_live")}`] });
  await eventually("both work", async () => (await working()) === "a_dev\na_live\n");
  expect([await script("close", "a_dev"), await canLogIn()]).toEqual(["closed\n", "f\n"]);
  await eventually("one of them was ended", async () => (await working()) === "a_live\n");
  expect([await script("close", "a_dev"), await working()]).toEqual(["", "a_live\n"]);
  await script("grant", "a_dev", "a_dev");
  expect(await canLogIn()).toBe("f\n"); // to look at its password opens nothing
  await script("grant", "a_dev", "a_dev", "postgres");
  expect(await canLogIn()).toBe("t\n");
});
it("gives each project a Redis at a port of its own", async () => {
  const ports: (string | undefined)[] = [];
  for (let count = 0; count < 30; count += 1) ports.push(/^redis (\d+)\n/.exec(await grant(`b${count}`, "redis"))?.[1]);
  expect(ports).toEqual(ports.map((_, index) => String(6380 + index)));
});
