import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { subscriptionPlans } from "../../../schema/billing/subscription-plan.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { type StackLimits, stackLimits } from "../../../schema/stack/stack.ts";
import { eventually } from "../../harness/eventually.ts";
import { hostFolder } from "../../local/host.ts";
import type { Started } from "../../local/process.ts";
import { engine } from "../clean-room.ts";
import { folder, ground, hostInstance, startDaemon } from "../ground.ts";
import { newPerson, type Person, placeStack, putStack, readStack } from "../runner-client.ts";
import { containerOf, erase, inspectPair, objectsOfMember } from "./member-pair.ts";

let daemon: Started;
beforeAll(async () => {
  daemon = await startDaemon();
});
afterAll(async () => {
  await daemon?.stop();
});

const words = async (person: Person) => (await inspectPair(person)).map((each) => each.State.Status).join(" ");

describe("a stack", () => {
  it("comes up cold, walled in, and goes through every tier", async () => {
    const person = newPerson();
    const up = await putStack(person, 1, "running");
    expect(up.stack).toMatchObject({ observed: "running", generation: 1, epoch: 1 });
    const steps = up.lines.flatMap((line) => (line.type === "step" && line.state === "done" ? [line.step] : []));
    expect(steps.sort()).toEqual(["gitea", "network", "opencode"]);

    for (const { Config, HostConfig } of await inspectPair(person)) {
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
    expect(await objectsOfMember(person)).toEqual([]);
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
    expect((await objectsOfMember(person)).filter((name) => name.includes("-opencode-"))).toHaveLength(1);
    const made = (await inspectPair(person)).map(({ Id, State }) => [Id, State.StartedAt]);
    expect((await putStack(person, 2, "running")).stack?.observed).toBe("running");
    expect((await inspectPair(person)).map(({ Id, State }) => [Id, State.StartedAt])).toEqual(made);
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
    await containerOf(person, "opencode").kill();
    await eventually("it runs again", async () => (await words(person)) === "running running");
    await erase(person, 2);
  });

  it("leaves a stranger's container by the same name alone", async () => {
    const person = newPerson();
    const name = dockerName(hostInstance, "opencode", person.member);
    const stranger = await engine.docker.createContainer({ name, Image: "debian:bookworm-slim", Cmd: ["true"] });
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

/** What the last heartbeat said of the plan, as the daemon keeps it. */
function toldLimits(person: Person): { [name in keyof StackLimits]?: StackLimits[name] | undefined } {
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
    const before = (await inspectPair(person))[1];
    const plan = async (name: keyof typeof subscriptionPlans) => {
      const client = createClient({ url: ground.libsqlUrl });
      await client.execute({ sql: "update subscription set plan = ? where member = ?", args: [name, person.member] });
      client.close();
    };
    const has = async ({ memoryMb, pids }: { memoryMb: number; pids: number }) => {
      const { HostConfig } = await containerOf(person, "opencode").inspect();
      return HostConfig.Memory === (memoryMb - 512) * 1024 * 1024 && HostConfig.PidsLimit === pids;
    };
    await eventually("the first heartbeat's word", async () => Object.keys(toldLimits(person)).length > 0);
    await plan("trial");
    await eventually("the smaller plan's word", async () => toldLimits(person).agents === subscriptionPlans.trial.agents);
    await plan("studio");
    await eventually("the larger box", () => has(subscriptionPlans.studio));
    const after = (await inspectPair(person))[1];
    expect([after.Id, after.State.Pid]).toEqual([before.Id, before.State.Pid]);
    await containerOf(person, "opencode").update({ PidsLimit: 300 }); // as if the daemon had died before it told Docker
    await daemon.stop();
    daemon = await startDaemon();
    await eventually("the box as its plan says", () => has(subscriptionPlans.studio));
    await plan("trial");
    await eventually("the smaller box", () => has(subscriptionPlans.trial));
    expect((await inspectPair(person))[1].State.Pid).toBe(before.State.Pid);
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
