import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { promisify } from "node:util";
import { goalFile } from "../../../schema/goal.ts";
import { dockerName, type Instance } from "../../../schema/machine/instance.ts";
import { isIndexed, printIndex, readFileTitle } from "../../../schema/memory/memory-index.ts";
import { printPlan } from "../../../schema/plan/plan.ts";
import { printSpec, specShape } from "../../../schema/task/spec.ts";
import { newTask } from "../../../schema/task/task.ts";
import { taskFiles } from "../../../schema/task/task-file.ts";
import { type Id, siblingId } from "../../../schema/wire/id.ts";
import { textOf } from "../../harness/sample-text.ts";

/** Years of work in Git: the repositories of a long-time member, always the same. */
export type Files = { path: string; content: string }[];
const day = (n: number) => new Date(1_600_000_000_000 + n * 3_600_000).toISOString().slice(0, 10);
const numbered = (prefix: string, n: number) => `${prefix}_01ARZ3NDEK${String(n).padStart(16, "0")}`;
/** A text of so many passages, divided where search divides it. */
const long = (seed: number, passages: number) =>
  Array.from({ length: passages }, (_, i) => `## Part ${i + 1}\n\n${textOf(1_000_000 + seed * 100 + i, 150)}\n`).join("\n");

const note = (folder: string, n: number): Files[number] => ({
  path: `${folder}/${day(n)}-note-${n}.md`,
  content: `# Note ${n} of ${folder}\n\n${long(n + (folder === "decisions" ? 0 : 5_000), 10)}`,
});
function task(n: number): Files {
  const taskSpec = specShape.parse({
    id: `task-${n}`,
    title: `Task ${n}`,
    owner: "coding",
    outputs: ["a.md"],
    acceptance: [{ file: "a.md" }],
  });
  const specHash = createHash("sha256").update(printSpec(taskSpec)).digest("hex");
  const head = {
    id: numbered("tsk", n) as Id<"tsk">,
    specHash,
    createdAt: n,
    updatedAt: n,
    facts: { ...newTask, state: "cancelled" as const },
  };
  const log = { path: `tasks/${head.id}/log.md`, content: `# Log\n\n${textOf(n, 80)}\n` };
  return [...taskFiles({ ...head, spec: taskSpec }), log];
}
function plan(n: number): Files[number] {
  const tasks = [
    specShape.parse({ id: "one", title: `Step of plan ${n}`, owner: "coding", outputs: ["a.md"], acceptance: [{ file: "a.md" }] }),
  ];
  const content = `# done, revision 1\n${printPlan({ title: `Plan ${n}`, story: textOf(n), tasks })}`;
  return { path: `plans/${siblingId("pln", numbered("tsk", n) as Id<"tsk">)}.yaml`, content };
}
function goal(n: number): Files[number] {
  const goal = {
    id: numbered("gol", n) as Id<"gol">,
    title: `Goal ${n}`,
    state: "active" as const,
    steps: [],
    quests: [],
    created: day(n),
  };
  return goalFile(goal);
}

export const counts = { goals: 20, plans: 100, tasks: 300, notes: 500 } as const;
/** The files of such a member's memory, in the order of their commits. */
export function makeMemoryFiles(): Files {
  const some = (n: number, make: (i: number) => Files[number] | Files) => Array.from({ length: n }, (_, i) => make(i)).flat();
  const all = [
    { path: "profile.md", content: "# Profile\n\nLikes bees.\n" },
    ...some(counts.goals, goal),
    ...some(counts.plans, plan),
    ...some(counts.tasks, task),
    ...some(counts.notes, (n) => note("decisions", n)),
    ...some(counts.notes, (n) => note("summaries", n)),
  ];
  const entries = all
    .filter(({ path }) => isIndexed(path))
    .map(({ path, content }) => ({ path, title: readFileTitle(path, content), at: 1_600_000_000_000 }));
  return [...all, { path: "index.md", content: printIndex(entries) }];
}
export function makeProjectFiles(project: number): Files {
  const file = (n: number) => ({
    path: `src/part-${n % 20}/file-${n}.md`,
    content: `# File ${n}\n\n${long(20_000 + project * 1_000 + n, 5)}`,
  });
  return Array.from({ length: 1_000 }, (_, n) => file(n));
}

/**
 * Commits files to a repository's `main`, `per` files a commit, by Git itself beside Gitea. Answers how many
 * commits it made.
 */
export async function importFiles(instance: Instance, member: string, repo: string, files: Files, per: number): Promise<number> {
  const name = dockerName(instance, "gitea", member);
  const user = (await promisify(execFile)("docker", ["exec", name, "stat", "-c", "%u:%g", "/var/lib/gitea/repos"])).stdout.trim();
  const child = spawn(
    "docker",
    ["exec", "-i", "-u", user, name, "git", `--git-dir=/var/lib/gitea/repos/${repo}.git`, "fast-import", "--quiet", "--force"],
    {
      stdio: ["pipe", "ignore", "pipe"],
    },
  );
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const exited = once(child, "exit");
  let commits = 0;
  const out: string[] = [];
  for (let from = 0; from < files.length; from += per) {
    const message = `memory: commit ${++commits}\n`;
    out.push(
      `commit refs/heads/main\ncommitter Bench <bench@example.com> ${1_600_000_000 + commits * 60} +0000\ndata ${message.length}\n${message}`,
    );
    if (commits === 1) out.push("from refs/heads/main^0\n");
    for (const { path, content } of files.slice(from, from + per))
      out.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`);
    out.push("\n");
  }
  child.stdin.end(out.join(""));
  const [code] = await exited;
  if (code !== 0) throw new Error(`git fast-import of ${repo} answered ${code}: ${Buffer.concat(said)}`);
  return commits;
}
