import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEdgeKeys } from "../../../schema/wire/edge-keys.ts";
import { newId } from "../../../schema/wire/id.ts";
import { publicTicketKeys, readTicket, signTicket, type TicketKeys, ticketKeys, ticketKeysPath } from "../../../schema/wire/ticket.ts";

/** An edge of which only the keys are asked. */
let edge: Server;
let keys: TicketKeys;
let away: boolean;
const address = () => `http://127.0.0.1:${(edge.address() as AddressInfo).port}`;
const makeKeys = async (kid: string): Promise<TicketKeys> => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return ticketKeys.parse([{ ...(await exportJWK(privateKey)), kid }]);
};
const sign = (by: TicketKeys) => signTicket(by, "actor", { member: newId("mem") }, Math.floor(Date.now() / 1_000), 60);

beforeEach(async () => {
  [keys, away] = [await makeKeys("k1"), false];
  edge = createServer((request, response) => {
    if (away || request.url !== ticketKeysPath) return void response.writeHead(away ? 503 : 404).end();
    response.setHeader("content-type", "application/json").end(JSON.stringify(publicTicketKeys(keys)));
  }).listen(0, "127.0.0.1");
  await once(edge, "listening");
});
afterEach(() => {
  edge.close();
  edge.closeAllConnections();
});

test("while the edge gives no keys a ticket is neither good nor bad: the answer is unavailable", async () => {
  const known = openEdgeKeys(address());
  away = true;
  await expect(readTicket(await sign(keys), "actor", known)).rejects.toMatchObject({ code: "unavailable" });
  away = false;
  await expect(readTicket(await sign(keys), "actor", known)).resolves.toMatchObject({ member: expect.stringMatching(/^mem_/) });
});
test("the last keys are good while the edge is away, and no others", async () => {
  const known = openEdgeKeys(address());
  await readTicket(await sign(keys), "actor", known);
  away = true;
  await expect(readTicket(await sign(keys), "actor", known)).resolves.toBeTruthy();
  await expect(readTicket(await sign(await makeKeys("k2")), "actor", known)).rejects.toMatchObject({ code: "unauthenticated" });
});
