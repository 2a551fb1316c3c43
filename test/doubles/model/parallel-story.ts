import type { Talk } from "./next.ts";
import { folder, type Task, taskOf } from "./task.ts";
import type { Called, Step } from "./wire.ts";

/** How the demo model plays five who work at once, and the one who merges what the member has decided. */
const report = "platform_report_progress";
const call = (tool: string, args: Record<string, unknown>): Step => ({ tools: [{ tool, args }] });
const bash = (command: string, description: string) => call("bash", { command, description });
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

const numbers = ["one", "two", "three", "four", "five"] as const;
/**
 * Several parts of one text, each written by its own agent, which begin when all agents are there. The parts
 * in `titled` all write the first line of README.md.
 */
export function partsPlan(project: string, count: number, owner = "coding", titled: readonly number[] = [1, 2]) {
  return {
    title: `${count} parts at once`,
    story: `The member wants ${count} parts of one text, written at the same time.`,
    tasks: numbers.slice(0, count).map((word, index) => ({
      id: `part-${index + 1}`,
      title: `Part ${word}`,
      description: `Write part ${word}.${titled.includes(index + 1) ? " Make its name the title of README.md." : ""}`,
      project,
      owner,
      outputs: [`parts/${word}.md`, ...(titled.includes(index + 1) ? ["README.md"] : [])],
      acceptance: [{ file: `parts/${word}.md`, contains: `Part ${word}` }],
      constraints: [`Begin when ${count} branches part-* are on the server`],
    })),
  };
}

/** The merge of each part. */
export const mergesOf = ({ tasks }: ReturnType<typeof partsPlan>) =>
  tasks.map((part) => ({ ...part, id: `${part.id}-merge`, title: `Merge: ${part.title}`, owner: "repo", depends_on: [part.id] }));

const ranOf = (talk: Talk) => talk.called.filter((call) => call.tool === "bash");
const hashIn = (done: Called | undefined) => /^commit ([0-9a-f]{40})/m.exec(done?.result ?? "")?.[1];
function ending(task: Task, talk: Talk): Step {
  const last = ranOf(talk).at(-1);
  const commit = hashIn(last);
  if (talk.called.filter((call) => call.tool === report).length > 1)
    return { text: commit ? `Done: ${task.title}.` : "I could not go on." };
  if (commit) return call(report, { task: task.id, state: "done", text: `${task.title}: done and pushed`, commit });
  return call(report, {
    task: task.id,
    state: "blocked",
    text: `It did not go through: ${(last?.result ?? "").trim().slice(-400) || "no output"}`,
  });
}

/**
 * Pushes an empty first commit, waits for those of the others, and only then writes. This proves that all
 * agents worked at the same time.
 */
function meeting(task: Task, talk: Talk, count: number): Step {
  const ran = ranOf(talk);
  const name = folder(task);
  const look = "git ls-remote --heads origin";
  if (!talk.called.some((call) => call.tool === report))
    return call(report, { task: task.id, state: "working", text: `Here for ${task.title}; waiting until all ${count} are` });
  if (ran.length === 0) {
    const arrive = `git clone -q ${task.clone} ${name} && cd ${name} && git checkout -q -b ${task.branch} && git commit -q --allow-empty -m ${quote(`Begin: ${task.title}`)} && git push -q origin HEAD:${task.branch} && ${look}`;
    return bash(arrive, "Clone and push a first commit");
  }
  const heads = (call: Called | undefined) => [...(call?.result ?? "").matchAll(/refs\/heads\/agent\/\S+\/part-\d/g)].length;
  if (!ran.some((call) => heads(call) >= count)) {
    if (ran.length > 150) return ending(task, talk);
    return { ...bash(`cd ${name} && ${look}`, "See who is there"), delayMs: 700 };
  }
  if (hashIn(ran.at(-1))) return ending(task, talk);
  if (heads(ran.at(-1)) < count) return ending(task, talk); // the push went wrong
  const files = task.files.map((path) =>
    path === "README.md"
      ? `printf '%s\\n' ${quote(`# ${task.title}`)} "" "A text of ${count} parts." > README.md`
      : `mkdir -p parts && printf '%s\\n' ${quote(task.title)} > ${quote(path)}`,
  );
  const push = `git add -A && git commit -q -m ${quote(task.title)} && git push -q origin HEAD:${task.branch} && echo "commit $(git rev-parse HEAD)"`;
  return bash([`cd ${name}`, ...files, push].join(" && "), "Write and push");
}

