import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { replaceFolder } from "../../edge/deploy/replace-folder.ts";
import { root } from "../local/process.ts";

const parent = mkdtempSync(path.join(tmpdir(), "growqr-built-"));
const folder = path.join(parent, "app");
afterAll(() => rmSync(parent, { recursive: true }));
beforeEach(() => {
  for (const name of readdirSync(parent)) rmSync(path.join(parent, name), { recursive: true });
});
const build = (text: string) => async (fresh: string) => {
  mkdirSync(fresh);
  writeFileSync(path.join(fresh, "index.html"), text);
};
const built = () => readFileSync(path.join(folder, "index.html"), "utf8");

describe("a built folder", () => {
  test("is replaced whole, with nothing left beside it", async () => {
    await replaceFolder(folder, build("first"));
    await replaceFolder(folder, build("second"));
    expect([built(), readdirSync(parent)]).toEqual(["second", ["app"]]);
  });

  test("stays as it was where the next build fails", async () => {
    await replaceFolder(folder, build("first"));
    const failing = replaceFolder(folder, async (fresh) => {
      await build("half")(fresh);
      throw new Error("no more");
    });
    await expect(failing).rejects.toThrow("no more");
    expect([built(), readdirSync(parent)]).toEqual(["first", ["app"]]);
  });

  test("is one of those that were built at once, whole", async () => {
    const texts = Array.from({ length: 12 }, (_, n) => `build ${n}`);
    await Promise.all(texts.map((text) => replaceFolder(folder, build(text))));
    expect(texts).toContain(built());
    expect(readdirSync(parent)).toEqual(["app"]);
  });

  test("has nothing beside it of a build that was killed", async () => {
    const killed = spawn(process.execPath, ["--eval", ""]);
    await once(killed, "exit");
    const { pid } = killed;
    mkdirSync(`${folder}.${pid}.0.new`);
    mkdirSync(`${folder}.${process.pid}.99.new`); // of a process that lives
    await replaceFolder(folder, build("next"));
    expect(readdirSync(parent).sort()).toEqual(["app", `app.${process.pid}.99.new`]);
  });
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("what a command has begun is undone where it is ended by %s", async (signal) => {
  const secrets = path.join(parent, "secrets.json");
  const program = `
    import { writeFileSync, rmSync } from "node:fs";
    import { endOnSignals, undoAtExit } from ${JSON.stringify(path.join(root, "edge/deploy/at-exit.ts"))};
    endOnSignals();
    undoAtExit(() => rmSync(${JSON.stringify(secrets)}));
    writeFileSync(${JSON.stringify(secrets)}, "{}");
    console.log("begun");
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  expect(existsSync(secrets)).toBe(true);
  child.kill(signal);
  const [code] = await once(child, "exit");
  expect([code > 128, existsSync(secrets)]).toEqual([true, false]);
});
