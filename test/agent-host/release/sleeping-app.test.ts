import { afterAll, beforeAll, expect, it } from "vitest";
import { dockerName } from "../../../schema/machine/instance.ts";
import { type AppPut, appSeen, appStateHeader } from "../../../schema/release/release-host.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engine, makeRepository, startDaemonWithAuthor } from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { limits, newPerson, putStack } from "../runner-client.ts";
import { callApp, deploy, pushMain, putBody, seeApp, serverFiles, visit } from "./app-client.ts";

/** An app whose member's plan has it sleep without visitors, here after two seconds. */
const person = newPerson();
const rests = { APP_REST_SECONDS: "2" };
let daemon: Started;
let body: AppPut;

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person, rests);
  const repo = await makeRepository(person, "shop");
  const slow = 'if (request.url === "/slow") return setTimeout(() => response.end("slow"), 4_000)';
  body = putBody(repo, await pushMain(person, repo, serverFiles("shop", {}, slow)));
  expect((await deploy(person, "shop", body)).end.served).toBe(true);
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});
let generation = 1;
async function choosePlan(appsAwake: boolean): Promise<void> {
  generation += 1;
  await putStack(person, generation, "running", { limits: { ...limits, appsAwake } });
}
const inspect = async () =>
  (await engine.docker.getContainer(dockerName(hostInstance, "app", `shop-${person.member}-${body.release}`)).inspect()).State;
const untilAsleep = () =>
  eventually("it sleeps", async () => (await seeApp(person, "shop")).state === "asleep" && !(await inspect()).Running);

it("sleeps when nobody comes, and the next visitor wakes it, who is told so", async () => {
  await choosePlan(false);
  await untilAsleep();
  const first = await visit(person, "shop");
  expect([first.status, first.headers["retry-after"], first.headers[appStateHeader]]).toEqual([503, "1", "waking"]);
  await eventually("it answers", async () => (await visit(person, "shop")).text === "shop");
  expect(await seeApp(person, "shop")).toMatchObject({ state: "well", current: body.release, restarts: 0, ends: 0 });
});
it("does not sleep while somebody is in it", async () => {
  await eventually("it answers", async () => (await visit(person, "shop")).status === 200);
  const { StartedAt } = await inspect();
  expect((await visit(person, "shop", "/slow")).text).toBe("slow");
  expect([(await visit(person, "shop")).text, (await inspect()).StartedAt]).toEqual(["shop", StartedAt]);
});
it("sleeps on over a restart of the daemon", async () => {
  await untilAsleep();
  await daemon.stop();
  daemon = await startDaemon(rests);
  expect((await seeApp(person, "shop")).state).toBe("asleep");
  await eventually("its stack goes on", async () => (await putStack(person, generation, "running")).stack?.observed === "running");
  expect([(await seeApp(person, "shop")).state, (await inspect()).Running]).toEqual(["asleep", false]);
});
it("is woken by its member, and stays stopped where its member has stopped it", async () => {
  const power = async (running: boolean) => (await callApp(person, "POST", "/shop/power", { running })).json(appSeen).state;
  expect(await power(true)).toBe("waking");
  await eventually("it runs", async () => (await seeApp(person, "shop")).state === "well");
  await untilAsleep();
  expect(await power(false)).toBe("stopped");
  expect((await visit(person, "shop")).headers[appStateHeader]).toBe("stopped");
  expect([await power(true), (await inspect()).Running]).toEqual(["waking", expect.any(Boolean)]);
  await eventually("it runs", async () => (await visit(person, "shop")).status === 200);
});
it("of a plan in which apps stay up is started by itself", async () => {
  await untilAsleep();
  await choosePlan(true);
  await eventually("it runs", async () => (await seeApp(person, "shop")).state === "well" && (await inspect()).Running);
});
