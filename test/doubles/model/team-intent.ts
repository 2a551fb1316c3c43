import { guestBookFile, installStep, isWrittenByTool, tryGuestBook } from "./guest-book.ts";
import type { Talk } from "./next.ts";
import { questExtras, questFile, questGoal, questQuestion } from "./quest-files.ts";
import { mendCommand, repairFile } from "./repair-files.ts";
import { changeCommand, isSiteChange } from "./site/change-files.ts";
import { forgotten, siteFile } from "./site/site-files.ts";
import { smallSteps } from "./small-steps.ts";
import { folder, quote, type Task, taskOf } from "./task.ts";
import type { Called, Step } from "./wire.ts";

/**
 * How the demo model plays a sub-agent: it clones, writes, tries, pushes and reports, and repeats this when
 * the clean room finds a fault.
 */
const report = "platform_report_progress";
const call = (tool: string, args: Record<string, unknown>, text?: string): Step => ({ ...(text ? { text } : {}), tools: [{ tool, args }] });
const bash = (command: string, description: string) => call("bash", { command, description });

/** A clone that stands where the work before it ended, and what is in it. */
function clone(task: Task): string {
  const name = folder(task);
  const start = task.from ? `origin/${task.from}` : "origin/main";
  const get = `{ test -d ${name}/.git && git -C ${name} fetch -q origin || git clone -q ${task.clone} ${name}; } && cd ${name}`;
  const stand =
    task.branch === "main"
      ? "git checkout -q main && git merge -q --ff-only origin/main"
      : `{ git checkout -q ${task.branch} 2>/dev/null || git checkout -q -b ${task.branch} ${start}; }`;
  const look = task.type === "reviewer" ? " && git log --oneline -8 && git diff --stat origin/main HEAD" : "";
  return `${get} && ${stand}${look} && echo "On $(git branch --show-current):" && git ls-files --cached --others --exclude-standard`;
}
const listed = (opened: Called | undefined) =>
  new Set((/^On .*:\n([\s\S]*)$/m.exec(opened?.result ?? "")?.[1] ?? "").split("\n").map((line) => line.trim()));

/** What stands in a file that the task asks for. */
export function content(task: Task, path: string): string {
  const words = task.contains.get(path) ?? "";
  const about = folder(task).replaceAll("-", " ");
  const site = task.files.includes("site.test.mjs") || /\.mjs$|^docs\/reviews\/(?:site|change-\d+)\.md$/.test(path);
  const known =
    guestBookFile(path, task) ??
    repairFile(path, task) ??
    questFile(path, task) ??
    (site
      ? siteFile(path, { title: task.title, about: about.charAt(0).toUpperCase() + about.slice(1), says: task.says, details: task.details })
      : undefined);
  if (known !== undefined) return known;
  if (/\.sh$/.test(path) && words === "") return "#!/bin/sh\nset -eu\ngrep -q '<h1>' src/index.html\n";
  if (/\.html$/.test(path)) return `<!doctype html>\n<title>${task.title}</title>\n<h1>${words || "Hello"}</h1>\n`;
  if (/\.test\.m?js$/.test(path))
    return `import assert from "node:assert";\nimport { readdirSync } from "node:fs";\nimport { test } from "node:test";\n\ntest("something is there", () => assert.ok(readdirSync(".").length > 0));\n`;
  if (/\.m?js$/.test(path)) return `// ${task.title}\nexport const text = ${JSON.stringify(words)};\n`;
  return `# ${task.title}\n\n${words || "Written by the demo model."}\n`;
}
function extras(task: Task): string[] {
  return task.type === "coding" && task.files.includes("site.test.mjs") ? [forgotten] : questExtras(task);
}
/** All files of the task that are not there yet, each by a call of its own, in one step. */
function writes(task: Task, talk: Talk, there: ReadonlySet<string>): Step | undefined {
  const directory = talk.directory.replace(/\/$/, "");
  const missing = [...task.files, ...extras(task)].filter((path) => !there.has(path) && !isWrittenByTool(path));
  if (missing.length === 0 || task.type === "repo" || changeCommand(task)) return undefined;
  const readStep = (path: string) => ({
    tool: "write",
    args: { filePath: `${directory}/${folder(task)}/${path}`, content: content(task, path) },
  });
  return { tools: missing.map(readStep) };
}

