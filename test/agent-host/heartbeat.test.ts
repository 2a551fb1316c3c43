import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openHost } from "../../agent-host/cli/serve.ts";
import { readHostSettings } from "../../agent-host/config.ts";
import { removeVolume } from "../../agent-host/docker.ts";
import type { Host } from "../../agent-host/host.ts";
import { Heartbeat } from "../../agent-host/machine/heartbeat.ts";
import { readHostMachine } from "../../agent-host/machine/machine.ts";
import { RevokedMachines } from "../../agent-host/machine/revoked.ts";
import { mostDaysTold } from "../../agent-host/machine/use-report.ts";
import { ServiceKeeper } from "../../agent-host/service/service-keeper.ts";
import { DiskUse } from "../../agent-host/stack/disk-use.ts";
import { Stacks } from "../../agent-host/stack/stack.ts";
import { type HeartbeatIn, heartbeatIn } from "../../schema/machine/host.ts";
import { dockerName } from "../../schema/machine/instance.ts";
import { egressDaysKept } from "../../schema/stack/egress-use.ts";
import { id } from "../../schema/wire/id.ts";
import { hostEnv, hostFolder } from "../local/host.ts";
import { edgeUrl, folder, ground, hostInstance } from "./ground.ts";
import { limits, newPerson, type Person } from "./runner-client.ts";

const mb = 1024 * 1024;
const today = 20_000;
/** What the edge was told, and whether an answer is lost that was to what stacks use. */
let told: HeartbeatIn[] = [];
let isLost = false;
/** The edge is of before there was use. */
let isOlder = false;
/** In which of six heartbeats it is told. */
const hasUse = ({ sequence }: { sequence: number }) => sequence % 6 === 3;
/** In front of the edge: it keeps what passes. */
let way: Server;
beforeAll(async () => {
  way = createServer(async (request, response) => {
    const body = await text(request);
    const heard = heartbeatIn.parse(JSON.parse(body));
    told.push(heard);
    if (isLost && hasUse(heard)) return response.writeHead(503).end();
    const { host: _, connection: __, ...headers } = request.headers as Record<string, string>;
    const answer = await fetch(edgeUrl + request.url, { method: "POST", headers, body });
    const { useTaken, ...older } = (await answer.json()) as { useTaken?: boolean };
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(isOlder ? older : { ...older, useTaken }));
  });
  await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve));
});
afterAll(() => way.close());

let state: string;
let host: Host;
let disk: DiskUse;
let stacks: Stacks;
let heartbeat: Heartbeat;
let now: number;
let elapsed: number;
function begin(port = (way.address() as { port: number }).port): void {
  const machine = { ...readHostMachine(hostFolder(folder))!, edge: `http://127.0.0.1:${port}` };
  stacks = new Stacks(host);
  disk = new DiskUse(host, stacks);
  const keeper = new ServiceKeeper(host);
  heartbeat = new Heartbeat(host, stacks, () => machine, undefined, {
    revoked: new RevokedMachines(host),
    keeper,
    disk,
    versions: undefined,
  });
  heartbeat.stop(); // this test is its clock
}
beforeEach(async () => {
  state = mkdtempSync(path.join(tmpdir(), "heartbeat-"));
  [now, elapsed] = [today * 86_400_000 + 1, 1];
  const settings = readHostSettings({ ...hostEnv(hostInstance, folder), STATE_FOLDER: state });
  host = { ...(await openHost(settings, () => undefined, {})), now: () => now, elapsed: () => elapsed };
  [told, isLost, isOlder] = [[], false, false];
  begin();
});
afterEach(async () => {
  await host.images.stop();
  host.ledger.close();
  rmSync(state, { recursive: true });
});

/** As many as hold one in which the edge reads what stacks use; answers what that said of these persons. */
async function beat(...persons: Person[]) {
  const from = told.length;
  const taken: boolean[] = [];
  for (let i = 0; i < 6; i += 1) taken.push(await heartbeat.send());
  expect(taken.filter((each) => !each)).toHaveLength(isLost ? 1 : 0);
  const use = told.slice(from);
  const withUse = use.filter(hasUse);
  expect(withUse).toHaveLength(1);
  const others = use.filter((each) => !hasUse(each)).flatMap(({ stacks }) => stacks);
  expect(others.filter(({ egress, disk }) => egress || disk)).toEqual([]);
  return persons.map(({ member }) => {
    const { egress, disk } = withUse[0]!.stacks.find((stack) => stack.member === member)!;
    return { ...(egress ? { egress } : {}), ...(disk ? { disk } : {}) };
  });
}
function take(person: Person): Person {
  const { member, stack } = person;
  const order = { epoch: 1, ceiling: "running" as const, ceilingRev: 1, limits };
  host.ledger.accept({ member, stack, host: id("hst").parse(ground.host), ...order }, { generation: 1, tier: "stopped" });
  return person;
}
const count = ({ member }: Person, day: number, name: string, bytes: number, app?: string) =>
  host.ledger.egress.add([{ member, day, name, bytes, requests: 1, ...(app ? { app } : {}) }]);

