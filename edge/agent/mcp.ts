import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { Context } from "hono";
import { z } from "zod";
import { tools } from "../../schema/tool/tool.ts";
import type { ToolName } from "../../schema/tool/tool-call.ts";
import { canonicalJson, hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import { isTooDeep, mendValue, mostNestedLevels } from "../../schema/wire/foreign-text.ts";
import { limits } from "../../schema/wire/limits.ts";
import { askActor } from "../actor/rivet.ts";
import { agentDoor, mountPlain } from "../door.ts";
import { type EdgeApp, keepBody, newApp, readBody, refusalAnswers } from "../http.ts";
import type { AgentVariables } from "./agent-auth.ts";

/** What makes a tool call once-only; the actor adds the turn it belongs to. */
async function callKey(agent: string, tool: ToolName, given: unknown): Promise<string> {
  try {
    return `tool:${await hashSha256(canonicalJson([agent, tool, given]))}`;
  } catch (error) {
    throw new AppError("invalid", {}, { cause: error, message: "The arguments hold a number that JSON does not know." });
  }
}

/**
 * One tool call becomes one action on the actor. A refusal is
 * an answer to the model, which may repair its call.
 */
async function callTool(c: Context<EdgeApp & AgentVariables>, tool: ToolName, given: unknown) {
  const { config, agent, requestId, log } = c.var;
  const input = { agent: agent.agent, tool, arguments: given };
  try {
    const key = await callKey(agent.agent, tool, given);
    const answer = await askActor({ config, member: agent.member, requestId }, "tool", input, { key, deadline: limits.toolAnswer });
    return { content: [{ type: "text" as const, text: answer.text }], isError: !answer.ok };
  } catch (error) {
    const { code, message } = error instanceof AppError ? error : new AppError("internal", {}, { cause: error });
    log("warn", "tool refused", { tool, code, agent: agent.agent, error });
    return { content: [{ type: "text" as const, text: `${code}: ${message}` }], isError: true };
  }
}

/** What a model wrote, mended. Nothing of ours is nested so deeply that it is refused. */
function calledWith(text: string): unknown {
  const body: unknown = JSON.parse(text); // `keepBody` has seen that it is JSON
  if (isTooDeep(body))
    throw new AppError("invalid", { issues: [{ path: "", message: `is nested deeper than ${mostNestedLevels} levels` }] });
  return mendValue(body);
}

async function serveTools(c: Context<EdgeApp & AgentVariables>): Promise<Response> {
  const text = await readBody(c.req.raw, limits.bodyBytes);
  keepBody(c, text);
  if (text === "") throw new AppError("bad_json");
  const server = new McpServer({ name: "growqr", version: "1" });
  const offered = (Object.entries(tools) as [ToolName, (typeof tools)[ToolName]][]).filter(
    ([name]) => c.var.tools?.includes(name) ?? name !== "call_service",
  );
  for (const [name, tool] of offered)
    server.registerTool(name, { description: tool.description, inputSchema: tool.input as z.ZodType }, (given) => callTool(c, name, given));
  // stateless: any Worker answers any call
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  return transport.handleRequest(c.req.raw, { parsedBody: calledWith(text) });
}

export const mcpRoutes = newApp();
mountPlain(
  mcpRoutes,
  agentDoor({
    method: "post",
    path: "/mcp",
    tags: ["Tools"],
    summary: "What an agent may ask of the platform, as a stateless MCP server (streamable HTTP)",
    body: "bytes",
    request: { body: { required: true, content: { "application/json": { schema: z.looseObject({ jsonrpc: z.literal("2.0") }) } } } },
    responses: { 200: { description: "A JSON-RPC answer" }, 202: { description: "A notification was taken" }, ...refusalAnswers },
  }),
  serveTools,
);
