import { afterAll, beforeAll, expect, test } from "vitest";
import { errorBody } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { ticketHeader } from "../../../schema/wire/ticket.ts";
import type { Started } from "../../local/process.ts";
import { engineUp, runnerUp, ticket } from "../running-engine.ts";

let parts: Started[] = [];
let relay = "";
beforeAll(async () => {
  const engine = await engineUp();
  const runner = await runnerUp(engine.endpoint);
  relay = runner.relayUrl;
  parts = [runner, engine];
});
afterAll(async () => {
  for (const part of parts) await part.stop();
});

const member = newId("mem");
const grant = (path: string, ttl?: number) => ticket("relay", { member, host: newId("hst"), epoch: 1, path }, ttl);
async function ask(
  path: string,
  token?: string,
  header: string = ticketHeader,
): Promise<{ status: number; code: string; requestId: string }> {
  const requestId = newId("req");
  const headers = { "x-request-id": requestId, ...(token ? { [header]: token } : {}) };
  const response = await fetch(`${relay}/relay${path}`, { headers });
  const { error } = errorBody.parse(await response.json());
  expect(error.requestId).toBe(requestId);
  return { status: response.status, code: error.code, requestId };
}

test("the relay listens on loopback only", () => {
  expect(new URL(relay).hostname).toBe("127.0.0.1");
});
test("a call without a ticket, or with one of another kind, is refused", async () => {
  expect(await ask(`/stacks/${member}/logs`)).toMatchObject({ status: 401, code: "unauthenticated" });
  expect(await ask(`/stacks/${member}/logs`, await ticket("actor", { member }))).toMatchObject({ status: 401, code: "unauthenticated" });
});
test("`authorization` belongs to whom the bytes are for: a ticket in it is none", async () => {
  const token = await grant(`/stacks/${member}/logs`);
  expect(await ask(`/stacks/${member}/logs`, `Bearer ${token}`, "authorization")).toMatchObject({ status: 401, code: "unauthenticated" });
});
test("an expired ticket is refused with its own code", async () => {
  expect(await ask(`/stacks/${member}/logs`, await grant(`/stacks/${member}/logs`, -60))).toMatchObject({
    status: 401,
    code: "ticket_expired",
  });
});
test("another path than the ticket's, another member's, or one that climbs, is not found", async () => {
  const token = await grant(`/stacks/${member}/logs`);
  for (const path of [`/stacks/${member}`, `/stacks/${member}/logsx`, `/stacks/${newId("mem")}/logs`, `/stacks/${member}/logs/%2e%2e/git`])
    expect(await ask(path, token)).toMatchObject({ status: 404, code: "not_found" });
  const other = newId("mem");
  expect(await ask(`/stacks/${other}/logs`, await grant(`/stacks/${other}/logs`))).toMatchObject({ status: 404 }); // the ticket names another member
});
test("a host that the edge does not know is not found", async () => {
  expect(await ask(`/stacks/${member}/logs`, await grant(`/stacks/${member}/logs`))).toMatchObject({ status: 404, code: "not_found" });
});