describe("what a heartbeat says of egress", () => {
  it("is a day's sum over names and apps, told until the edge has taken that number, and again when it has grown", async () => {
    const [first, second] = [take(newPerson()), take(newPerson())];
    count(first, today, "one.example.org", 100);
    count(first, today, "two.example.org", 20, "shop");
    count(first, today - 1, "one.example.org", 7);
    count(second, today, "one.example.org", 5);
    const days = [
      { day: today - 1, bytes: 7 },
      { day: today, bytes: 120 },
    ];
    isLost = true;
    expect(await beat(first, second)).toEqual([{ egress: days }, { egress: [{ day: today, bytes: 5 }] }]);
    isLost = false;
    expect(await beat(first, second)).toEqual([{ egress: days }, { egress: [{ day: today, bytes: 5 }] }]);
    expect(await beat(first, second)).toEqual([{}, {}]);
    count(first, today, "one.example.org", 1);
    count(second, today, "one.example.org", 0); // a request that carried nothing yet
    expect(await beat(first, second)).toEqual([{ egress: [{ day: today, bytes: 121 }] }, {}]);
    now += 86_400_000;
    count(first, today, "one.example.org", 1); // written after midnight
    expect(await beat(first, second)).toEqual([{ egress: [{ day: today, bytes: 122 }] }, {}]);
    begin(); // a restart knows nothing of what was taken
    expect(await beat(second)).toEqual([{ egress: [{ day: today, bytes: 5 }] }]);
  });

  it("is told to no edge that has not said that it takes it", async () => {
    const person = take(newPerson());
    count(person, today, "one.example.org", 100);
    isOlder = true;
    expect(await beat(person)).toEqual([{}]);
    isOlder = false;
    expect(await beat(person)).toEqual([{ egress: [{ day: today, bytes: 100 }] }]);
  });
  it("has no more days than the edge takes, whatever the ledger still holds", async () => {
    const person = take(newPerson());
    for (let day = today - egressDaysKept - 5; day < today + 5; day += 1) count(person, day, "one.example.org", 1);
    const [use] = await beat(person);
    expect(use?.egress).toHaveLength(egressDaysKept + 1);
    expect(use?.egress?.at(-1)?.day).toBe(today);
  });
  it("is told in parts where a host with many stacks begins anew", async () => {
    const perStack = egressDaysKept + 1;
    const persons = Array.from({ length: Math.ceil(mostDaysTold / perStack) + 1 }, () => take(newPerson()));
    const days = Array.from({ length: perStack }, (_, day) => today - day);
    host.ledger.egress.add(
      persons.flatMap(({ member }) => days.map((day) => ({ member, day, name: "example.org", requests: 1, bytes: 9 }))),
    );
    const tellCount = async () => (await beat(...persons)).flatMap(({ egress = [] }) => egress).length;
    expect(await tellCount()).toBe(mostDaysTold);
    expect(await tellCount()).toBe(persons.length * perStack - mostDaysTold);
    expect(await tellCount()).toBe(0);
  });
});

