import { readFileSync } from "node:fs";
import type { Frame } from "playwright-core";
import { expect, test } from "vitest";
import { quiet, say } from "../../harness/browser.ts";
import { script } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";

/**
 * Pages that a development server serves in the box, with packages from the real registry, beside the
 * conversation.
 */
const visitor = bringVisitor("vita", { settleMs: 240_000 });
const vite = {
  "package.json": '{ "private": true, "type": "module", "devDependencies": { "vite": "8.3.8" } }',
  "index.html":
    '<!doctype html><html lang="en"><head><title>Bread</title></head><body><h1></h1><script type="module" src="/main.js"></script></body></html>',
  "main.js": `import { text } from "./text.js";
const show = (said) => { document.querySelector("h1").textContent = said; };
show(text);
import.meta.hot?.accept("./text.js", (changed) => show(changed.text));`,
  "text.js": 'export const text = "Rye";',
};
const next = {
  "package.json": '{ "private": true, "dependencies": { "next": "16.4.6", "react": "19.3.1", "react-dom": "19.3.1" } }',
  "app/layout.js": 'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }',
  "app/page.js": '"use client";\nimport { text } from "../text.js";\nexport default function Page() { return <h1>{text}</h1>; }',
  "text.js": vite["text.js"],
};
const waitForPort = readFileSync(new URL("../preview/wait-for-port.mjs", import.meta.url), "utf8");
const bash = (command: string) => ({ tool: "bash", args: { command, description: "run" } });

test.each([
  ["Vite", vite, "vite --port 5173", 5_173],
  ["Next", next, "next dev --port 5174", 5_174],
])(
  "what an agent changes is seen at once, without a load: %s's own hot reload",
  { timeout: limit(480_000) },
  async (name, files, serve, port) => {
    const { page } = visitor;
    const write = (file: string, content: string) => ({ tool: "write", args: { filePath: `${name}/${file}`, content } });
    const log = `${name}/server.log`;
    let hears = false; // a page hears of changes once its own connection has begun, and is seen before that
    page.on("websocket", (socket) => {
      if (new URL(socket.url()).hostname.includes(".preview.")) socket.once("framereceived", () => (hears = true));
    });
    await say(
      page,
      script(
        write("wait.mjs", waitForPort),
        ...Object.entries(files).map(([file, content]) => write(file, content)),
        bash(`cd ${name} && npm install --no-audit --no-fund --silent && ls node_modules/.bin`),
        bash(`(cd ${name} && npx ${serve}) >${log} 2>&1 & node ${name}/wait.mjs ${port}; cat ${log}`),
        { tool: "platform_open_preview", args: { port, title: name } },
        { text: "Done." },
      ),
    );
    const shown = page.frameLocator(`iframe[title='${name}']`);
    await shown.getByRole("heading", { name: "Rye" }).waitFor({ timeout: limit(300_000) });
    await quiet(page);
    await expect.poll(() => hears, { timeout: limit(60_000) }).toBe(true);
    const frame = (await shown
      .owner()
      .elementHandle()
      .then((element) => element?.contentFrame())) as Frame;
    await frame.evaluate(() => Object.assign(window, { mark: "not loaded again" }));
    await say(page, script(write("text.js", 'export const text = "Wheat";'), { text: "Done." }));
    await shown.getByRole("heading", { name: "Wheat" }).waitFor({ timeout: limit(60_000) });
    expect(await frame.evaluate(() => Reflect.get(window, "mark"))).toBe("not loaded again");
  },
);
