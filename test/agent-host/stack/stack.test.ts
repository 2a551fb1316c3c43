import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createClient } from "@libsql/client";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { subscriptionPlans } from "../../../schema/billing/entitlement.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { type StackLimits, stackLimits } from "../../../schema/stack/stack.ts";
import { eventually } from "../../harness/eventually.ts";
import { ensureDocker } from "../../local/docker/docker.ts";
import { objectsOf } from "../../local/docker/instance-objects.ts";
import { hostFolder } from "../../local/host.ts";
import type { Started } from "../../local/process.ts";
import { folder, ground, hostInstance, startDaemon } from "../ground.ts";
import { newPerson, placeStack, putStack, readStack } from "../runner-client.ts";

let daemon: Started;
let docker: Docker;
beforeAll(async () => {
  docker = await ensureDocker(() => undefined);
  daemon = await startDaemon();
});
afterAll(async () => {
  await daemon?.stop();
});

type Who = ReturnType<typeof newPerson>;
const container = (person: Who, side: "gitea" | "opencode") => docker.getContainer(dockerName(hostInstance, side, person.member));
const stateOf = async (person: Who) => Promise.all([container(person, "gitea").inspect(), container(person, "opencode").inspect()]);
const words = async (person: Who) => (await stateOf(person)).map((each) => each.State.Status).join(" ");
const erase = async (person: Who, generation: number, change: { epoch?: number } = {}) =>
  putStack(person, generation, "stopped", { ...change, ceiling: "erased", ceilingRev: 1000 });
const objects = async (person: Who) =>
  Object.values(await objectsOf(docker, hostInstance))
    .flat()
    .filter((name) => name.includes(person.member));

describe("a stack", () => {
  it("comes up cold, walled in, and goes through every tier", async () => {
    const person = newPerson();
    const up = await putStack(person, 1, "running");
    expect(up.stack).toMatchObject({ observed: "running", generation: 1, epoch: 1 });
    const steps = up.lines.flatMap((line) => (line.type === "step" && line.state === "done" ? [line.step] : []));
    expect(steps.sort()).toEqual(["gitea", "network", "opencode"]);

    for (const { Config, HostConfig } of await stateOf(person)) {
      expect(Config.User).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        RestartPolicy: { Name: "no" },
        Privileged: false,
        Init: true,
      });
      expect(HostConfig.CapAdd ?? []).toEqual([]);
      expect(HostConfig.Memory).toBe(HostConfig.MemorySwap);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      expect(HostConfig.PortBindings ?? {}).toEqual({});
    }

    expect((await putStack(person, 2, "paused")).stack?.observed).toBe("paused");
    expect(await words(person)).toBe("paused paused");
    expect((await putStack(person, 3, "running")).stack?.observed).toBe("running");
    expect((await putStack(person, 4, "stopped")).stack?.observed).toBe("stopped");
    expect(await words(person)).toBe("exited exited");
    expect((await putStack(person, 5, "running")).stack?.observed).toBe("running");
    await erase(person, 6);
    expect(await objects(person)).toEqual([]);
  });

  it("refuses a lower generation, answers the same one again, and calls the same number with another wish a conflict", async () => {
    const person = newPerson();
    expect((await putStack(person, 5, "stopped")).stack?.observed).toBe("absent");
    expect((await putStack(person, 4, "running")).status).toBe(409);
    expect((await putStack(person, 4, "running")).text).toContain("generation_stale");
    expect((await putStack(person, 5, "stopped")).stack?.generation).toBe(5);
    expect((await putStack(person, 5, "running")).text).toContain('"conflict"');
    expect((await putStack(person, 9, "stopped", { epoch: 0 })).text).toContain("generation_stale");
    expect((await putStack(person, 1, "stopped", { epoch: 2 })).stack).toMatchObject({ epoch: 2, generation: 1 });
    await erase(person, 2, { epoch: 2 });
  });

  it("is made once by two commands at once, and stays as it is at a third", async () => {
    const person = newPerson();
    const both = await Promise.all([putStack(person, 1, "running"), putStack(person, 1, "running")]);
    expect(both.map((each) => each.stack?.observed)).toEqual(["running", "running"]);
    expect((await objects(person)).filter((name) => name.includes("-opencode-"))).toHaveLength(1);
    const made = (await stateOf(person)).map(({ Id, State }) => [Id, State.StartedAt]);
    expect((await putStack(person, 2, "running")).stack?.observed).toBe("running");
    expect((await stateOf(person)).map(({ Id, State }) => [Id, State.StartedAt])).toEqual(made);
    await erase(person, 3);
  });

  it("ends stopped when it is stopped while it starts", async () => {
    const person = newPerson();
    let stopping: ReturnType<typeof putStack> | undefined;
    const starting = await putStack(person, 1, "running", {
      onLine: (lines) => {
        if (lines.some((line) => line.type === "step" && line.step === "gitea")) stopping ??= putStack(person, 2, "stopped");
      },
    });
    expect(starting.error).toBe("generation_stale");
    expect((await stopping)?.stack).toMatchObject({ observed: "stopped", generation: 2 });
    expect(await words(person)).toBe("exited exited");
    await erase(person, 3);
  });

  it("does not start above the ceiling", async () => {
    const person = newPerson();
    expect((await putStack(person, 1, "running", { ceiling: "stopped" })).stack).toMatchObject({ observed: "absent", ceiling: "stopped" });
    await erase(person, 2);
  });

  it("is started again when a container of it ends by itself", async () => {
    const person = newPerson();
    await putStack(person, 1, "running");
    await placeStack(person);
    await container(person, "opencode").kill();
    await eventually("it runs again", async () => (await words(person)) === "running running");
    await erase(person, 2);
  });

  it("leaves a stranger's container by the same name alone", async () => {
    const person = newPerson();
    const name = dockerName(hostInstance, "opencode", person.member);
    const stranger = await docker.createContainer({ name, Image: "debian:bookworm-slim", Cmd: ["true"] });
    try {
      expect((await putStack(person, 1, "running")).error).toBe("conflict");
      expect((await stranger.inspect()).Config.Labels).toEqual({});
      await putStack(person, 2, "stopped");
    } finally {
      await stranger.remove();
    }
    await erase(person, 3);
  });
});

