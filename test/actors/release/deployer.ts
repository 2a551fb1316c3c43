import { eq } from "drizzle-orm";
import { vi } from "vitest";
import { moveBranchHead } from "../../../actors/git/branch-head.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { keepReceipt } from "../../../actors/receipt/receipt.ts";
import { createTask } from "../../../actors/task/task.ts";
import { projectTable } from "../../../schema/project/project.table.ts";
import { makeStatement, signReceipt } from "../../../schema/receipt/receipt.ts";
import type { ReleaseMade } from "../../../schema/release/release.ts";
import { type AppLine, type AppLogLine, type AppMinute, type AppPut, type AppSeen, appPut } from "../../../schema/release/release-host.ts";
import type { AppNoticeIn } from "../../../schema/reminder/app-notice.ts";
import { reachPut } from "../../../schema/stack/egress-refusal.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { type PublicKey, publicPart } from "../../../schema/wire/key.ts";
import { type ActorOptions, startActor, type TestActor, withoutOutside } from "../../harness/actor-fixture.ts";
import type { HostReply } from "../../harness/actor-world.ts";
import { newReceiptKey, proof } from "../../harness/receipt-sample.ts";

/** A member whose project has a proven main, and a machine that serves as the test says. */
export const project = "bakery";
const repo = `projects/${project}`;
/** What signs the receipts of its tasks; the edge publishes its other half. */
export const testReceiptKey = await newReceiptKey("receipt-test");
let commits = 0;
export const newCommit = (): string => (++commits).toString(16).padStart(40, "0");

/** The machine's part in it: what it was asked, and what it answers. */
export class AppMachine {
  readonly puts: AppPut[] = [];
  readonly calls: string[] = [];
  /** What the member was told of outside the app. */
  addressCalls: { published?: boolean | undefined }[] = [];
  readonly notices: AppNoticeIn[] = [];
  seen: AppSeen | undefined;
  /** What it says of the last hour, and what the app has printed. */
  minutes: AppMinute[] = [];
  log: AppLogLine[] = [];
  /** Each release changes the app's data. */
  migrates = false;
  /** What the edge publishes; undefined: it does not answer. */
  published: PublicKey[] | undefined = [publicPart(testReceiptKey)];
  /** What is remembered of it, where that is older. */
  remembered: PublicKey[] | undefined;
  /** Of the project's one secret, as the edge keeps it. */
  secretVersion = 1;
  /** What it says that its next releases were made of. */
  made: ReleaseMade | undefined;
  /** It takes no release just now. */
  away = false;
  /** The lines of the next answers to PUT; without any it is served. */
  readonly answers: (AppLine[] | HostReply)[] = [];
  answer = (method: string, path: string, body: string): HostReply | undefined => {
    if (!path.startsWith(`/apps/${project}`)) return undefined;
    this.calls.push(`${method} ${path}`);
    if (path.includes("/metrics")) return { status: 200, body: { minutes: this.minutes } };
    if (path.includes("/logs")) return { status: 200, body: this.log.map((line) => `${JSON.stringify(line)}\n`).join("") };
    if (method === "DELETE") {
      this.seen = undefined;
      return { status: 200, body: { removed: true } };
    }
    if (path.endsWith("/reach")) {
      this.seen = { ...this.seen!, network: { reach: reachPut.parse(JSON.parse(body)).names, refused: [] } };
      return { status: 200, body: this.seen };
    }
    if (path.endsWith("/cancel")) return this.#cancel(JSON.parse(body).release);
    if (method === "PUT") return this.#put(appPut.parse(JSON.parse(body)));
    if (method === "POST" && path.endsWith("/roll-back")) this.serve(JSON.parse(body).to);
    if (method === "POST" && path.endsWith("/power")) this.seen = { ...this.seen!, state: JSON.parse(body).running ? "well" : "stopped" };
    return this.seen ? { status: 200, body: this.seen } : { status: 404, body: {} };
  };
  serve(current: Id<"rel">, more: Partial<AppSeen> = {}): void {
    const before = this.seen?.current;
    const kept = before && before !== current ? [{ release: before, pastMigration: this.migrates }] : (this.seen?.kept ?? []);
    this.seen = { project, state: "well", current, kept, since: 1, restarts: 0, ends: 0, ...more };
  }
  #cancel(release: Id<"rel">): HostReply {
    if (this.away) return { status: 503, body: {} };
    return { status: 200, body: { served: this.seen?.current === release } };
  }
  #put(put: AppPut): HostReply {
    this.puts.push(put);
    if (this.away) return { status: 503, body: {} };
    const next = this.answers.shift();
    if (next && !Array.isArray(next)) return next;
    const steps: AppLine[] = (["setup", "start", "health", "switch"] as const).map((step) => ({ type: "step", step }));
    const lines: AppLine[] = next ?? [
      ...steps,
      { type: "end", served: true, ...(this.made ? { made: this.made } : {}), current: put.release },
    ];
    if (lines.some((line) => line.type === "end" && line.served)) this.serve(put.release);
    return { status: 200, body: `${lines.map((line) => JSON.stringify(line)).join("\n")}\n` };
  }
}

