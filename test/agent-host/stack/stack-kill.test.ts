import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { hostFolder } from "../../local/host.ts";
import type { Started } from "../../local/process.ts";
import { folder, startDaemon } from "../ground.ts";
import { newPerson, placeStack, putStack, readStack } from "../runner-client.ts";
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
