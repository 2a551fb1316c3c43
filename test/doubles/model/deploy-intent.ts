import type { Talk } from "./next.ts";
import type { Called, Step } from "./wire.ts";

/** How the demo model deploys what its member has built: by the platform's tool, which asks the member. */
const tool = "platform_deploy";
const wish =
  /^(?:please\s+)?(?:deploy|release|launch|go live with|put)\b(?:\s+(?:it|this|the project|project))?\s*([a-z][a-z0-9-]{1,39})?\b.*$/i;
const wants = (text: string) => /\b(?:deploy|go live)\b|\bput\b.*\b(?:online|live)\b/i.test(text) && text.length < 200;

/** The project that was opened, planned or built last in this conversation. */
function lastProject(before: readonly Called[]): string | undefined {
  for (const { tool: name, args } of before.toReversed()) {
    if (name === "platform_open_project" && typeof args.name === "string") return args.name;
    const [task] = name === "platform_plan" && Array.isArray(args.tasks) ? (args.tasks as { project?: unknown }[]) : [];
    if (typeof task?.project === "string") return task.project;
  }
  return undefined;
}
const ordinary = /^(?:it|this|that|now|online|live|the|my|our|please|for|to|with)$/i;

/** "deploy it", "deploy guest-book". */
export function deployIntent({ text, tools, called, before }: Talk): Step | undefined {
  if (!wants(text) || !tools.includes(tool)) return undefined;
  const named = wish.exec(text)?.[1];
  const project = named !== undefined && !ordinary.test(named) ? named.toLowerCase() : lastProject(before);
  if (project === undefined) return { text: "Which project? Say `deploy` and its name." };
  const done = called.filter((call) => call.tool === tool);
  const said = done.at(-1)?.result ?? "";
  const goesOn = /Call deploy again/.test(said) && done.length < 20;
  if (done.length === 0 || goesOn) return { tools: [{ tool, args: { project } }] };
  return {
    text: `${said.split("\n")[0] || "Nothing came back."}\n\nI am the demo model; the release, its checks and its address are real.`,
  };
}