describe("a daemon that is killed", () => {
  const restart = async () => {
    await daemon.kill();
    daemon = await startDaemon();
  };

  it.each(["network", "gitea", "opencode"] as const)("at the step %s goes on where it was, with one stack and no orphan", async (step) => {
    const person = newPerson();
    await placeStack(person);
    let killed: Promise<void> | undefined;
    const cut = putStack(person, 1, "running", {
      onLine: (lines) => {
        if (lines.some((line) => line.type === "step" && line.step === step)) killed ??= daemon.kill();
      },
    });
    const answer = await cut.catch(() => undefined); // the connection may break before or after the answer began
    expect(answer?.stack).toBeUndefined();
    await killed;
    daemon = await startDaemon();
    await eventually("the pair runs", async () => (await readStack(person)).observed === "running");
    expect((await objects(person)).sort()).toHaveLength(5);
    expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
    await erase(person, 2);
    expect(await objects(person)).toEqual([]);
  });

  it("leaves the containers running, and TERM does as well", async () => {
    const person = newPerson();
    await placeStack(person);
    await putStack(person, 1, "running");
    const before = (await stateOf(person)).map((each) => each.State.StartedAt);
    await restart();
    await daemon.stop();
    expect((await stateOf(person)).map((each) => each.State.StartedAt)).toEqual(before);
    daemon = await startDaemon();
    expect((await readStack(person)).observed).toBe("running");
    expect((await stateOf(person)).map((each) => each.State.StartedAt)).toEqual(before);
    await erase(person, 2);
  });

  it("adopts what it finds when its ledger is lost", async () => {
    const person = newPerson();
    await placeStack(person, 4);
    await putStack(person, 7, "running", { epoch: 4 });
    const before = (await stateOf(person)).map((each) => each.Id);
    await daemon.kill();
    const state = hostFolder(folder);
    for (const name of readdirSync(state).filter((each) => each.startsWith("ledger.sqlite")))
      renameSync(path.join(state, name), path.join(folder, `lost-${name}`));
    daemon = await startDaemon();
    await eventually("the lease is back", async () => (await readStack(person, { epoch: 4 })).observed === "running");
    expect((await stateOf(person)).map((each) => each.Id)).toEqual(before);
    expect((await putStack(person, 8, "running", { epoch: 4 })).stack).toMatchObject({ epoch: 4, generation: 8, observed: "running" });
    await erase(person, 9, { epoch: 4 });
    expect(await objects(person)).toEqual([]);
    for (const name of readdirSync(folder).filter((each) => each.startsWith("lost-"))) rmSync(path.join(folder, name));
    expect(existsSync(path.join(state, "ledger.sqlite"))).toBe(true);
  });
});

