import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Edge } from "../../actors/runner/edge.ts";
import { publicPart } from "../../schema/wire/key.ts";
import { newRunnerIdentity } from "../harness/machine-identity.ts";
import { newReceiptKey } from "../harness/receipt-sample.ts";

test("keys of receipts are asked for once a minute, anew where the newest are wanted, and never made up", async () => {
  const keys = [publicPart(await newReceiptKey("receipt-1"))];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const edge = new Edge({ ...(await newRunnerIdentity()), edge: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  for (let n = 0; n < 2; n++) expect(await edge.receiptKeys("req_1", false)).toEqual({ keys });
  expect(asked).toEqual(["/.well-known/jwks.json"]);
  keys.push(publicPart(await newReceiptKey("receipt-2")));
  expect((await edge.receiptKeys("req_1", true)).keys).toHaveLength(2);
  expect((await edge.receiptKeys("req_1", false)).keys).toHaveLength(2);
  expect(asked).toHaveLength(2);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await expect(edge.receiptKeys("req_1", true)).rejects.toMatchObject({ code: "unavailable" });
});
