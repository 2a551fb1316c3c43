import { expect, test } from "vitest";
import { attachmentNote } from "../../../schema/conversation/attachment.ts";
import { pageAsk } from "./ask.ts";
import { next } from "./next.ts";
import { pieces } from "./stream.ts";
import { chatIn, type Step } from "./wire.ts";

const tools = ["bash", "write", "read", "platform_open_project", "platform_remember", "platform_recall", "platform_plan"];
const branch = "agent/agt_01KABCDEFGHJKMNPQRSTVWXYZ1/hello-page";
const directory = "/workspace/agents/agt_01KABCDEFGHJKMNPQRSTVWXYZ1/work";
type Turn = { role: string; content: string; tool_calls?: object[]; tool_call_id?: string };

/** Plays the agent's loop: each tool call is answered by `reply` until the model only talks. */
function play(
  text: string,
  reply: (tool: string, args: Record<string, unknown>, nth: number) => string,
  before: Turn[] = [],
  offered = tools,
) {
  const messages: Turn[] = [
    { role: "system", content: `You are grow.\n  Working directory: ${directory}\n` },
    ...before,
    { role: "user", content: text },
  ];
  const used: { tool: string; args: Record<string, unknown> }[] = [];
  for (let turn = 0; turn < 20; turn++) {
    const step: Step = next(chatIn.parse({ model: "demo", messages, tools: offered.map((name) => ({ function: { name } })) }));
    if (!step.tools?.length) return { used, text: step.text ?? "", messages, step };
    const calls = step.tools.map((tool, index) => ({
      id: `c${turn}_${index}`,
      function: { name: tool.tool, arguments: JSON.stringify(tool.args) },
    }));
    messages.push({ role: "assistant", content: step.text ?? "", tool_calls: calls });
    for (const [index, tool] of step.tools.entries()) {
      used.push(tool);
      messages.push({
        role: "tool",
        tool_call_id: `c${turn}_${index}`,
        content: reply(tool.tool, tool.args, used.filter((two) => two.tool === tool.tool).length),
      });
    }
  }
  throw new Error("the model never came to an end");
}

const hash = "0123456789abcdef0123456789abcdef01234567";
function box(tool: string, args: Record<string, unknown>): string {
  if (tool === "platform_open_project")
    return `Project hello-page is open.\nClone: http://gitea:3000/projects/hello-page.git\nPush only to: ${branch}`;
  const command = String(args.command ?? "");
  if (command.includes("git clone")) return `Cloning into 'hello-page'...\n## ${branch}\nREADME.md`;
  if (command.includes("git push")) return `${hash}\n`;
  return tool === "write" ? "Wrote file successfully." : "ok";
}

test("a page that says hello is opened as a project, cloned, written, pushed and remembered, in this order", () => {
  const { used, text } = play("make me a page that says hello", box);
  expect(used.map((call) => call.tool)).toEqual(["platform_open_project", "bash", "write", "bash", "platform_remember"]);
  expect(used[0]?.args).toEqual({ name: "hello-page" });
  expect(used[1]?.args.command).toContain(`git clone http://gitea:3000/projects/hello-page.git`);
  expect(used[1]?.args.command).toContain(`git checkout -q -b ${branch}`);
  expect(used[2]?.args.filePath).toBe(`${directory}/hello-page/index.html`);
  expect(used[2]?.args.content).toContain("<h1>hello</h1>");
  expect(used[4]?.args).toMatchObject({ kind: "decision" });
  expect(text).toContain("your page says **hello**");
  expect(text).not.toMatch(/branch|commit|[0-9a-f]{7}/i);
});

test("a refused push is tried once more after fetching, then told with what came back", () => {
  const { used, text } = play("make me a page that says hello", (tool, args) =>
    String(args.command ?? "").includes("git push") ? "! [remote rejected] pre-receive hook declined" : box(tool, args),
  );
  expect(used.filter((call) => String(call.args.command ?? "").includes("git push"))).toHaveLength(2);
  expect(used.some((call) => call.tool === "platform_remember")).toBe(false);
  expect(text).toContain("pre-receive hook declined");
});

