import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Hosts } from "../../actors/runner/host.ts";
import { newTaskOf } from "../../actors/task/task-control.ts";
import { callTool } from "../../actors/tool.ts";
import type { RunLine } from "../../schema/proof/proof.ts";
import { makeStatement, signReceipt } from "../../schema/receipt/receipt.ts";
import type { ReceiptIn } from "../../schema/receipt/receipt-api.ts";
import { type Spec, specShape } from "../../schema/task/spec.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { startActor, type TestActor, withoutOutside } from "../harness/actor-fixture.ts";
import { TestEdge, testRunner } from "../harness/actor-world.ts";
import { newMachineIdentity } from "../harness/machine-identity.ts";
import { newReceiptKey } from "../harness/receipt-sample.ts";

/** The commit that its tasks end with. */
export const hash = "1".padStart(40, "0");
const hst = newId("hst");

/** The member's machine, a server of its own: away until it is told to answer, then with these lines. */
async function startMachine() {
  const { certPem, keyPem } = await newMachineIdentity(hst);
  let lines: RunLine[] = [];
  const asked: string[] = [];
  const server = createServer({ cert: certPem, key: keyPem }, async (request, answer) => {
    if (request.url?.endsWith("/notes"))
      return void answer.end(JSON.stringify({ commit: hash, ref: "refs/notes/receipts", hash, added: true }));
    asked.push(await text(request));
    answer.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  });
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const close = () => new Promise((done) => server.close(done));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  await close();
  const hosts = new Hosts({ id: newId("rnr"), edge: "", keyPem, certPem, caPem: certPem });
  return {
    hosts,
    asked,
    address: { id: hst, address: "127.0.0.1", port },
    answers: (answered: RunLine[]) => {
      lines = answered;
      return listen(port);
    },
    close: () => {
      server.closeAllConnections();
      return close();
    },
  };
}
/** `by`: who has given it out. */
async function completed(actor: TestActor, more: Partial<Spec>, by: "member" | "agent"): Promise<Id<"tsk">> {
  const made = specShape.parse({ id: "page", title: "A page", owner: "coding", outputs: ["page.md"], ...more });
  const delegates = { agent: actor.grow, tool: "delegate", arguments: { task: made } } as const;
  if (by === "agent") await callTool(actor.self, delegates, newId("req"), newId("req"));
  else await newTaskOf(actor.self, { spec: made }, newId("req"), newId("req"));
  await actor.settle();
  const row = await actor.taskNamed("page");
  const report = { task: row.id, state: "done", text: "done", commit: hash, outputs: ["page.md", "also.md"] };
  await callTool(actor.self, { agent: row.worker!, tool: "report_progress", arguments: report }, newId("req"), newId("req"));
  await actor.settle();
  await actor.runTurn(row.worker!, { to: "done", commit: hash });
  return row.id;
}
/** An actor that wakes with a proof to make, on that machine. */
export async function startProving(folder: string, more: Partial<Spec> = {}, by: "member" | "agent" = "member") {
  const before = await startActor(folder);
  const id = await completed(before, more, by);
  await before.close();
  const machine = await startMachine();
  const key = await newReceiptKey("r1");
  const edge = Object.assign(new TestEdge(await testRunner(), 4, machine.address), {
    receipt: async (_member: string, { title: _title, run: _run, branch: _branch, repo: repository, ...facts }: ReceiptIn) => {
      const id = newId("rct");
      return { id, receipt: await signReceipt(key, makeStatement({ ...facts, id, repository })) };
    },
  });
  const world = { edge, hosts: machine.hosts };
  const actor = await startActor(folder, { file: before.file, runs: [...withoutOutside, "verify"], world });
  return { actor, id, machine, edge };
}