/** Tries and pushes. It commits a new site file by file and forgets one; its own tests do not notice. */
function ship(task: Task, repair: boolean): string {
  const site = task.type === "coding" && task.files.includes("site.test.mjs");
  const try_ = (site || isSiteChange(task)) && !repair ? "node --test >/dev/null && " : "";
  const add = site && !repair ? `git add ${task.files.map(quote).join(" ")}` : "git add -A";
  const scripts = task.files.filter((path) => path.endsWith(".sh"));
  const readme = task.type === "coding" && task.contains.get("README.md"); // the new repository has one
  const also = [
    ...(scripts.length > 0 ? [`chmod +x ${scripts.map(quote).join(" ")}`] : []),
    ...(readme ? [`printf '%s\\n' ${quote(`# ${task.title}`)} "" ${quote(readme)} > README.md`] : []),
  ].join(" && ");
  const mend = repair ? "" : (mendCommand(task) ?? changeCommand(task) ?? also);
  const message = `${task.title}${repair ? ": the page that was not committed" : ""}`;
  return `cd ${folder(task)} && ${mend ? `${mend} && ` : ""}${try_}${add} && { git diff --cached --quiet || git commit -q -m ${quote(message)}; } && git push -q origin HEAD:${task.branch} && echo "commit $(git rev-parse HEAD)"`;
}
const version = (task: Task) => / as version (\d+\.\d+\.\d+)$/.exec(task.title)?.[1];
const merge = (task: Task) =>
  `cd ${folder(task)} && ${task.from ? `git merge -q --no-edit origin/${task.from}` : "true"}${installStep(task)}${task.commands.map((command) => ` && ${command} >/dev/null`).join("")} && echo "merged $(git rev-parse --short HEAD)"`;
const release = (task: Task, tag: string) =>
  `cd ${folder(task)} && git tag -a v${tag} -m ${quote(`Version ${tag}`)} && git push -q origin main --tags && echo "commit $(git rev-parse HEAD)"`;
const land = (task: Task) => `cd ${folder(task)} && git push -q origin HEAD:main && echo "commit $(git rev-parse HEAD)"`;
const commitIn = (done: Called | undefined) => /^commit ([0-9a-f]{40})/m.exec(done?.result ?? "")?.[1];

/** What follows what was done; undefined: there is nothing left but to report. */
function following(task: Task, talk: Talk, repair: boolean): Step | undefined {
  const ran = talk.called.filter((call) => call.tool === "bash");
  const wrote = talk.called.filter((call) => call.tool === "write");
  if (repair && ran.length === 0)
    return bash(`cd ${folder(task)} && git status --short && git log --oneline -3`, "Look at what was missing");
  if (repair) return ran.length === 1 ? bash(ship(task, true), "Add what was missing") : undefined;
  const opened = ran[0];
  if (!opened) return bash(clone(task), `Fetch the ${folder(task).replaceAll("-", " ")}`);
  if (!/^On /m.test(opened.result ?? "")) return undefined;
  if (task.type === "repo") return merging(task, ran);
  if (wrote.length === 0) {
    const write = writes(task, talk, listed(opened));
    if (write) return write;
  }
  const shown = tryGuestBook(task, talk);
  if (shown) return shown;
  const shipping = "Hand in the work";
  return ran.some(({ args }) => args.description === shipping) ? undefined : bash(ship(task, false), shipping);
}
/**
 * Everybody sees a tag and it stays, so the push of a version needs the member's yes. A no leaves the merge
 * without a tag.
 */
function merging(task: Task, ran: Called[]): Step | undefined {
  const tag = version(task);
  if (ran.length === 1) return bash(merge(task), "Put the reviewed work together and test it");
  if (!/^merged /m.test(ran[1]?.result ?? "")) return undefined;
  if (ran.length === 2)
    return tag ? bash(release(task, tag), `Make it the current version, ${tag}`) : bash(land(task), "Make it the current version");
  return ran.length === 3 && !commitIn(ran[2]) ? bash(land(task), "Make it the current version, without a number") : undefined;
}

function inSmallSteps(task: Task, talk: Talk): Step {
  const write = task.files.map((path) => `printf '%s' ${quote(content(task, path))} > ${quote(path)}`).join(" && ");
  return smallSteps({ ...task, folder: folder(task), start: task.from ? `origin/${task.from}` : "origin/main", write }, talk.called);
}
function at(task: Task, talk: Talk): Step {
  if (/^Work in small steps\.$/m.test(task.text)) return inSmallSteps(task, talk);
  const repair = /did not pass \(repair/.test(talk.text);
  const told = talk.called.filter((call) => call.tool === report);
  if (told.length === 0) {
    const text = repair ? "Mending what the clean room found" : `Working on it: ${task.title}`;
    return call(report, { task: task.id, state: "working", text });
  }
  const waits = askMember(task, talk);
  if (waits) return waits;
  const goal = questGoal(task);
  if (goal && !hasCalled(talk, "platform_set_goal")) return call("platform_set_goal", goal);
  const lost = talk.called.length > 40; // a tool that is not there is called for ever otherwise
  if (lost && told.length < 2) return finish(task, undefined);
  if (told.length > 1) return { text: told.at(-1)?.args.state === "done" ? `Done: ${task.title}.` : "I could not go on." };
  const asked = serviceCalls(task)[talk.called.filter((call) => call.tool === "platform_call_service").length];
  if (asked && talk.tools.includes("platform_call_service")) return call("platform_call_service", asked);
  return (
    following(task, talk, repair) ??
    finish(
      task,
      talk.called.findLast((call) => call.tool === "bash"),
    )
  );
}
/** In this task, in whichever turn. */
const hasCalled = ({ before, called }: Talk, tool: string) => [...before, ...called].some((call) => call.tool === tool);
/** Asks once what is the member's to say, and waits: the answer is a message of its own. */
function askMember(task: Task, talk: Talk): Step | undefined {
  if (!task.asks || task.answers.length > 0) return undefined;
  const tool = "platform_ask";
  if (hasCalled(talk, tool)) return { text: "I wait for your answer." };
  return call(tool, { question: questQuestion(task), why: "It is yours to say", options: [], goes_on: false });
}
/** `Call add of your service with {"title":"x"}` in a task's words, in their order. */
function serviceCalls({ text }: Task): { operation: string; arguments: Record<string, unknown> }[] {
  return [...text.matchAll(/Call (\w+|[A-Z]+ \/\S+) of your service with (\{.*?\})(?=[.\s]|$)/g)].map((match) => ({
    operation: match[1]!,
    arguments: JSON.parse(match[2]!) as Record<string, unknown>,
  }));
}
function finish(task: Task, ran: Called | undefined): Step {
  const hash = commitIn(ran);
  if (hash) {
    const outputs = extras(task).filter((path) => !task.files.includes(path));
    const more = outputs.length > 0 ? { outputs } : {};
    return call(report, { task: task.id, state: "done", text: `${task.title}: done and pushed`, commit: hash, ...more });
  }
  const said = (ran?.result ?? "").trim().slice(-400) || "no output";
  return call(report, { task: task.id, state: "blocked", text: `The work did not go through: ${said}` });
}

export function teamIntent(talk: Talk): Step | undefined {
  const task = taskOf(talk);
  return task && at(task, talk);
}
