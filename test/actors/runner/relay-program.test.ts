import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createLocalJWKSet, exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostBook, relay } from "../../../actors/runner/relay.ts";
import { newId } from "../../../schema/wire/id.ts";
import { publicTicketKeys, signTicket, type TicketKeys, ticketHeader, ticketKeys } from "../../../schema/wire/ticket.ts";

/** What the relay does with the answers of members' programs; a plain server stands where a host does. */
const host = { id: newId("hst"), address: "127.0.0.1", port: 1 };
const member = newId("mem");
const path = `/stacks/${member}/agents/${newId("agt")}/ports/5173`;
let [program, between]: Server[] = [];
let left = 0;
let keys: TicketKeys;
const listen = (server: Server) =>
  new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
beforeAll(async () => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  keys = ticketKeys.parse([{ ...(await exportJWK(privateKey)), kid: "k1" }]);
  program = createServer((request, response) => {
    response.once("close", () => left++);
    response.write("first");
    if (request.url?.endsWith("/talks")) {
      const timer = setInterval(() => response.write("."), 20);
      response.once("close", () => clearInterval(timer));
    }
  });
  const port = await listen(program);
  const open = (_host: unknown, call: { path: string; signal?: AbortSignal }) =>
    new Promise<{ status: number; headers: IncomingMessage["headers"]; body: IncomingMessage }>((resolve, reject) => {
      get({ host: "127.0.0.1", port, path: call.path, agent: false, ...(call.signal ? { signal: call.signal } : {}) }, (body) =>
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body }),
      ).once("error", reject);
    });
  between = relay({
    edge: { hosts: async () => ({ hosts: [host], revoked: [] }) },
    hosts: { open, connect: () => Promise.reject(new Error("nothing is connected here")) },
    keys: createLocalJWKSet(publicTicketKeys(keys)),
    log: () => undefined,
    quietAnswer: 200,
  });
  await listen(between);
});
afterAll(() => {
  for (const server of [program, between]) server?.closeAllConnections();
  for (const server of [program, between]) server?.close();
});

async function ask(below: string): Promise<Response> {
  const token = await signTicket(keys, "relay", { member, host: host.id, epoch: 1, path }, Math.floor(Date.now() / 1000), 60);
  return fetch(`http://127.0.0.1:${(between!.address() as AddressInfo).port}/relay${path}${below}`, { headers: { [ticketHeader]: token } });
}

test("an answer that has said nothing for long is ended at its program too, for whoever looked may have left unheard", async () => {
  const before = left;
  await expect((await ask("/hold")).text()).rejects.toThrow("terminated");
  await expect.poll(() => left).toBe(before + 1);
});
test("one that goes on speaking stays", async () => {
  const reader = (await ask("/talks")).body!.getReader();
  let heard = 0;
  while (heard < 40) heard += (await reader.read()).value?.length ?? 0; // longer than the silence that ends one
  await reader.cancel();
  expect(heard).toBeGreaterThanOrEqual(40);
});

test("a crowd that asks for a host that is not known yet costs one question", async () => {
  let asked = 0;
  let answer = (): void => undefined;
  const hosts = async () => {
    asked += 1;
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return { hosts: [host], revoked: [] };
  };
  const find = hostBook({ hosts });
  const all = Promise.all(Array.from({ length: 50 }, () => find(host.id)));
  answer();
  expect(new Set(await all)).toEqual(new Set([host]));
  expect(asked).toBe(1);
});
test("what failed to be asked is asked again", async () => {
  const answers = [() => Promise.reject(new Error("away")), async () => ({ hosts: [host], revoked: [] })];
  const find = hostBook({ hosts: () => answers.shift()!() });
  await expect(find(host.id)).rejects.toThrow("away");
  expect(await find(host.id)).toEqual(host);
});