/** What the last heartbeat said of the plan, as the daemon keeps it. */
function toldLimits(person: Who): { [name in keyof StackLimits]?: StackLimits[name] | undefined } {
  const db = new DatabaseSync(path.join(hostFolder(folder), "ledger.sqlite"), { readOnly: true });
  const row = db.prepare("SELECT told_limits AS told FROM stack WHERE member = ?").get(person.member);
  db.close();
  return stackLimits.partial().parse(JSON.parse(String(row?.told || "{}")));
}

describe("a change of plan", () => {
  it("reaches a box that runs without a restart, and a daemon that was killed before it told Docker tells it later", async () => {
    const person = newPerson();
    await placeStack(person);
    await putStack(person, 1, "running");
    const before = (await stateOf(person))[1];
    const plan = async (name: keyof typeof subscriptionPlans) => {
      const client = createClient({ url: ground.libsqlUrl });
      await client.execute({ sql: "update subscription set plan = ? where member = ?", args: [name, person.member] });
      client.close();
    };
    const has = async ({ memoryMb, pids }: { memoryMb: number; pids: number }) => {
      const { HostConfig } = await container(person, "opencode").inspect();
      return HostConfig.Memory === (memoryMb - 512) * 1024 * 1024 && HostConfig.PidsLimit === pids;
    };
    await eventually("the first heartbeat's word", async () => Object.keys(toldLimits(person)).length > 0);
    await plan("trial");
    await eventually("the smaller plan's word", async () => toldLimits(person).agents === subscriptionPlans.trial.agents);
    await plan("studio");
    await eventually("the larger box", () => has(subscriptionPlans.studio));
    const after = (await stateOf(person))[1];
    expect([after.Id, after.State.Pid]).toEqual([before.Id, before.State.Pid]);
    await container(person, "opencode").update({ PidsLimit: 300 }); // as if the daemon had died before it told Docker
    await daemon.stop();
    daemon = await startDaemon();
    await eventually("the box as its plan says", () => has(subscriptionPlans.studio));
    await plan("trial");
    await eventually("the smaller box", () => has(subscriptionPlans.trial));
    expect((await stateOf(person))[1].State.Pid).toBe(before.State.Pid);
    await erase(person, 2);
  });
});

describe("a lease", () => {
  it("that ends pauses the stack, whatever a heartbeat says of another epoch, and comes back with the next call of its own", async () => {
    const person = newPerson(); // not in the registry: the heartbeat's answer does not name it
    const moved = newPerson();
    await placeStack(moved, 2); // the answer names an epoch of which no command has come
    await putStack(person, 1, "running");
    await putStack(moved, 1, "running");
    await eventually("it is paused", async () => (await words(person)) === "paused paused", 45_000);
    await eventually("so is the other", async () => (await words(moved)) === "paused paused", 45_000);
    await erase(moved, 2);
    await readStack(person);
    await eventually("it runs", async () => (await words(person)) === "running running");
    await erase(person, 2);
  });
});
