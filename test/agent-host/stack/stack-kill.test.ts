import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { hostFolder } from "../../local/host.ts";
import type { Started } from "../../local/process.ts";
import { engine } from "../clean-room.ts";
import { folder, hostInstance, startDaemon } from "../ground.ts";
import { closeStackRow, newPerson, placeStack, putStack, readStack } from "../runner-client.ts";
import { erase, inspectPair, objectsOfMember } from "./member-pair.ts";

let daemon: Started;
beforeAll(async () => {
  daemon = await startDaemon();
});
afterAll(async () => {
  await daemon?.stop();
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
    expect((await objectsOfMember(person)).sort()).toHaveLength(5);
    expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
    await erase(person, 2);
    expect(await objectsOfMember(person)).toEqual([]);
  });

  it("leaves the containers running, and TERM does as well", async () => {
    const person = newPerson();
    await placeStack(person);
    await putStack(person, 1, "running");
    const before = (await inspectPair(person)).map((each) => each.State.StartedAt);
    await restart();
    await daemon.stop();
    expect((await inspectPair(person)).map((each) => each.State.StartedAt)).toEqual(before);
    daemon = await startDaemon();
    expect((await readStack(person)).observed).toBe("running");
    expect((await inspectPair(person)).map((each) => each.State.StartedAt)).toEqual(before);
    await erase(person, 2);
  });

  it("ends an erasure that was cut off after the pair's volumes, and what comes to light after its end", async () => {
    const person = newPerson();
    await placeStack(person);
    await putStack(person, 1, "stopped");
    const [snapshot, data] = ["snapshot", "app-data"].map((part) => `growqr-${hostInstance.name}-${part}-${person.member}-x`);
    const Labels = { "growqr.instance": hostInstance.label, "growqr.stack": person.stack };
    await engine.docker.createVolume({ Name: snapshot!, Labels: { ...Labels, "growqr.part": "snapshot" } });
    await restart();
    await engine.docker.createVolume({ Name: data!, Labels: { ...Labels, "growqr.part": "app-data" } });
    expect(await objectsOfMember(person)).toContain(data);
    await erase(person, 2);
    expect(await objectsOfMember(person)).toEqual([]);
    // Work that was under way makes one more when the ledger has no such stack: the edge asks for it still.
    await engine.docker.createVolume({ Name: data!, Labels: { ...Labels, "growqr.part": "app-data" } });
    await closeStackRow(person);
    await eventually("it is gone too", async () => ((await objectsOfMember(person)).length === 0 ? true : undefined));
  });

  it("that was away while a stack was to be erased hears it when it is back, and keeps no byte of it", async () => {
    const person = newPerson();
    await placeStack(person);
    await putStack(person, 1, "running");
    const ledger = () => {
      const files = readdirSync(hostFolder(folder)).filter((each) => each.startsWith("ledger.sqlite"));
      return files.filter((each) => readFileSync(path.join(hostFolder(folder), each)).includes(person.member));
    };
    await daemon.kill();
    await closeStackRow(person);
    expect([(await objectsOfMember(person)).length, ledger().length > 0]).toEqual([5, true]);
    daemon = await startDaemon();
    await eventually("nothing is left", async () =>
      (await objectsOfMember(person)).length === 0 && ledger().length === 0 ? true : undefined,
    );
  });

  it("adopts what it finds when its ledger is lost", async () => {
    const person = newPerson();
    await placeStack(person, 4);
    await putStack(person, 7, "running", { epoch: 4 });
    const before = (await inspectPair(person)).map((each) => each.Id);
    await daemon.kill();
    const state = hostFolder(folder);
    for (const name of readdirSync(state).filter((each) => each.startsWith("ledger.sqlite")))
      renameSync(path.join(state, name), path.join(folder, `lost-${name}`));
    daemon = await startDaemon();
    await eventually("the lease is back", async () => (await readStack(person, { epoch: 4 })).observed === "running");
    expect((await inspectPair(person)).map((each) => each.Id)).toEqual(before);
    expect((await putStack(person, 8, "running", { epoch: 4 })).stack).toMatchObject({ epoch: 4, generation: 8, observed: "running" });
    await erase(person, 9, { epoch: 4 });
    expect(await objectsOfMember(person)).toEqual([]);
    for (const name of readdirSync(folder).filter((each) => each.startsWith("lost-"))) rmSync(path.join(folder, name));
    expect(existsSync(path.join(state, "ledger.sqlite"))).toBe(true);
  });
});
