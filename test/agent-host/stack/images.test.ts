import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeMachine } from "../../../agent-host/cli/commands.ts";
import { startDaemon as serve } from "../../../agent-host/cli/serve.ts";
import { readHostSettings } from "../../../agent-host/config.ts";
import { describeAwaited, HostImages, type ImageSource, imageBackoff, readImageStates } from "../../../agent-host/host-images.ts";
import { type ImageName, imageNames, trustAuthorities } from "../../../agent-host/images.ts";
import { hostsOut } from "../../../schema/machine/machine-view.ts";
import type { StackLine } from "../../../schema/stack/stack.ts";
import { eventually } from "../../harness/eventually.ts";
import { hostEnv } from "../../local/host.ts";
import { operatorEmail, signIn } from "../../local/identity.ts";
import { edgeUrl, folder, ground, hostInstance } from "../ground.ts";
import { newPerson, type Person, placeStack, putStack, readStack } from "../runner-client.ts";

const quiet = () => undefined;
const settings = readHostSettings(hostEnv(hostInstance, folder, { edgeUrl }));

/** A preparation that goes on only as the test says. What it prepares is on this machine already. */
class HeldImages implements ImageSource {
  readonly tries: Record<ImageName, PromiseWithResolvers<void>[]> = { gitea: [], opencode: [], full: [], services: [] };
  readonly log: Partial<Record<ImageName, (line: string) => void>> = {};
  has = async () => false;
  prepare: ImageSource["prepare"] = (name, log, signal) => {
    const held = Promise.withResolvers<void>();
    this.tries[name].push(held);
    this.log[name] = log;
    signal.addEventListener("abort", () => held.reject(new Error("ended")));
    return held.promise;
  };
  finish(name: ImageName): void {
    this.tries[name].at(-1)?.resolve();
  }
  async fail(name: ImageName, reason: string): Promise<void> {
    const { length } = this.tries[name];
    this.tries[name].at(-1)?.reject(new Error(reason));
    await eventually(`${name} is tried again`, async () => this.tries[name].length > length);
  }
}

type ImageLine = Extract<StackLine, { type: "step" }>;
const imageLines = (lines: StackLine[]) => lines.filter((line): line is ImageLine => line.type === "step" && line.step === "image");
/** A stack that is started and waits; `lines` are what its runner has heard of it until now. */
async function startWaiting(person: Person, generation = 1) {
  let lines: StackLine[] = [];
  const answer = putStack(person, generation, "running", { onLine: (heard) => (lines = heard) });
  answer.catch(quiet); // awaited by the test, or cut off by the end of the daemon
  await eventually("it waits", async () => imageLines(lines).length > 0);
  return { answer, lines: () => imageLines(lines), last: () => imageLines(lines).at(-1) };
}

