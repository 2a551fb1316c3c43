import { readFileSync } from "node:fs";
import { type ClientRequest, request } from "node:http";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { previewOut } from "../../../schema/preview/preview.ts";
import { previewTokenOut } from "../../../schema/preview/preview-access.ts";
import { type Events, type Person, person, provision, script, send } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { look } from "./preview-visitor.ts";

/**
 * Ten thousand connections to one member's program that holds each of them: it has as many as it may, the
 * rest is refused at once, and neither the neighbour nor the app waits for them.
 */
const product = inject("product");
const port = 5_180;
const [connections, atOnce, mostHeld] = [10_000, 500, 256];
const waitForPort = readFileSync(new URL("./wait-for-port.mjs", import.meta.url), "utf8");
const program = `import { createServer } from "node:http";
createServer((request, answer) => (request.url === "/hold" ? answer.write("held") : answer.end("hello"))).listen(${port}, "0.0.0.0");
`;
type Shown = { person: Person; events: Events; address: string; headers: Record<string, string> };
async function showing(email: string): Promise<Shown> {
  const visitor = await person(product, email);
  const { events, actor } = await provision(visitor);
  const write = (filePath: string, content: string) => ({ tool: "write", args: { filePath, content } });
  const command = `node server.mjs >server.log 2>&1 & node wait.mjs ${port}`;
  const steps = [write("server.mjs", program), write("wait.mjs", waitForPort), { tool: "bash", args: { command, description: "serve" } }];
  const { turnId } = await send(visitor, actor.id, script(...steps, { text: "Done." }));
  await events.wait("turn.state", ({ body }) => body.turnId === turnId && body.state === "done", 60_000);
  const { preview } = previewOut.parse((await visitor.call("POST", "/previews", { agent: actor.id, port })).body);
  const pass = previewTokenOut.parse((await visitor.call("POST", `/previews/${preview.id}/token`, {})).body);
  return { person: visitor, events, address: pass.address, headers: { [pass.header]: pass.token } };
}
let [loud, neighbour]: Shown[] = [];
beforeAll(async () => {
  [loud, neighbour] = await Promise.all([showing("many-connections@example.com"), showing("beside-many@example.com")]);
}, limit(240_000));
afterAll(() => {
  for (const each of [loud, neighbour]) each?.events.close();
});

const asked = (shown: Shown | undefined) => look(shown!.address, "/", { headers: shown!.headers });

test("ten thousand at once are held up to a bound and refused beyond it, and nobody else waits", { timeout: limit(240_000) }, async () => {
  const { address, headers } = loud!;
  const url = new URL(address);
  const answers = new Map<number | string, number>();
  const count = (answer: number | string) => answers.set(answer, (answers.get(answer) ?? 0) + 1);
  const held: ClientRequest[] = [];
  const knock = () =>
    new Promise<void>((resolve) => {
      const call = request({ host: "127.0.0.1", port: url.port, path: "/hold", headers: { host: url.host, ...headers }, agent: false });
      call.once("response", (answer) => {
        count(answer.statusCode ?? 0);
        if (answer.statusCode === 200) held.push(call);
        answer.on("error", () => undefined).resume(); // what is held is closed below
        resolve();
      });
      call.once("error", (error: NodeJS.ErrnoException) => {
        count(error.code ?? "error");
        resolve();
      });
      call.end();
    });
  let left = connections;
  const crowd = Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await knock();
    }),
  );
  const beside: number[] = [];
  while (left > 0) {
    beside.push((await asked(neighbour)).status, (await neighbour!.person.call("GET", "/actors/me")).status);
  }
  await crowd;
  expect(new Set(beside)).toEqual(new Set([200]));
  expect([...answers.keys()].filter((status) => ![200, 429].includes(Number(status)))).toEqual([]);
  expect(answers.get(200)).toBeLessThanOrEqual(mostHeld);
  expect(answers.get(200)).toBeGreaterThan(0);
  for (const call of held) call.socket?.resetAndDestroy(); // workerd would hear of one that is closed only with its next byte
  await expect.poll(async () => (await asked(loud)).status, { timeout: limit(30_000) }).toBe(200);
});