test("a platform that refuses to open the project is asked twice, then the refusal is told", () => {
  const { used, text } = play("make me a page that says hello", () => "Error: no_capacity");
  expect(used.map((call) => call.tool)).toEqual(["platform_open_project", "platform_open_project"]);
  expect(text).toContain("no_capacity");
});

test("a file that is there already is read before it is written", () => {
  const first = play("make me a page that says hello", box);
  const again = (tool: string, args: Record<string, unknown>) =>
    String(args.command ?? "").includes("git clone") ? `## ${branch}\nREADME.md\nindex.html` : box(tool, args);
  const { used, text } = play("change the page to say goodbye", again, [
    ...first.messages.slice(1),
    { role: "assistant", content: first.text },
  ]);
  expect(used.map((call) => call.tool)).toEqual(["platform_open_project", "bash", "read", "write", "bash", "platform_remember"]);
  expect(used[0]?.args).toEqual({ name: "hello-page" });
  expect(text).toContain("**goodbye**");
});

test("without platform tools the model says so and calls nothing", () => {
  expect(play("make me a page that says hello", box, [], ["bash", "write"]).used).toEqual([]);
});

test("plain wordings of the wish are understood", () => {
  const asks = (text: string) => {
    const { says, name } = pageAsk(text, undefined);
    return [says, name];
  };
  expect(asks("make me a page that says hello")).toEqual(["hello", "hello-page"]);
  expect(asks("Build a website saying “Welcome to Ada's shop”, please.")).toEqual(["Welcome to Ada's shop", "welcome-to-ada-s-page"]);
  expect(asks("could you create a web page called landing that reads Good morning")).toEqual(["Good morning", "landing"]);
  expect(asks("I want a page about tulips.")).toEqual(["a page about tulips", "tulips-page"]);
  expect(asks("make a page that says hello and push it")).toEqual(["hello", "hello-page"]);
  expect(asks("make a page that says こんにちは")).toEqual(["こんにちは", "my-page"]);
  expect(asks("make a page")).toEqual(["hello", "hello-page"]);
  for (const text of ["make a page that says 100% yes", "a page named 3D", "make a page saying -", "page that says é"])
    expect(pageAsk(text, undefined).name).toMatch(/^[a-z][a-z0-9-]{1,39}$/);
});

test("hostile text on a page stays text", () => {
  const { used } = play('make me a page that says <script>alert("x")</script>', box);
  expect(String(used.find((call) => call.tool === "write")?.args.content)).not.toContain("<script>");
});

test("a fact is remembered with its kind", () => {
  const kept = play("remember that I prefer short answers", () => "Remembered.");
  expect(kept.used).toEqual([
    { tool: "platform_remember", args: { kind: "profile", title: "I prefer short answers", text: "I prefer short answers" } },
  ]);
});

test("what is remembered, and why something is as it is, is looked up and told with its place", () => {
  const found =
    "1. [decision] Plain HTML\n   Why plain HTML: it opens anywhere\n   (growqr/memory decisions/x.md:5 @ 0123456789ab)\n\nThis is information.";
  const { used, text } = play("Why is it plain HTML?", () => found);
  expect(used).toEqual([{ tool: "platform_recall", args: { query: "plain HTML", in: ["decisions"] } }]);
  expect(text).toContain("it opens anywhere");
  expect(text).toContain("growqr/memory decisions/x.md:5 @ 0123456789ab");
  expect(play("what do you remember about me?", () => "Nothing is remembered for it.").text).toContain("nothing about you");
});

test("a command is run and its output shown", () => {
  const { used, text } = play("run `git --version`", () => "git version 2.39.5");
  expect(used).toEqual([{ tool: "bash", args: { command: "git --version", description: "Run git --version" } }]);
  expect(text).toContain("git version 2.39.5");
});

test("what it cannot do it says, as the demo model that it is", () => {
  for (const text of ["hello", "prove the Riemann hypothesis"]) {
    const answer = play(text, box);
    expect(answer.used).toEqual([]);
    expect(answer.text).toContain("demo model");
  }
  expect(play("count slowly to 100", box).step.gapMs).toBeGreaterThan(50);
});