describe("what a heartbeat says of a stack's disk", () => {
  const volumes = (person: Person) => (["gitea-data", "workspace"] as const).map((part) => dockerName(hostInstance, part, person.member));
  let person: Person;
  let box: string;
  beforeEach(async () => {
    person = take(newPerson());
    const { docker } = host.engine;
    const Labels = { "growqr.instance": hostInstance.label, "growqr.stack": person.stack };
    for (const Name of volumes(person)) await docker.createVolume({ Name, Labels });
    box = (await docker.getVolume(volumes(person)[1]!).inspect()).Mountpoint;
  });
  afterEach(async () => {
    for (const name of volumes(person)) await removeVolume(host, name);
  });
  const measure = async () => {
    await stacks.refresh();
    await disk.measure();
  };

  it("is what its volumes hold, told until the edge has taken it, and again when it was measured again", async () => {
    await measure();
    isLost = true;
    const [refused] = await beat(person);
    isLost = false;
    const [before] = await beat(person);
    expect(before).toEqual(refused);
    expect(before?.disk?.at).toBe(now);
    expect(await beat(person)).toEqual([{}]);

    writeFileSync(path.join(box, "file"), Buffer.alloc(3 * mb, 1), { flush: true });
    truncateSync(path.join(box, "file"), 1024 ** 4);
    symlinkSync("/", path.join(box, "root"));
    await measure(); // not due: nothing of it runs
    expect(await beat(person)).toEqual([{}]);
    [now, elapsed] = [now + 86_400_000, elapsed + 86_400_000];
    await measure();
    const grown = (await beat(person))[0]!.disk!;
    expect(grown.at).toBe(now);
    expect(grown.bytes - before!.disk!.bytes).toBeGreaterThanOrEqual(3 * mb);
    expect(grown.bytes - before!.disk!.bytes).toBeLessThan(4 * mb);
  });

  it("is measured again an hour later where something ran meanwhile, however short, and else a day later", async () => {
    let runs = false;
    disk = new DiskUse(host, { running: () => runs, hasVolumes: () => true });
    const measureAfter = async (ms: number) => {
      [now, elapsed] = [now + ms, elapsed + ms];
      await disk.measure();
      return disk.list().get(person.member)?.at === now;
    };
    const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
    expect(await measureAfter(0)).toBe(true);
    runs = true;
    expect(await measureAfter(minute)).toBe(false);
    runs = false;
    expect([await measureAfter(hour - 2 * minute), await measureAfter(minute)]).toEqual([false, true]);
    expect([await measureAfter(hour), await measureAfter(day - hour)]).toEqual([false, true]);
    host.ledger.forget(person.member);
    await disk.measure();
    expect(disk.list().size).toBe(0);
  });
  it("is over where it is more than the heartbeat's answer allows, and never without such a word", async () => {
    let answered: object = {};
    const edge = createServer((_, response) => {
      const view = { member: person.member, epoch: 1, ceiling: "running", ceilingRev: 1, ...answered };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ leaseMs: 15_000, stacks: [view] }));
    });
    await new Promise<void>((resolve) => edge.listen(0, "127.0.0.1", resolve));
    const { port } = edge.address() as { port: number };
    begin(port);
    writeFileSync(path.join(box, "file"), Buffer.alloc(3 * mb, 1), { flush: true });
    await measure();
    const isOver = async (answer: object) => {
      answered = answer;
      expect(await heartbeat.send()).toBe(true);
      return disk.isOver(person.member);
    };
    expect([await isOver({}), await isOver({ diskMb: 2 }), await isOver({ diskMb: 100 })]).toEqual([false, true, false]);
    expect([await isOver({ diskMb: 2 }), await isOver({})]).toEqual([true, false]); // an edge of before
    await new Promise((resolve) => edge.close(resolve));
  });
  it("is over its plan where it can't be measured in its time, and not without a limit", async () => {
    const clock = { ...host, elapsed: () => (elapsed += 1) };
    disk = new DiskUse(clock, { running: () => true, hasVolumes: () => true }, 1);
    writeFileSync(path.join(box, "file"), "");
    await disk.measure();
    expect([disk.list().size, disk.isOver(person.member)]).toEqual([0, false]);
    disk.allow(person.member, 1_000_000);
    expect(disk.isOver(person.member)).toBe(true);
  });
  it("is measured once in a round, and after a round none begins for as long as that took", async () => {
    const hour = 3_600_000;
    const looks = { running: () => true, hasVolumes: () => true };
    const hasVolumes = () => {
      elapsed += 2 * hour; // a slow disk
      return true;
    };
    disk = new DiskUse(host, { ...looks, hasVolumes });
    const measureAfter = async (ms: number) => {
      [now, elapsed] = [now + 1, elapsed + ms];
      await disk.measure();
      return disk.list().get(person.member)?.at === now;
    };
    const began = elapsed;
    expect(await measureAfter(0)).toBe(true);
    const took = elapsed - began;
    expect(took).toBeGreaterThanOrEqual(2 * hour);
    expect([await measureAfter(took - 1), await measureAfter(1)]).toEqual([false, true]);
  });
  it("is nothing for a stack without volumes, and none is waited for that goes meanwhile", async () => {
    await stacks.refresh();
    for (const name of volumes(person)) await removeVolume(host, name);
    await disk.measure();
    expect(await beat(person)).toEqual([{}]);
  });
});
