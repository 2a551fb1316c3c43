import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Edge } from "../../../actors/runner/edge.ts";
import { callEdge } from "../../../agent-host/edge.ts";
import { newMachineKey } from "../../../schema/machine/machine.ts";
import { newId } from "../../../schema/wire/id.ts";
import { root } from "../../local/process.ts";

/**
 * Daemon and runner follow no redirect: a box, or somebody in between, must not send a request and its
 * secrets elsewhere.
 */
let server: Server;
let base: string;
const asked: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(307, { location: "/elsewhere" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

test("a call to the edge is not led elsewhere, the daemon's or the runner's", async () => {
  const { keyPem } = await newMachineKey("test");
  await expect(callEdge(base, { method: "POST", path: "/hosts/x/heartbeat", body: {}, shape: z.object({}) })).rejects.toMatchObject({
    code: "upstream",
  });
  const edge = new Edge({ id: newId("rnr"), edge: base, keyPem, certPem: "", caPem: "" });
  await expect(edge.hosts()).rejects.toMatchObject({ code: "upstream" });
  expect(asked).toEqual(["/hosts/x/heartbeat", "/hosts/mine"]);
});

test("no call of the daemon, the runner or the edge follows a redirect", () => {
  const files = ["actors", "agent-host", "edge"].flatMap((part) =>
    readdirSync(path.join(root, part), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !`${part}/${name}`.startsWith("edge/app/"))
      .map((name) => path.join(root, part, name)),
  );
  expect(files.length).toBeGreaterThan(150);
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    for (const { index } of text.matchAll(/\bawait fetch\(|\breturn fetch\(|= fetch\(/g)) {
      const call = text.slice(index, text.indexOf(";", index));
      const prepared = /fetch\([^{]*\b(request|init)\)/.test(call); // its settings are named before
      const upgrade = call.includes("Upgrade");
      expect(prepared || upgrade || /redirect: "(manual|error)"/.test(call), `${path.relative(root, file)}: ${call.slice(0, 120)}`).toBe(
        true,
      );
    }
  }
});
