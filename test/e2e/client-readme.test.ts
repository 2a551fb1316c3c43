import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { person, provision } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { root } from "../local/process.ts";

/** Issue 28.9: the first program in the client's README, as it stands there. */
const product = inject("product");
const folder = mkdtempSync(path.join(tmpdir(), "growqr-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the first ten lines of the client's README lead to an answer of one's agent", async () => {
  const lines = /```js\n([\s\S]*?)```/.exec(readFileSync(path.join(root, "edge/client/README.md"), "utf8"))?.[1] ?? "";
  expect(lines.trim().split("\n").filter(Boolean).length).toBeLessThanOrEqual(10);
  const ada = await person(product, "readme@example.com");
  const { events } = await provision(ada);
  events.close();
  const made = await ada.call("POST", "/account/tokens", { name: "Ten lines", scopes: ["read", "work"] });
  const { token } = z.object({ token: z.string() }).parse(made.body);
  const program = path.join(folder, "main.mjs");
  writeFileSync(program, lines.replace("@growqr/client", pathToFileURL(path.join(root, "edge/client/index.ts")).href));
  const env = { ...process.env, GROWQR_URL: product.edgeUrl, GROWQR_TOKEN: token };
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env, timeout: limit(60_000), killSignal: "SIGKILL" });
  expect(stdout).toMatch(/\w/);
});
