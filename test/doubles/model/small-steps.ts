import type { Called, Step } from "./wire.ts";

/** What of a task this way of working needs. */
export type SmallTask = { id: string; title: string; folder: string; clone: string; branch: string; start: string; write: string };

const report = "platform_report_progress";
const tries = 8;
const call = (tool: string, args: Record<string, unknown>): Step => ({ tools: [{ tool, args }] });

/** Each step is one command with a pause before and after its work, so that a test can act while it runs. */
function steps({ folder, clone, branch, start, write, title }: SmallTask): { name: string; mark: RegExp; command: string }[] {
  const commit = `{ git diff --cached --quiet || git commit -q -m '${title.replaceAll("'", "")}'; }`;
  return [
    {
      name: "Clone",
      mark: /cloned/,
      command: `rm -rf ${folder} && git clone -q ${clone} ${folder} && cd ${folder} && { git checkout -q ${branch} 2>/dev/null || git checkout -q -b ${branch} ${start}; } && echo cloned`,
    },
    { name: "Ask", mark: /made/, command: `rm -f gate && mkfifo gate && echo made` },
    { name: "Write", mark: /written/, command: `cd ${folder} && sleep 1 && ${write} && sleep 1 && echo written` },
    { name: "Commit", mark: /committed/, command: `cd ${folder} && sleep 1 && git add -A && ${commit} && sleep 1 && echo committed` },
    {
      name: "Push",
      mark: /commit [0-9a-f]{40}/,
      command: `cd ${folder} && sleep 1 && git push -q origin HEAD:${branch} && sleep 1 && echo "commit $(git rev-parse HEAD)"`,
    },
  ];
}

/**
 * A task in small steps; a step that fails is tried again. Every turn begins with a fresh clone, so an
 * interruption leaves no half-done work.
 */
export function smallSteps(task: SmallTask, called: readonly Called[]): Step {
  const told = called.filter((call) => call.tool === report && /Noted/.test(call.result ?? ""));
  const reports = called.filter((call) => call.tool === report).length;
  const say = (state: string, text: string, more = {}) => call(report, { task: task.id, state, text, ...more });
  if (told.length === 0 && reports < tries) return say("working", `Working on ${task.title}`);
  for (const { name, mark, command } of steps(task)) {
    const done = called.filter((call) => call.tool === "bash" && call.args.description === name);
    if (done.some((call) => mark.test(call.result ?? ""))) continue;
    if (done.length >= tries) return say("blocked", `${name} does not go through: ${(done.at(-1)?.result ?? "").slice(-300)}`);
    return call("bash", { command: done.length === 0 ? command : `sleep 2 && ${command}`, description: name });
  }
  const commit = called.map((call) => /commit ([0-9a-f]{40})/.exec(call.result ?? "")?.[1]).findLast((hash) => hash !== undefined);
  if (told.length < 2 && reports < tries + 2) return say("done", `${task.title}: done and pushed`, { commit });
  return { text: `Done: ${task.title}.` };
}