test("an answer that was stopped is carried on where it ended, by the product's own button", () => {
  const whole = play("count slowly to 30", box).text;
  const stopped: Turn[] = [
    { role: "user", content: "count slowly to 30" },
    { role: "assistant", content: whole.slice(0, 20) },
  ];
  const { text, step } = play("Carry on from where you stopped.", box, stopped);
  expect(`${whole.slice(0, 20).trimEnd()}  ${text}`).toBe(whole);
  expect(step.gapMs).toBeGreaterThan(50);
  const page: Turn[] = [
    { role: "user", content: "make me a page that says hello" },
    { role: "assistant", content: "I'll make a page" },
  ];
  expect(play("Carry on from where you stopped.", box, page).used.map(({ tool }) => tool)).toContain("write");
  expect(play("Carry on from where you stopped.", box).text).toContain("demo model");
});

test("files that come with a message are named, and the platform's words about them are not repeated", () => {
  const note = attachmentNote([{ name: "0123456789-menu.txt", bytes: 12 }] as never);
  const { text } = play(`See the attached file.${note}`, box);
  expect(text).toContain("**menu.txt**");
  expect(text + play(`Prove the hypothesis${note}`, box).text).not.toContain("working directory");
  expect(play(`run \`ls\`${note}`, box).used[0]?.args.command).toBe("ls");
});

test("the same list is not said twice in a conversation, and two answers to what it cannot do differ", () => {
  const first = play("prove the Riemann hypothesis", box);
  const before: Turn[] = [
    { role: "user", content: "prove the Riemann hypothesis" },
    { role: "assistant", content: first.text },
  ];
  const second = play("prove it once more", box, before);
  expect(first.text.split("\n- ").length).toBe(8);
  expect(second.text.split("\n- ").length).toBe(4);
  expect(second.text.slice(0, 20)).not.toBe(first.text.slice(0, 20));
});

test("a script is followed step by step, and one that does not parse is told", () => {
  const script = `SCRIPT:${JSON.stringify([
    { tool: "bash", args: { command: "true" } },
    { text: "end", chunks: 3, gapMs: 0 },
  ])}END`;
  const { used, step } = play(`do it ${script}`, () => "");
  expect(used).toHaveLength(1);
  expect(step).toMatchObject({ text: "end", chunks: 3 });
  const before = [
    { role: "user", content: `Task: ${script}` },
    { role: "assistant", content: "one" },
  ];
  expect(play(`You were interrupted. Again: ${script}`, () => "", before)).toMatchObject({ used: [], step: { text: "end" } });
  expect(play("SCRIPT:[{]END", box).text).toContain("does not parse");
});

test("a title is asked for without tools and is short", () => {
  const chat = chatIn.parse({
    model: "demo",
    messages: [
      { role: "system", content: "You are a title generator" },
      { role: "user", content: "make me a page that says hello to all of my friends" },
    ],
  });
  expect(next(chat).text).toBe("make me a page that says");
});

test("text is cut as tokens are, and nothing of it is lost", () => {
  for (const text of ["", " ", "hello", "two  words\n\nand a paragraph ", "ünïcödé—dash"]) expect(pieces(text).join("")).toBe(text);
});

test("what was planned is deployed by the platform's tool, which is asked again while it still starts", () => {
  const planned = [
    { role: "user", content: "Build me a bakery website" },
    {
      role: "assistant",
      content: "",
      tool_calls: [
        { id: "p", function: { name: "platform_plan", arguments: JSON.stringify({ tasks: [{ id: "site", project: "bakery-website" }] }) } },
      ],
    },
    { role: "tool", tool_call_id: "p", content: "Proposed." },
  ];
  const offered = [...tools, "platform_deploy"];
  const answers = ["It was allowed and is being started. Call deploy again in a moment.", "bakery-website is deployed at http://x/."];
  const done = play("deploy it", (_tool, _args, nth) => answers[nth - 1] ?? "", planned, offered);
  expect(done.used).toEqual(Array.from({ length: 2 }, () => ({ tool: "platform_deploy", args: { project: "bakery-website" } })));
  expect(done.text).toContain("deployed at http://x/");
  expect(play("please deploy guest-book", () => "No.", [], offered).used).toEqual([
    { tool: "platform_deploy", args: { project: "guest-book" } },
  ]);
  expect(play("deploy it", () => "", [], offered).text).toContain("Which project?");
});
