import { expect, test } from "vitest";
import type { HostCall } from "../../../actors/runner/host.ts";
import { type StackLine, stackPut } from "../../../schema/stack/stack.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { startActor, withoutOutside } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** A machine that is still preparing its images: its member's stack waits, and the log says for what. */
const folder = ownFolder();
const runs = [...withoutOutside, "provision"] as const;
const isStart = ({ method, path, body }: HostCall) =>
  method === "PUT" && path === "" && stackPut.parse(JSON.parse(String(body))).tier === "running";
const image = (state: "started" | "done", more: { detail?: string; since?: number; ms?: number } = {}): StackLine => ({
  ...{ type: "step", step: "image", state },
  ...more,
});
const building = image("started", { detail: "Building Gitea's image: compiling it", since: 5 });
const failed = image("started", { detail: "Building Gitea's image failed: no network. It is tried again after 5 s." });
const buildingAgain = image("started", { detail: "Building Gitea's image: compiling it", since: 9 });

test("what a wait is for stands once in the log, however often a host tells it, and again when it is tried again", async () => {
  const actor = await startActor(folder, { runs });
  const enough: StackLine = { type: "error", code: "ceiling", message: "The account does not allow this stack to run." };
  // The first answer ends early, as that of a host that starts anew.
  const answers = [
    [building, failed],
    [building, building, failed, buildingAgain, image("done", { ms: 70 }), enough],
  ];
  actor.host.answer = (call) =>
    isStart(call) ? { status: 200, body: (answers.shift() ?? []).map((line) => `${JSON.stringify(line)}\n`).join("") } : undefined;
  await actor.stopStack();
  await actor.act("start", {});
  await actor.settle(Date.now() + 2_000);
  expect(answers).toEqual([]);
  const steps = await actor.events("provision.step");
  expect(steps.map(({ step, state, detail, since, ms }) => ({ type: "step", step, state, detail, since, ms }))).toEqual([
    building,
    failed,
    buildingAgain,
    image("done", { ms: 70 }),
  ]);
  expect(new Set(steps.map(({ run }) => run)).size).toBe(1);
  await actor.close();
});

test("a stop while the stack waits ends the wait and is carried out, and nothing has failed", async () => {
  const actor = await startActor(folder, { runs });
  const [waits, left] = [Promise.withResolvers<void>(), new AppError("unavailable", { what: "left" })];
  const seen: string[] = [];
  actor.host.answer = (call) => {
    if (!isStart(call)) return undefined;
    waits.resolve();
    const { promise, reject } = Promise.withResolvers<never>(); // the machine itself never answers
    call.signal?.addEventListener("abort", () => seen.push("left") && reject(left));
    return promise;
  };
  await actor.stopStack();
  await actor.act("start", {});
  await waits.promise;
  await actor.stopStack();
  expect(seen).toEqual(["left"]);
  expect((await actor.events("stack.state")).at(-1)).toMatchObject({ tier: "stopped", observed: "stopped" });
  expect(await actor.events("notice")).toEqual([]);
  expect(await actor.queued("provision:%")).toEqual([]);
  await actor.close();
});
