import type { Talk } from "./next.ts";
import { questExtras, questFile, questGoal } from "./quest-files.ts";
import { storyPlan, storyTask } from "./team-story.ts";
import type { Called, Step } from "./wire.ts";

/** How the demo model plays a team: the Grow Agent that plans and hands on, and each sub-agent at its task. */
const report = "platform_report_progress";
const call = (tool: string, args: Record<string, unknown>, text?: string): Step => ({ ...(text ? { text } : {}), tools: [{ tool, args }] });
const bash = (command: string, description: string) => call("bash", { command, description });

/** What a sub-agent's task prompt says, as far as this model reads it. */
type Task = {
  id: string;
  type: string;
  title: string;
  clone: string;
  branch: string;
  /** Where the work it builds on stands. */
  from: string | undefined;
  files: string[];
  contains: Map<string, string>;
  commands: string[];
  text: string;
};
function taskOf({ messages }: Talk): Task | undefined {
  const system = messages
    .filter((one) => one.role === "system")
    .map((one) => one.content)
    .join("\n");
  const type = /a sub-agent of type ([a-z-]+)/.exec(system)?.[1];
  const text = messages.findLast((one) => one.role === "user" && /^Task tsk_/.test(one.content.trim()))?.content ?? "";
  const id = /^\s*Task (tsk_[0-9A-Z]{26}), attempt \d+: (.*)$/m.exec(text);
  if (!type || !id) return undefined;
  const files = [...text.matchAll(/^- (\S+) is in the commit(?: and contains “([^”]*)”)?$/gm)];
  return {
    id: id[1]!,
    title: id[2]!,
    type,
    clone: /Clone (\S+\.git)/.exec(text)?.[1] ?? "",
    branch: /Push to (\S+) and to no other branch/.exec(text)?.[1] ?? "main",
    from: /Begin from its branch (\S+) at [0-9a-f]{40}/.exec(text)?.[1],
    files: [...new Set(files.map((one) => one[1]!))],
    contains: new Map(files.flatMap((one) => (one[2] ? [[one[1]!, one[2]] as const] : []))),
    commands: [...text.matchAll(/^- `([^`]+)` ends with exit code 0/gm)].map((one) => one[1]!),
    text,
  };
}

const folder = (task: Task) => (/\/([^/]+)\.git$/.exec(task.clone)?.[1] ?? "work").slice(0, 40);
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const put = (path: string, text: string) =>
  `mkdir -p ${quote(path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".")} && printf '%s' ${quote(text)} > ${quote(path)}`;
const end = "git push -q origin HEAD:";

/** The first lines of every piece of work: a clone that stands where the work before it ended. */
function clone(task: Task): string {
  const name = folder(task);
  const start = task.from ? `origin/${task.from}` : "origin/main";
  const get = `{ test -d ${name}/.git && git -C ${name} fetch -q origin || git clone -q ${task.clone} ${name}; } && cd ${name}`;
  return task.branch === "main"
    ? `${get} && git checkout -q main && git merge -q --ff-only origin/main`
    : `${get} && { git checkout -q ${task.branch} 2>/dev/null || git checkout -q -b ${task.branch} ${start}; }`;
}
function publish(task: Task, message: string): string {
  return `git add -A && { git diff --cached --quiet || git commit -q -m ${quote(message)}; } && ${end}${task.branch} && echo "commit $(git rev-parse HEAD)"`;
}

/** A page and its test, the first time with the mistake that a clean room finds. */
function content(task: Task, path: string, mended: boolean): string {
  const known = questFile(path, task);
  if (known !== undefined) return known;
  const words = task.contains.get(path) ?? "";
  if (/\.test\.m?js$/.test(path))
    return 'import assert from "node:assert";\nimport { test } from "node:test";\nimport { greeting } from "./greet.mjs";\n\ntest("a greeting names the person", () => {\n  assert.equal(greeting("Ada"), "Hello, Ada!");\n});\n';
  if (/greet\.mjs$/.test(path)) return `export const greeting = (name) => \`Hello, \${${mended ? "name" : "''"}}!\`;\n`;
  if (/\.html$/.test(path)) return `<!doctype html>\n<title>${task.title}</title>\n<h1>${words || "Hello"}</h1>\n`;
  if (/\.m?js$/.test(path)) return `// ${task.title}\nexport const text = ${JSON.stringify(words)};\n`;
  return `# ${task.title}\n\n${words || "Written by the demo model."}\n`;
}

function work(task: Task, repair: boolean): string {
  if (task.type === "repo") {
    const merge = task.from ? `git merge -q --no-edit origin/${task.from}` : "true";
    return `${clone(task)} && ${merge} && ${end}main && echo "commit $(git rev-parse HEAD)"`;
  }
  const kept = task.type === "testing" || task.type === "reviewer";
  const files = [...task.files, ...questExtras(task)].map((path) =>
    kept ? `{ test -e ${quote(path)} || { ${put(path, content(task, path, true))}; }; }` : put(path, content(task, path, repair)),
  );
  const also = task.type === "testing" ? [put("TESTED.md", "Tried: empty, long and strange names.\n")] : [];
  return [clone(task), ...files, ...also, publish(task, `${task.title}${repair ? " (repaired)" : ""}`)].join(" && ");
}

function at(task: Task, talk: Talk): Step {
  const repair = /did not pass \(repair/.test(talk.text);
  const told = talk.called.filter((one) => one.tool === report);
  const ran = talk.called.findLast((one) => one.tool === "bash");
  if (told.length === 0)
    return call(report, {
      task: task.id,
      state: "working",
      text: repair ? "Mending what the clean room found" : `Working on ${task.title}`,
    });
  const goal = questGoal(task);
  if (goal && !talk.called.some((one) => one.tool === "platform_set_goal")) return call("platform_set_goal", goal);
  if (!ran) return bash(work(task, repair), repair ? "Repair and push" : "Do the work and push");
  const hash = /commit ([0-9a-f]{40})/.exec(ran.result ?? "")?.[1];
  if (told.length < 2) return finish(task, ran, hash);
  return { text: hash ? `Done: ${task.title}, at ${hash.slice(0, 8)}.` : "I could not go on." };
}
function finish(task: Task, ran: Called, hash: string | undefined): Step {
  if (hash) return call(report, { task: task.id, state: "done", text: `${task.title}: done and pushed`, commit: hash });
  return call(report, {
    task: task.id,
    state: "blocked",
    text: `The work did not go through: ${(ran.result ?? "").trim().slice(-400) || "no output"}`,
  });
}

export function teamIntent(talk: Talk): Step | undefined {
  const task = taskOf(talk);
  if (task) return at(task, talk);
  if (/^The (task|plan) “/.test(talk.text)) return { text: wordOf(talk.text) };
  if (/\bplan\b.*\b(greeting|greeter)\b|\bgreeting\b.*\bwith (?:a|the|your) team\b/i.test(talk.text))
    return lead(talk, "platform_plan", storyPlan);
  const project = /^delegate (?:a page )?to coding(?: in ([a-z][a-z0-9-]{1,39}))?\b/i.exec(talk.text);
  return project ? lead(talk, "platform_delegate", { task: storyTask(project[1] ?? "greeting") }) : undefined;
}
function lead(talk: Talk, tool: string, args: Record<string, unknown>): Step {
  const done = talk.called.find((one) => one.tool === tool);
  if (!done) return call(tool, args);
  return { text: `${(done.result ?? "").split("\n")[0]}\n\nI am the demo model; the team, its boxes, its Git and its checks are real.` };
}
function wordOf(text: string): string {
  const name = /“([^”]*)”/.exec(text)?.[1] ?? "";
  if (/is verified|is done/.test(text)) return `**${name}** is done, and a clean checkout proved it.`;
  return `**${name}** has failed. ${/has failed: ([^.]*)/.exec(text)?.[1] ?? ""}`.trim();
}
