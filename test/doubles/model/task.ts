import type { Talk } from "./next.ts";
import { readDetailLines, type SiteDetails } from "./site/site-details.ts";

/** What a sub-agent's task prompt says, as far as this model reads it. */
export type Task = {
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
  /** It is proven only with an answer of the member. */
  asks: boolean;
  /** What the member answered, newest last. */
  answers: string[];
  /** What the description quotes. */
  says: string[];
  /** What a site says of its owner, in lines of the description. */
  details: SiteDetails;
  text: string;
};

export function taskOf({ messages }: Pick<Talk, "messages">): Task | undefined {
  const system = messages
    .filter((message) => message.role === "system")
    .map((message) => message.content)
    .join("\n");
  const type = /a sub-agent of type ([a-z-]+)/.exec(system)?.[1];
  const text =
    messages.findLast((message) => message.role === "user" && /^(You were interrupted .*\n\n)?Task tsk_/.test(message.content.trim()))
      ?.content ?? "";
  const id = /^\s*Task (tsk_[0-9A-Z]{26}), attempt \d+: (.*)$/m.exec(text);
  if (!type || !id) return undefined;
  const files = [...text.matchAll(/^- (\S+) is in the commit(?: and contains “([^”]*)”)?$/gm)];
  const description = text.split(/\n\n(?=## )/)[0] ?? "";
  return {
    id: id[1]!,
    title: id[2]!,
    type,
    clone: /Clone (\S+\.git)/.exec(text)?.[1] ?? "",
    branch: /Push to (\S+) and to no other branch/.exec(text)?.[1] ?? "main",
    from: /Begin from its branch (\S+) at [0-9a-f]{40}/.exec(text)?.[1],
    files: [...new Set(files.map((file) => (file[1] === "src" ? "src/index.html" : file[1]!)))], // a folder holds a page
    contains: new Map(files.flatMap((file) => (file[2] ? [[file[1]!, file[2]] as const] : []))),
    commands: [...text.matchAll(/^- `([^`]+)` ends with exit code 0/gm)].map((match) => match[1]!),
    asks: /^- the member has answered what you asked/m.test(text),
    answers: messages.flatMap(({ role, content }) => (role === "user" ? answersIn(content) : [])),
    says: [...description.matchAll(/[“"]([^”"\n]{3,200})[”"]/g)].map((match) => match[1]!),
    details: readDetailLines(description),
    text,
  };
}
const answersIn = (text: string): string[] =>
  [...text.matchAll(/The answer to your question apr_\w+ \([\s\S]*?”\):\n\n([^\n]+)/g)].map((match) => match[1]!);
/** As one word of a shell. */
export const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
export const folder = (task: Task) => (/\/([^/]+)\.git$/.exec(task.clone)?.[1] ?? "work").slice(0, 40);