type Decided = { path: string; place: number; text: string };
function decisions(text: string): Decided[] {
  const found = text.matchAll(/^- (\S+), conflict (\d+) from the top: [^\n]*exactly:\n(~{4,})\n([\s\S]*?)\3$/gm);
  return [...found].map(([, path = "", place, , body = ""]) => ({ path, place: Number(place), text: body }));
}
/** A file with git's marks, each place as it was decided. */
export function resolved(marked: string, decided: readonly Decided[]): string {
  let place = 0;
  return marked.replace(/^<{7} [^\n]*\n[\s\S]*?^>{7} [^\n]*\n?/gm, () => {
    place += 1;
    return decided.find((decision) => decision.place === place)?.text ?? "";
  });
}
/** Merges, puts in each conflict what the member decided, and pushes. */
function deciding(task: Task, talk: Talk, from: string): Step {
  const [ran, name] = [ranOf(talk), folder(task)];
  const decided = decisions(task.text);
  const paths = [...new Set(decided.map((decision) => decision.path))];
  if (!talk.called.some((call) => call.tool === report))
    return call(report, { task: task.id, state: "working", text: `Merging as you decided: ${paths.join(", ")}` });
  if (ran.length === 0) {
    const get = `{ test -d ${name}/.git && git -C ${name} fetch -q origin || git clone -q ${task.clone} ${name}; } && cd ${name} && git reset -q --hard && git checkout -q main && git merge -q --ff-only origin/main`;
    return bash(`${get} && git merge -q --no-ff --no-edit ${from}; git status --short`, "Merge and see what conflicts");
  }
  const read = (path: string) => `cat ${name}/${path}`;
  const unread = paths.find((path) => !ran.some((call) => call.args.command === read(path)));
  if (unread) return bash(read(unread), `Read ${unread} with its conflicts`);
  const wrote = talk.called.filter((call) => call.tool === "write");
  if (wrote.length === 0) {
    const readStep = (path: string) => ({
      tool: "write",
      args: {
        filePath: `${talk.directory.replace(/\/$/, "")}/${name}/${path}`,
        content: resolved(
          ran.find((each) => each.args.command === read(path))?.result ?? "",
          decided.filter((each) => each.path === path),
        ),
      },
    });
    return { tools: paths.map(readStep) };
  }
  if (ran.length > 1 + paths.length) return ending(task, talk);
  return bash(
    `cd ${name} && git add -A && { git diff -q --cached --quiet && ! test -e .git/MERGE_HEAD || git commit -q --no-edit; } && git push -q origin HEAD:main && echo "commit $(git rev-parse HEAD)"`,
    "Conclude the merge and push main",
  );
}

/** A page that takes its agent some time to think about, as a model would: for measuring. */
export const thoughtfulPage = (project: string, id: string, seconds: number) => ({
  id,
  title: `Page ${id}`,
  project,
  owner: "product-flow",
  outputs: [`${id}.md`],
  constraints: [`Think for ${seconds} s before you begin`],
});
function thinking(task: Task, seconds: number): Step {
  const [gapMs, args] = [50, { task: task.id, state: "working", text: `Thought about ${task.title}` }];
  return { text: "thinking ", chunks: (seconds * 1_000) / gapMs, gapMs, tools: [{ tool: report, args }] };
}

export function parallelIntent(talk: Talk): Step | undefined {
  const task = taskOf(talk);
  if (!task) {
    const asked = /\bplan (three|four|five) parts\b.*\bteam\b/i.exec(talk.text)?.[1]?.toLowerCase();
    if (asked) return planning(talk, numbers.indexOf(asked as (typeof numbers)[number]) + 1);
    const [, id = "", project = ""] = /^hand page ([a-z0-9-]+) of ([a-z][a-z0-9-]+) to a sub-agent$/.exec(talk.text) ?? [];
    return id ? lead(talk, "platform_delegate", { task: thoughtfulPage(project, id, 2) }) : undefined;
  }
  const seconds = Number(/Think for (\d{1,3}) s before you begin/.exec(task.text)?.[1] ?? 0);
  if (seconds > 0 && talk.called.length === 0) return thinking(task, seconds);
  if (/did not pass \(repair/.test(talk.text)) return undefined;
  const count = Number(/Begin when (\d+) branches part-\* are on the server/.exec(task.text)?.[1] ?? 0);
  const follows = ["testing", "reviewer", "repo"].includes(task.type); // their specs repeat the constraints of the work
  if (!follows && count > 0) return meeting(task, talk, count);
  const from = /^Merge commit ([0-9a-f]{40}) .*It conflicts, and the member has decided/m.exec(task.text)?.[1];
  return from && task.type === "repo" ? deciding(task, talk, from) : undefined;
}
const planning = (talk: Talk, count: number) => lead(talk, "platform_plan", partsPlan(`${numbers[count - 1]}-parts`, count));
function lead(talk: Talk, tool: string, args: Record<string, unknown>): Step {
  const done = talk.called.find((call) => call.tool === tool);
  if (!done) return call(tool, args);
  return { text: `${(done.result ?? "").split("\n")[0]}\n\nI am the demo model; the team, its boxes, its Git and its checks are real.` };
}
