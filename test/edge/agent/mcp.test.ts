import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { tools as platformTools } from "../../../schema/tool/tool.ts";
import { errorBody } from "../../../schema/wire/error.ts";
import { agentToken, ask, newMember, type TestMember } from "../client.ts";

let owner: TestMember;
beforeAll(async () => {
  owner = await newMember();
});

describe("the platform's tools", () => {
  const result = z.object({ jsonrpc: z.literal("2.0"), result: z.looseObject({}) });
  const toolResult = z.object({
    content: z.array(z.object({ type: z.literal("text"), text: z.string() })),
    isError: z.boolean().optional(),
  });
  async function rpc(method: string, params: object, caller = owner) {
    const answer = await ask("POST", "/mcp", {
      token: await agentToken(caller),
      body: { jsonrpc: "2.0", id: 1, method, params },
      headers: { accept: "application/json, text/event-stream" },
    });
    return result.parse(answer.json).result;
  }
  const callTool = async (name: string, args: object, caller = owner) =>
    toolResult.parse(await rpc("tools/call", { name, arguments: args }, caller));

  test("say how they are used, without a session", async () => {
    const hello = await rpc("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } });
    expect(hello).toMatchObject({ serverInfo: { name: "growqr" } });
    const tools = z.object({
      tools: z.array(z.object({ name: z.string(), description: z.string(), inputSchema: z.looseObject({ type: z.literal("object") }) })),
    });
    expect(tools.parse(await rpc("tools/list", {})).tools.map(({ name }) => name)).toEqual(
      Object.keys(platformTools).filter((name) => name !== "call_service"), // who has no service is not offered it
    );
  });

  test("give a wrong call back to the model to repair", async () => {
    for (const [args, wrong] of [
      [{}, "name"],
      [{ name: "Bad Name" }, "name"],
      [{ name: "good", more: 1 }, "more"],
      [{ name: 7 }, "name"],
    ] as const) {
      const answer = await callTool("open_project", args);
      expect(answer.isError).toBe(true);
      expect(answer.content[0]?.text).toContain(wrong);
    }
    expect((await callTool("no_such_tool", {})).isError).toBe(true);
    const half = await callTool("remember", { kind: "decision", title: "Half a letter", text: "\ud83d and \0" });
    expect(half.isError).toBe(false); // it is mended where it enters
    const deep = JSON.parse(`${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}`) as object;
    await expect(callTool("remember", deep)).rejects.toThrow();
  });

  test("become one action of the actor however often the same call comes", async () => {
    const member = await newMember();
    const args = { kind: "profile", title: "Keeps it simple", text: "They keep it simple." };
    const [first, second] = await Promise.all([
      callTool("remember", args, member),
      callTool("remember", { text: args.text, title: args.title, kind: args.kind }, member),
    ]);
    expect(first.isError ?? false).toBe(false);
    expect(first.content[0]?.text).toMatch(/“Keeps it simple” as prp_/);
    expect(second).toEqual(first); // one proposal, by its id
  });

  test("refuse what is no call", async () => {
    for (const [how, status, refused] of [
      [{ raw: "{", headers: { "content-type": "application/json" } }, 400, "bad_json"],
      [{ raw: "x", headers: { "content-type": "text/plain" } }, 415, "unsupported_media_type"],
      [{}, 400, "bad_json"],
    ] as const) {
      const answer = await ask("POST", "/mcp", { token: await agentToken(owner), ...how });
      expect([answer.status, errorBody.parse(answer.json).error.code]).toEqual([status, refused]);
    }
  });
});
