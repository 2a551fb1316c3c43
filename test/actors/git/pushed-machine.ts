import { scanBranches } from "../../../actors/git/scan.ts";
import type { HostCall } from "../../../actors/runner/host.ts";
import { projectTable } from "../../../schema/project/project.table.ts";
import { type RunIn, type RunLine, type RunResult, runIn } from "../../../schema/proof/proof.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor, withoutOutside } from "../../harness/actor-fixture.ts";
import type { HostReply } from "../../harness/actor-world.ts";

type GiteaStatus = { context: string; state: string; description: string };
/** How a run of checks went: by its name, what of each came. */
type Ran = Pick<RunResult, "checks" | "failures">;

export const [project, repo] = ["bakery", "projects/bakery"];
/** An actor with a project that is ready, which looks at pushes and runs checks on this machine. */
export async function startPushed(folder: string, machine = new PushedMachine(), file?: string) {
  const runs = [...withoutOutside, "scan", "checks", "commit_status"] as const;
  const actor = await startActor(folder, { host: machine.answer, runs, ...(file ? { file } : {}) });
  const createdAt = Date.now();
  if (!file) await actor.db.insert(projectTable).values({ name: project, id: newId("prj"), repo, createdAt, readyAt: createdAt });
  return { actor, machine };
}
/**
 * A push has come, and the actor looks at the branches: by itself, for work of the same lane that needs the
 * outside may wait before it.
 */
export async function push(actor: TestActor, machine: PushedMachine, branch: string, hash: string, environment?: string): Promise<void> {
  machine.heads.set(branch, hash);
  if (environment !== undefined) machine.environments.set(hash, environment);
  await scanBranches(actor.self, newId("req"), undefined);
  await actor.settle();
}
export const statuses = async (actor: TestActor) => (await actor.act("statuses", { project })).statuses;
export const statusOf = async (actor: TestActor, hash: string) => (await statuses(actor)).find((status) => status.hash === hash);

/** A machine with a project's Gitea, and clean rooms that answer what a test says. */
export class PushedMachine {
  /** Branches of the project, and the text of the environment file of commits. */
  readonly heads = new Map<string, string>();
  readonly environments = new Map<string, string>();
  /** What Gitea was told of commits, and what others have told it. */
  readonly told: (GiteaStatus & { hash: string })[] = [];
  readonly foreign: { hash: string; context: string; status: string; login: string }[] = [];
  readonly asked: RunIn[] = [];
  /** The answers of clean rooms, one after the other; the last one again and again. */
  readonly answers: ((input: RunIn) => RunLine[] | HostReply | undefined)[] = [];

  /** What is answered before all else. */
  first: (call: HostCall) => HostReply | undefined = () => undefined;
  answer = (call: HostCall): HostReply | undefined => {
    const said = this.first(call);
    if (said) return said;
    const { method, path, body } = call;
    if (method === "POST" && path === "/runs") return this.run(runIn.parse(JSON.parse(String(body))));
    const below = /^\/git\/api\/v1\/repos\/projects\/bakery\/(.*)$/.exec(path)?.[1];
    return below === undefined ? undefined : this.gitea(method, below, body);
  };
  private run(input: RunIn): HostReply | undefined {
    this.asked.push(input);
    const next = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    const answer = next?.(input);
    return Array.isArray(answer) ? { status: 200, body: answer.map((line) => `${JSON.stringify(line)}\n`).join("") } : answer;
  }
  private gitea(method: string, path: string, body: unknown): HostReply | undefined {
    const text = (value: string) => ({ encoding: "base64", content: Buffer.from(value).toString("base64") });
    if (path.startsWith("branches?")) return { status: 200, body: [...this.heads].map(([name, id]) => ({ name, commit: { id } })) };
    if (path.startsWith("compare/")) return { status: 200, body: { commits: [] } };
    if (path.startsWith("file-contents")) {
      const ref = new URL(`http://gitea/${path}`).searchParams.get("ref") ?? "";
      const found = this.environments.get(ref);
      const file = { path: ".growqr/environment.yaml", type: "file", sha: "f".repeat(40), size: found?.length ?? 0, ...text(found ?? "") };
      return { status: 200, body: [found === undefined ? null : file] };
    }
    if (path.startsWith("contents-ext")) return { status: 404, body: {} };
    const hash = /(?:commits|statuses)\/([0-9a-f]{40})/.exec(path)?.[1] ?? "";
    if (method === "POST" && path.startsWith("statuses/")) {
      this.told.push({ hash, ...(JSON.parse(String(body)) as GiteaStatus) });
      return { status: 201, body: {} };
    }
    if (path.startsWith("commits/") && path.includes("/statuses"))
      return {
        status: 200,
        body: this.foreign.filter((each) => each.hash === hash).map(({ login, ...each }, id) => ({ ...each, id, creator: { login } })),
      };
    return undefined;
  }
}

const image = { name: "growqr/opencode", sha256: "a".repeat(64) };
const room: RunLine = { type: "step", step: "room", ms: 5 };
/** A run whose checks ended so, in their order. */
export const ranTo =
  (ended: (input: RunIn) => Ran, before: RunLine[] = [room]) =>
  (input: RunIn): RunLine[] => {
    const { checks, failures } = ended(input);
    const { id, repo, branch, commit } = input;
    const result = {
      id,
      repo,
      branch,
      commit,
      image,
      passed: failures.length === 0,
      failures,
      checks,
      outputs: [],
      startedAt: 1,
      endedAt: 2,
    };
    return [...before, { type: "result", result }];
  };
const ofCheck = (input: RunIn, passed: boolean, reason?: string): Ran["checks"] =>
  input.checks.map(({ name, kind }) => ({
    ...{ name, kind, what: name, passed, ms: 7, outputBytes: 0, outputHash: "0".repeat(64), tail: "" },
    ...(reason === undefined ? {} : { reason }),
  }));
/** The lines of an answer that has no verdict. */
export const says =
  (...lines: RunLine[]) =>
  () =>
    lines;
export const passing = ranTo((input) => ({ checks: ofCheck(input, true), failures: [] }));
export const failing = (reason: string) =>
  ranTo((input) => ({
    checks: ofCheck(input, false, reason),
    failures: input.checks.map(({ name }) => ({ check: name, why: "exit_code", reason })),
  }));
