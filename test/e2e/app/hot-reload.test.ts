import { readFileSync } from "node:fs";
import type { Frame } from "playwright-core";
import { expect, test } from "vitest";
import { quiet, say } from "../../harness/browser.ts";
import { script } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";

/** A page that Vite serves in the box, with packages from the real registry, beside the conversation. */
const visitor = bringVisitor("vita", { settleMs: 240_000 });
const files = {
  "package.json": '{ "private": true, "type": "module", "devDependencies": { "vite": "8.3.8" } }',
  "index.html":
    '<!doctype html><html lang="en"><head><title>Bread</title></head><body><h1></h1><script type="module" src="/main.js"></script></body></html>',
  "main.js": `import { text } from "./text.js";
const show = (said) => { document.querySelector("h1").textContent = said; };
show(text);
import.meta.hot?.accept("./text.js", (changed) => show(changed.text));`,
  "text.js": 'export const text = "Rye";',
};
const waitForPort = readFileSync(new URL("../preview/wait-for-port.mjs", import.meta.url), "utf8");
const write = (name: string, content: string) => ({ tool: "write", args: { filePath: `page/${name}`, content } });
const bash = (command: string) => ({ tool: "bash", args: { command, description: "run" } });

test("what an agent changes is seen at once, without a load: Vite's own hot reload", { timeout: limit(240_000) }, async () => {
  const { page } = visitor;
  await say(
    page,
    script(
      write("wait.mjs", waitForPort),
      ...Object.entries(files).map(([name, content]) => write(name, content)),
      bash("cd page && npm install --no-audit --no-fund --silent && ls node_modules/.bin/vite"),
      bash("(cd page && npx vite --port 5173) >page/vite.log 2>&1 & node page/wait.mjs 5173; cat page/vite.log"),
      { tool: "platform_open_preview", args: { port: 5173, title: "Bread" } },
      { text: "Done." },
    ),
  );
  const shown = page.frameLocator("iframe[title='Bread']");
  await shown.getByRole("heading", { name: "Rye" }).waitFor({ timeout: limit(180_000) });
  await quiet(page);
  const frame = page.frames().find((each) => each.url().includes(".preview.")) as Frame;
  await frame.evaluate(() => Object.assign(window, { mark: "not loaded again" }));
  await say(page, script(write("text.js", 'export const text = "Wheat";'), { text: "Done." }));
  await shown.getByRole("heading", { name: "Wheat" }).waitFor({ timeout: limit(60_000) });
  expect(await frame.evaluate(() => Reflect.get(window, "mark"))).toBe("not loaded again");
});