export async function startDeployer(folder: string, machine: AppMachine, options: ActorOptions = {}): Promise<TestActor> {
  return startActor(folder, {
    runs: [...withoutOutside, "release", "watch", "app_reach", "notice", "incident", "deployment"],
    host: ({ method, path, body }) => machine.answer(method, path, String(body ?? "")),
    edge: {
      appAddress: async (_member, name, asked) => {
        machine.addressCalls.push(asked);
        return { address: `http://${name}.apps.localhost/`, published: asked.published ?? false };
      },
      noticeApp: async (_member, notice) => machine.notices.push(notice) < 0,
      receiptKeys: async (_requestId, newest) => {
        if (!machine.published) throw new AppError("unavailable", { what: "edge" });
        return { keys: (newest ? undefined : machine.remembered) ?? machine.published };
      },
      projectSecrets: async () => ({ values: { API_KEY: "a secret of mine" }, versions: { API_KEY: machine.secretVersion } }),
    },
    ...options,
  });
}
export async function openProject(actor: TestActor): Promise<Id<"prj">> {
  const id = newId("prj");
  await actor.db.insert(projectTable).values({ name: project, id, repo, createdAt: 1, readyAt: 1 });
  return id;
}
/** Main moves to a commit, which a task that merges has proven, unless it is told otherwise. */
export async function moveMain(
  actor: TestActor,
  { proven = true, commit = newCommit(), signs = testReceiptKey } = {},
): Promise<{ commit: string; task: Id<"tsk"> }> {
  if (vi.isFakeTimers()) vi.setSystemTime(Date.now() + 1); // releases of one moment would have no order
  actor.host.branches.set("main", commit);
  const acceptance = [404, { contains: "Bread" }].map((should_respond) => ({ url: "http://localhost:8080/orders", should_respond }));
  const spec = specShape.parse({ id: `merge-${commits}`, title: "Merge", owner: "merge", outputs: ["index.html"], acceptance });
  const facts = { state: "verified", run: 1, asked: [], attempts: {}, repairs: 0, reason: "proven", commit, proven: commit } as const;
  return record(actor.self, newId("req"), async (writer) => {
    await moveBranchHead(writer, repo, "main", commit);
    const row = await createTask(writer, { spec, project });
    if (!proven) return { commit, task: row.id };
    const set = { branch: "main", state: facts.state, facts: { ...facts, asked: [] } };
    await writer.db.update(taskTable).set(set).where(eq(taskTable.id, row.id));
    const said = proof({ task: row.id, repository: repo, commit, spec: { id: spec.id, sha256: row.specHash } });
    const receipt = await signReceipt(signs, makeStatement(said));
    const kept = { id: said.id, task: row.id, repo, branch: "main", commit, checks: 1, receipt, at: writer.now, staleAt: null };
    await keepReceipt(writer, kept, "one check passed");
    return { commit, task: row.id };
  });
}
export const taskState = async (actor: TestActor, id: Id<"tsk">) =>
  (await actor.db.select({ state: taskTable.state }).from(taskTable).where(eq(taskTable.id, id)))[0]?.state;
