import { afterAll, inject, test } from "vitest";
import { type Events, person, provisioned, script, send } from "../local/person.ts";

const product = inject("product");
let events: Events | undefined;
afterAll(() => events?.close());

test("a commit is told of whichever of a project's many branches it is on", async () => {
  const ada = await person(product, "branches@example.com");
  const made = await provisioned(ada);
  events = made.events;
  const { id } = made.actor;
  const mine = `agent/${id}`;
  const many = Array.from({ length: 50 }, (_, n) => `HEAD:refs/heads/${mine}/a${n}`).join(" ");
  const run = (command: string) => ({ tool: "bash", args: { command, description: command.slice(0, 40) } });
  const commit = (name: string, text: string) => [
    { tool: "write", args: { filePath: `many/${name}`, content: text } },
    run(`cd many && git add ${name} && git commit -qm "${text}" && sleep 2`), // Gitea lists those with the newest commits first
  ];
  const steps = [
    { tool: "platform_open_project", args: { name: "many" } },
    run("git clone -q http://gitea:3000/projects/many.git many && cd many && git checkout -q -b old"),
    ...commit("old.txt", "On the oldest branch"),
    run("cd many && git checkout -q main"),
    ...commit("new.txt", "On all others"),
    run(`cd many && git push -q origin old:refs/heads/${mine}/old ${many} && echo pushed`),
    { text: "Done." },
  ];
  const { turnId } = await send(ada, id, script(...steps));
  const pushed = (output = "") => /^pushed$/m.test(output);
  await events.wait("tool.call", ({ body }) => body.turnId === turnId && pushed(body.call.output), 120_000);
  await events.wait("commit", ({ body }) => body.title === "On the oldest branch" && body.branch === `${mine}/old`, 30_000);
});
