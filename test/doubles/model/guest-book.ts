import { readFileSync } from "node:fs";
import type { BuildAsk } from "./build-ask.ts";
import type { Talk } from "./next.ts";
import { folder, type Task } from "./task.ts";
import type { Step } from "./wire.ts";

/**
 * What the demo model builds where somebody asks for a guest book: a server with packages from the registry,
 * a database, and a page that is bundled. Its files stand in the folder `guest-book`.
 */
const read = (name: string) => () => readFileSync(new URL(`guest-book/${name}`, import.meta.url), "utf8");
const lock = "package-lock.json";
const previewPort = 5_210;

const manifest = `{
  "name": "guest-book",
  "private": true,
  "type": "module",
  "scripts": {
    "build": "esbuild src/page.mjs --bundle --minify --outfile=dist/page.js",
    "start": "node server.mjs",
    "test": "npm run build && node --test"
  },
  "dependencies": { "@hono/node-server": "2.1.8", "hono": "4.13.19" },
  "devDependencies": { "esbuild": "0.28.2" }
}
`;
const environment = `build: npm run build
start: node server.mjs
health:
  path: /
  contains: Guest book
`;
const review = `# Review of the guest book

Read: every changed file, against the spec.

- Correctness: notes are kept, listed and deleted; each way is tested.
- Security: what people write is never read as HTML or SQL, and its length is bounded.
- Simplicity: two packages to serve, one to build; the database is one file.

Verdict: approved
`;
const sources: Record<string, () => string> = {
  "package.json": () => manifest,
  ".growqr/environment.yaml": () => environment,
  ".gitignore": () => "node_modules\ndist\n*.log\n",
  "notes.mjs": read("notes.mjs"),
  "server.mjs": read("server.mjs"),
  "src/page.mjs": read("page.mjs"),
  "src/time.mjs": read("time.mjs"),
  "src/style.css": read("style.css"),
  "guests.test.mjs": read("guests.mjs"),
};
const added: Record<string, () => string> = {
  "odd-notes.test.mjs": read("odd-notes.mjs"),
  "docs/reviews/guest-book.md": () => review,
};

export const isGuestBook = (name: string): boolean => /\bguest[ -]?book\b/i.test(name);
export const asksForGuestBook = ({ heading }: BuildAsk): boolean => isGuestBook(heading);
const isBuilt = (task: Task) => task.files.includes("notes.mjs");
export function guestBookFile(path: string, task: Task): string | undefined {
  return (isBuilt(task) ? sources[path] : added[path])?.();
}
/** The package manager writes its lockfile itself. */
export const isWrittenByTool = (path: string): boolean => path === lock;

export function guestBookPlan({ heading, project }: BuildAsk, story: string) {
  const thing = heading.charAt(0).toLowerCase() + heading.slice(1);
  const front = { url: "http://localhost:8080/", should_respond: { status: 200, contains: "Guest book" }, timeout: 30 };
  const base = { project, tests: ["npm test"], acceptance: [front] };
  return {
    title: `${heading}, tested and reviewed`,
    story: story.slice(0, 4_000),
    tasks: [
      {
        ...base,
        id: "book",
        title: `Build the ${thing}`,
        description: "People leave a note, and a note can be deleted. A server with a database, and a page that is bundled.",
        owner: "coding",
        outputs: [...Object.keys(sources), lock],
        scenarios: ["Given a note that somebody left, when it is deleted, then it is gone and the others stay"],
        tests: [{ command: "npm test", scenarios: [1] }],
        budget: { cost_usd: 1, minutes: 20 },
      },
      {
        ...base,
        id: "book-test",
        title: `Try to break the ${thing}`,
        description: "Odd notes, notes that are not there, many at once. Add the tests that are missing; weaken none.",
        owner: "testing",
        outputs: ["odd-notes.test.mjs"],
        budget: { cost_usd: 0.5, minutes: 15 },
        depends_on: ["book"],
      },
      {
        id: "book-review",
        title: `Review the ${thing}`,
        description: "Read the change against its spec: correctness, security, simplicity. Write the review file.",
        project,
        owner: "reviewer",
        outputs: ["docs/reviews/guest-book.md"],
        acceptance: [{ file: "docs/reviews/guest-book.md", contains: "Verdict: approved" }],
        budget: { cost_usd: 0.5, minutes: 10 },
        depends_on: ["book-test"],
      },
      {
        ...base,
        id: "book-merge",
        title: `Merge the ${thing}`,
        description: "Merge the reviewed branch into main and run its tests there.",
        owner: "repo",
        outputs: ["server.mjs"],
        budget: { cost_usd: 0.2, minutes: 10 },
        depends_on: ["book-review"],
      },
    ],
  };
}

const bash = (command: string, description: string): Step => ({ tools: [{ tool: "bash", args: { command, description } }] });
/** What is installed before a project's own commands can run. */
export const installStep = (task: Task): string => (task.commands.includes("npm test") ? " && npm ci --no-audit --no-fund --silent" : "");
/**
 * Before it is pushed the guest book is installed, tested, started and shown; undefined once that is done.
 */
export function tryGuestBook(task: Task, talk: Talk): Step | undefined {
  if (task.type !== "coding" || !isBuilt(task)) return undefined;
  const name = folder(task);
  const did = (step: string) => talk.called.some(({ args }) => args.description === step);
  const [install, start, wait] = ["Install what it needs, build it and test it", "Start it, to look at it", "Wait until it listens"];
  if (!did(install)) return bash(`cd ${name} && npm install --no-audit --no-fund --silent && npm test && ls`, install);
  if (!did(start))
    return bash(`PORT=${previewPort} node ${name}/server.mjs >${name}/server.log 2>&1 & sleep 3; cat ${name}/server.log`, start);
  const shows = talk.called.filter(({ tool }) => tool === "platform_open_preview");
  const isShown = shows.some(({ result = "" }) => !/in the background first/.test(result));
  if (isShown || shows.length === 8 || !talk.tools.includes("platform_open_preview")) return undefined;
  const waits = talk.called.filter(({ args }) => args.description === wait).length;
  if (shows.length > waits) return bash(`sleep 3; cat ${name}/server.log`, wait);
  return { tools: [{ tool: "platform_open_preview", args: { port: previewPort, title: "Guest book" } }] };
}
