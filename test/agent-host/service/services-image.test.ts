import { afterAll, beforeAll, expect, it } from "vitest";
import { readHostSettings } from "../../../agent-host/config.ts";
import { hardenContainer, runInContainer } from "../../../agent-host/docker.ts";
import { prepareImage, readImageTags } from "../../../agent-host/images.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { limit } from "../../harness/suite/limit.ts";
import { hostEnv } from "../../local/host.ts";
import { engine } from "../clean-room.ts";
import { edgeUrl, folder, hostInstance } from "../ground.ts";
import { newPerson } from "../runner-client.ts";

/** The program that runs the servers, without a daemon. Issue 10.9. */
const name = dockerName(hostInstance, "services", newPerson().member);
const memory = "rw,nosuid,nodev,mode=0700,uid=29000,gid=29000";

beforeAll(async () => {
  const { images } = readHostSettings(hostEnv(hostInstance, folder, { edgeUrl }));
  await prepareImage(engine.docker, "services", { ...images, log: () => undefined, signal: new AbortController().signal });
});
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

it("gives each project a Redis at a port of its own", async () => {
  const ports: (string | undefined)[] = [];
  for (let count = 0; count < 30; count += 1) ports.push(/^redis (\d+)\n/.exec(await grant(`b${count}`, "redis"))?.[1]);
  expect(ports).toEqual(ports.map((_, index) => String(6380 + index)));
});
