import { asksForPage, type PageAsk, pageAsk } from "./ask.ts";
import { pageHtml } from "./html.ts";
import type { Talk } from "./next.ts";
import type { Called, Step } from "./wire.ts";

const open = "platform_open_project";
const remember = "platform_remember";
type Project = { url: string; branch: string };
type Work = Talk & { ask: PageAsk; file: string };

const call = (tool: string, args: Record<string, unknown>, text?: string): Step => ({ ...(text ? { text } : {}), tools: [{ tool, args }] });
const bash = (command: string, description: string, text?: string) => call("bash", { command, description }, text);
const calls = (work: Talk, tool: string, part = "") =>
  work.called.filter((call) => call.tool === tool && JSON.stringify(call.args).includes(part));
const lines = (text: string | undefined) => (text ?? "").trim().split("\n").slice(-6).join("\n").slice(-600);

function sorry(step: string, result: string | undefined): Step {
  return {
    text: `I could not finish: ${step} did not work. This is what came back:\n\n\`\`\`\n${lines(result) || "(nothing)"}\n\`\`\`\n\nWhat was done before that is kept. Ask me again and I will go on from there.`,
  };
}

/** Where the platform says to clone from and push to, or undefined when its answer is a refusal. */
function projectOf(opened: Called | undefined): Project | undefined {
  const url = /https?:\/\/[^\s"'`<>]+\.git/.exec(opened?.result ?? "")?.[0];
  const branch = /agent\/agt_[0-9A-Z]{26}\/[A-Za-z0-9._-]+/.exec(opened?.result ?? "")?.[0];
  return url && branch ? { url, branch } : undefined;
}

/**
 * "make me a page that says hello": project, clone, file, push, memory. A call that fails is tried once more
 * in another way, then reported.
 */
export function pageIntent(talk: Talk): Step | undefined {
  const earlier = talk.before.findLast((call) => call.tool === open)?.args.name;
  const known = typeof earlier === "string" ? earlier : undefined;
  if (!asksForPage(talk.text, known)) return undefined;
  if (!talk.tools.includes(open))
    return {
      text: "I would make that page in a project of yours, but the platform's tools do not answer in this session right now. Ask me again in a moment.",
    };
  const ask = pageAsk(talk.text, known);
  const directory = talk.directory.replace(/\/$/, "");
  return pageStep({ ...talk, ask, file: `${directory}/${ask.name}/index.html` });
}

function pageStep(work: Work): Step {
  const opened = calls(work, open);
  if (!opened.length) return call(open, { name: work.ask.name }, `I'll make a page that says “${work.ask.heading}”.`);
  const project = projectOf(opened.at(-1));
  if (!project) return opened.length < 2 ? call(open, { name: work.ask.name }) : sorry("opening the project", opened.at(-1)?.result);
  return cloneStep(work, project) ?? writeStep(work) ?? pushStep(work, project) ?? rememberStep(work, project);
}

function cloneStep({ ask, ...work }: Work, { url, branch }: Project): Step | undefined {
  const done = calls(work, "bash", "git clone");
  if (done.at(-1)?.result?.includes(`## ${branch}`)) return undefined;
  if (done.length > 1) return sorry("cloning the project", done.at(-1)?.result);
  const fetch = done.length
    ? `rm -rf ${ask.name} && git clone ${url} ${ask.name}`
    : `{ test -d ${ask.name}/.git && git -C ${ask.name} fetch -q origin || git clone ${url} ${ask.name}; }`;
  const checkout = `{ git checkout -q ${branch} 2>/dev/null || git checkout -q -b ${branch}; }`;
  return bash(`${fetch} && cd ${ask.name} && ${checkout} && git status -sb && ls`, `Clone ${ask.name} and switch to my branch`);
}

function writeStep(work: Work): Step | undefined {
  const content = pageHtml(work.ask.heading);
  const write = call("write", { filePath: work.file, content });
  const done = calls(work, "write");
  const lastWrite = done.at(-1);
  const isThere = calls(work, "bash", "git clone").at(-1)?.result?.includes("index.html");
  const readAt = work.called.findLastIndex((call) => call.tool === "read");
  if (!lastWrite) return isThere && readAt < 0 ? call("read", { filePath: work.file }) : write;
  if (!/error|must|failed|denied|not allowed/i.test(lastWrite.result ?? "error")) return undefined;
  if (done.length > 1) return sorry("writing the file", lastWrite.result);
  return readAt > work.called.indexOf(lastWrite) ? write : call("read", { filePath: work.file });
}

const hashOf = (result: string | undefined) => /\b[0-9a-f]{40}\b/.exec(result ?? "")?.[0];

function pushStep({ ask, ...work }: Work, { branch }: Project): Step | undefined {
  const done = calls(work, "bash", "git push");
  if (hashOf(done.at(-1)?.result)) return undefined;
  if (done.length > 1) return sorry("pushing the commit", done.at(-1)?.result);
  const subject = `Page that says ${ask.heading}`
    .replace(/[^\p{L}\p{N} .,!?-]/gu, "")
    .slice(0, 60)
    .trim();
  const commit = `git add index.html && { git diff --cached --quiet || git commit -q -m "${subject}"; }`;
  const push = done.length
    ? `git fetch -q origin && { git rebase -q origin/${branch} 2>/dev/null; git push -q -u origin HEAD; }`
    : "git push -q -u origin HEAD";
  return bash(`cd ${ask.name} && ${commit} && ${push} && git rev-parse HEAD`, "Commit the page and push my branch");
}

function rememberStep(work: Work, { branch }: Project): Step {
  const hash = hashOf(calls(work, "bash", "git push").at(-1)?.result) ?? "";
  const { name, heading } = work.ask;
  const kept = calls(work, remember).at(-1);
  if (!kept && work.tools.includes(remember)) {
    const text = `A page that says “${heading}” was asked for (“${work.text.slice(0, 300)}”).\n\nIt is one file, \`index.html\`, without dependencies, in \`projects/${name}\` on the branch \`${branch}\`, commit \`${hash}\`.\n\nWhy one file: it opens anywhere and there is nothing to build.`;
    return call(remember, { kind: "decision", title: `Page ${name}: one plain HTML file`, text });
  }
  const failed = !kept || /error|refused|failed|invalid/i.test(kept.result ?? "error");
  const memory = failed ? "I could not write the decision to your memory this time." : "I also wrote the decision down in your memory.";
  return {
    text: `Done: your page says **${heading}**. You see it here; open it to share it, or to see it as a phone does. Say “change the page to say …” and it says something else.\n\n${memory} A real model would also find the words, the pictures and the colours that fit you; I only put your sentence on a page.`,
  };
}
