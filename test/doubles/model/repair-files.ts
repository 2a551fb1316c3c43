import type { Task } from "./task.ts";

/**
 * How the demo model repairs what fell ill: it asks for what the log names last, and sees whether the app
 * answers after that. It knows one bug.
 */
const reproduce = (path: string) => `import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

const [, start] = /^start: (.*)$/m.exec(readFileSync(".growqr/environment.yaml", "utf8"));
const place = createServer().listen(0, "127.0.0.1");
await once(place, "listening");
const { port } = place.address();
place.close();
const app = spawn("sh", ["-c", "exec " + start], { env: { ...process.env, PORT: String(port) }, stdio: "ignore" });
const ask = (path) => fetch("http://127.0.0.1:" + port + path, { redirect: "manual" }).then((answer) => answer.status, () => 0);
let status = 0;
for (let nth = 0; status === 0 && nth < 100; nth++) {
  await wait(100);
  status = await ask("/");
}
await ask(${JSON.stringify(path)});
const after = await ask("/");
app.kill();
process.exit(status === 200 && after === 200 ? 0 : 1);
`;
const lastAsked = ({ text }: Task) => [...text.matchAll(/\bGET (\/[\w/-]*)/g)].at(-1)?.[1] ?? "/";

/** A file of an incident; undefined: it is another. */
export function repairFile(path: string, task: Task): string | undefined {
  if (!path.startsWith("incidents/")) return undefined;
  if (path.endsWith("/reproduce.mjs")) return reproduce(lastAsked(task));
  return `# ${task.title}\n\nIt answers until somebody asks for ${lastAsked(task)}.\n\n## Cause\n\nIt remembers that it is broken. Sure.\n`;
}
/** What mends the one bug, in its clone. */
export const mendCommand = ({ type, title }: Task): string | undefined =>
  type === "coding" && title.startsWith("Repair ") ? "sed -i 's/broken = true/broken = false/' serve.sh" : undefined;
