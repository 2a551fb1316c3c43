import { expect, test } from "vitest";
import { decideApproval } from "../../../actors/approval/approval.ts";
import { revokeRule, viewPolicies } from "../../../actors/policy.ts";
import { approvalDecideIn } from "../../../schema/approval/approval-api.ts";
import { newId } from "../../../schema/wire/id.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { AppMachine, moveMain, openProject, project, startDeployer } from "./deployer.ts";

/** What is deployed asks for names beyond its machine (issue 10.3); the member says what is open. */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));
const minute = 60_000;
const name = "api.example.org";

test("a name that the app was not let to is told and asked about once; it is open from the yes on, and closed by its end", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const { release } = await actor.act("deploy", { project });
  await actor.settle();
  const refused = [
    { name, port: 443, asked: true },
    { name: "elsewhere.example.org", port: 443, asked: false },
    { name, port: 22, asked: true },
  ];
  machine.serve(release.id, { network: { reach: [], refused } });
  for (const _ of [1, 2, 3]) await actor.settle(Date.now() + minute);
  const told = (await actor.events("notice")).filter(({ code }) => code === "egress_refused").map(({ text }) => text);
  expect(told).toEqual([
    `The app of ${project} was not let to ${name}:443. You are asked about it.`,
    `The app of ${project} was not let to elsewhere.example.org:443. An app reaches what \`network\` in its environment file names, after your yes.`,
    `The app of ${project} was not let to ${name}:22. Apps reach names on ports 80 and 443.`,
  ]);
  const [asked, ...others] = (await actor.act("approvals", { state: "pending" })).approvals;
  expect([asked?.title, asked?.scopes, others]).toEqual([`Reach ${name}`, ["agent", "always"], []]);
  const yes = approvalDecideIn.parse({ approvalId: asked?.id, decision: "allow", scope: "always" });
  await decideApproval(actor.self, yes, newId("req"), newId("req"));
  await actor.settle();
  expect(machine.seen?.network).toEqual({ reach: [name], refused: [] });
  const calls = machine.calls.length;
  await actor.settle(Date.now() + 2 * minute);
  expect(machine.calls.slice(calls).filter((call) => call.startsWith("PUT"))).toEqual([]); // a look that finds it so says nothing
  const [rule] = (await viewPolicies(actor.db)).rules;
  await revokeRule(actor.self, { id: rule?.id ?? "" }, newId("req"), newId("req"));
  await actor.settle();
  expect(machine.seen?.network?.reach).toEqual([]);
  expect(machine.puts).toHaveLength(1); // nothing was deployed for it
});

test("a machine that was away hears it at the next look; one whose file names nothing is told nothing", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const { release } = await actor.act("deploy", { project });
  await actor.settle(Date.now() + 2 * minute);
  expect(machine.calls.filter((call) => call.endsWith("/reach"))).toEqual([]);
  machine.serve(release.id, { network: { reach: ["stale.example.org"], refused: [] } });
  await actor.settle(Date.now() + 2 * minute);
  expect([machine.seen?.network?.reach, machine.calls.filter((call) => call.endsWith("/reach")).length]).toEqual([[], 1]);
});
