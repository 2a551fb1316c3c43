import { createClient } from "@libsql/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { limitReached } from "../../../schema/billing/limit-reached.ts";
import { type SubscriptionPlan, subscriptionPlans } from "../../../schema/billing/subscription-plan.ts";
import { agentSeen } from "../../../schema/stack/stack.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { limit } from "../../harness/suite/limit.ts";
import type { Started } from "../../local/process.ts";
import { ground, startDaemon } from "../ground.ts";
import { agent, runAsUser, startAgent, stopAgent } from "../opencode/neighbours.ts";
import { deploy, putBody } from "../release/app-client.ts";
import { limits, newPerson, placeStack, putStack } from "../runner-client.ts";

/** A stack whose plan lets it keep little: its volumes are measured by the daemon's own clock. */
const person = newPerson();
const grow = agent(person.agent, 0);
const [first, second] = [agent(newId("agt"), 1), agent(newId("agt"), 2)];
/** As a payment does: the host hears of it with its next heartbeat. */
async function setPlan(plan: SubscriptionPlan): Promise<void> {
  const client = createClient({ url: ground.libsqlUrl });
  await client.execute({ sql: "update subscription set plan = ? where member = ?", args: [plan, person.member] });
  client.close();
}
let daemon: Started;
beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  await setPlan("trial");
  expect((await putStack(person, 1, "running", { limits: { ...limits, agents: subscriptionPlans.trial.agents } })).stack?.observed).toBe(
    "running",
  );
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

/** So long may the next measure take: the clock looks once a minute. */
const measured = 150_000;
const isLetStart = async () => {
  const answer = await startAgent(person, first);
  if (answer.status === 200) await stopAgent(person, first);
  else expect([answer.status, answer.text]).toEqual([507, expect.stringContaining(JSON.stringify(limitReached.disk))]);
  return answer.status === 200;
};

it("begins no further agent and no release while it is over its plan; what runs goes on, and the Grow Agent tidies up", {
  timeout: limit(600_000),
}, async () => {
  expect((await startAgent(person, grow)).status).toBe(200);
  const { boot } = (await startAgent(person, second)).json(agentSeen);
  expect((await runAsUser(person, grow, `fallocate -l ${subscriptionPlans.trial.diskMb}M large`)).code).toBe(0);
  await eventually("it is over", async () => !(await isLetStart()), measured);

  expect((await startAgent(person, second)).json(agentSeen).boot).toBe(boot);
  await stopAgent(person, grow);
  expect((await startAgent(person, grow)).status).toBe(200);
  const { end } = await deploy(person, "shop", putBody("projects/shop", "a".repeat(40)));
  expect(end).toMatchObject({ served: false, failed: { step: "setup", reason: limitReached.disk } });
  await setPlan("studio");
  await eventually("the larger plan", isLetStart, measured);
  await setPlan("trial");
  await eventually("the smaller plan", async () => !(await isLetStart()), measured);

  expect((await runAsUser(person, grow, "rm large")).code).toBe(0);
  await eventually("it has room again", isLetStart, measured);
});