describe("a daemon without images", () => {
  let images: HeldImages;
  let daemon: Awaited<ReturnType<typeof serve>>;
  let begunAt = 0;
  beforeAll(async () => {
    begunAt = Date.now();
    images = new HeldImages();
    daemon = await serve(settings, quiet, { source: images, backoff: () => 500 });
  });
  afterAll(async () => {
    await daemon?.stop();
  });

  it("serves at once and prepares both side by side; a stopped stack needs none", async () => {
    expect(imageNames.map((name) => images.tries[name].length)).toEqual([1, 1]);
    expect(readImageStates(settings.state)).toMatchObject({ gitea: { state: "preparing" }, opencode: { state: "preparing" } });
    const person = newPerson();
    expect((await putStack(person, 1, "stopped")).stack?.observed).toBe("absent");
    await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  });

  it("stops a waiting stack before any image is here, and the start is told that a newer command has the say", async () => {
    const person = newPerson();
    const waiting = await startWaiting(person);
    // No image is made before the next test: a stop that waited for one would never answer.
    expect((await putStack(person, 2, "stopped")).stack).toMatchObject({ observed: "absent", generation: 2 });
    expect(readImageStates(settings.state)).toMatchObject({ gitea: { state: "preparing" }, opencode: { state: "preparing" } });
    expect(await waiting.answer).toMatchObject({ error: "generation_stale" });
    expect(waiting.lines().map((line) => line.state)).toEqual(["started"]);
    await putStack(person, 3, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  });

  it("lets a stack wait with a line for each thing that is done and each failure, and starts it when both are here", async () => {
    const person = newPerson();
    const others = [newPerson(), newPerson(), newPerson()]; // as many as Docker's queue works on at once
    const waiting = await startWaiting(person);
    const behind = await Promise.all(others.map((other) => startWaiting(other)));
    images.log.gitea?.("compiling it");
    await eventually("the line is told", async () => waiting.last()?.detail === "Building Gitea's image: compiling it");
    const since = waiting.last()?.since ?? 0;
    expect([begunAt <= since, since <= Date.now()]).toEqual([true, true]);
    expect((await readStack(person)).observed).toBe("creating");

    await images.fail("gitea", "no network.\nthe rest of a long output");
    await images.fail("gitea", "no network either");
    images.finish("opencode");
    images.log.gitea?.("compiling it again");
    const told = () => waiting.lines().map((line) => line.detail ?? line.state);
    await eventually("the failures are told", async () => told().at(-1) === "Building Gitea's image: compiling it again");
    expect(told()).toContain("Building Gitea's image failed: no network. It is tried again after 1 s.");
    expect(describeMachine(settings)).toContain("Building Gitea's image: compiling it again");
    const operator = await signIn(ground.identityUrl, operatorEmail);
    const asOperator = async () => {
      const answer = await fetch(`${edgeUrl}/hosts`, { headers: { authorization: `Bearer ${await operator.token()}` } });
      return hostsOut.parse(await answer.json()).hosts.find(({ id }) => id === ground.host)?.image;
    };
    const making = { failed: false, line: "Building Gitea's image: compiling it again" };
    await eventually("the operator reads it", async () => JSON.stringify(await asOperator()) === JSON.stringify(making));

    for (const [index, other] of others.entries()) {
      await putStack(other, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
      await behind[index]?.answer;
    }
    images.finish("gitea");
    const up = await waiting.answer;
    expect(up.stack?.observed).toBe("running");
    expect(waiting.last()).toMatchObject({ state: "done", ms: expect.any(Number) });
    const [now] = (describeMachine(settings) ?? "").split("\n").filter((line) => line.includes(person.member));
    expect(now).toMatch(/generation 1 wants running \(ceiling running\), 0 agents$/); // and no last error
    expect(describeMachine(settings)).toContain("both images are here");
    await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  });
});

it("a daemon that ends while a stack waits ends what prepares its images and waits for none, and the next one goes on as if nothing had failed", async () => {
  const first = new HeldImages();
  const before = await serve(settings, quiet, { source: first });
  const person = newPerson();
  await placeStack(person);
  const waiting = await startWaiting(person);
  await before.stop(); // no image is ever made: an end that waited for one would never come
  const held = imageNames.flatMap((name) => first.tries[name].map(({ promise }) => promise));
  expect(await Promise.allSettled(held)).toEqual(held.map(() => ({ status: "rejected", reason: new Error("ended") })));
  expect(await waiting.answer).toMatchObject({ stack: undefined, error: undefined }); // cut off: its runner asks the next one
  expect(readImageStates(settings.state)).toBeUndefined();
  expect(describeMachine(settings)).toMatch(new RegExp(`${person.member}.*, 0 agents$`, "m")); // and no last error

  const source: ImageSource = { has: async () => true, prepare: () => Promise.reject(new Error("both are here")) };
  const after = await serve(settings, quiet, { source });
  try {
    await eventually("it runs", async () => (await readStack(person)).observed === "running");
    await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  } finally {
    await after.stop();
  }
});

it("whoever needs an image hears what is being done for it, at each change, and last where the wait ends", async () => {
  const source = new HeldImages();
  const stateFolder = mkdtempSync(path.join(tmpdir(), "growqr-images-"));
  const images = new HostImages(source, { folder: stateFolder, log: quiet, backoff: () => 500 });
  const told: string[] = [];
  const { signal } = new AbortController();
  const waiting = images.waitFor("services", signal, { ms: 60_000, tell: (detail) => told.push(detail) });
  await eventually("it is being built", async () => told.length === 1);
  source.log.services?.("putting the image together");
  await eventually("that is told", async () => told.length === 2);
  const line = "Building the image of services: putting the image together";
  await expect(images.waitFor("services", signal, { ms: 300 })).rejects.toMatchObject({ code: "unavailable", message: line });
  source.finish("services");
  await waiting;
  expect([told, source.tries.services.length]).toEqual([["Building the image of services", line], 1]);
  await images.stop();
  rmSync(stateFolder, { recursive: true });
});

it("the wait after failures grows from five seconds to two minutes", () => {
  expect([1, 2, 3, 6, 50].map(imageBackoff)).toEqual([5_000, 10_000, 20_000, 120_000, 120_000]);
});

it("what is told first is a failure, then what takes longest; nothing where nothing is missing", () => {
  const gitea = { state: "preparing", line: "compiling it", since: 5 } as const;
  const opencode = { state: "failed", reason: "no network", since: 1_000, retryAt: 11_000 } as const;
  const ready = { state: "ready", since: 1 } as const;
  expect(describeAwaited({ gitea, opencode }, imageNames)?.detail).toBe(
    "Building the box's image failed: no network. It is tried again after 10 s.",
  );
  expect(describeAwaited({ gitea, opencode }, ["gitea"])).toEqual({ detail: "Building Gitea's image: compiling it", since: 5 });
  expect(describeAwaited({ gitea: ready, opencode: ready }, imageNames)).toBeUndefined();
});

it("who needs an image for a moment waits for it, and hears that it is not there when that moment is over", async () => {
  const state = mkdtempSync(path.join(tmpdir(), "images-"));
  const source = new HeldImages();
  const images = new HostImages(source, { folder: state, log: quiet, backoff: () => 100 });
  try {
    await images.begin();
    const left = new AbortController();
    const room = images.waitFor("opencode", left.signal);
    left.abort();
    await expect(room).rejects.toMatchObject({ code: "unavailable", meta: { detail: "Building the box's image" } });
    const patient = images.waitFor("opencode", new AbortController().signal);
    source.finish("opencode");
    await patient;
  } finally {
    await images.stop();
    rmSync(state, { recursive: true });
  }
});

it("Go trusts the authority that Node was told of, unless it was told of another", () => {
  expect(trustAuthorities({ NODE_EXTRA_CA_CERTS: "/a.pem" }).SSL_CERT_FILE).toBe("/a.pem");
  expect(trustAuthorities({ NODE_EXTRA_CA_CERTS: "/a.pem", SSL_CERT_FILE: "/b.pem" }).SSL_CERT_FILE).toBe("/b.pem");
  expect(trustAuthorities({ PATH: "/bin" })).toEqual({ PATH: "/bin" });
});
