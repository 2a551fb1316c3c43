import { eq } from "drizzle-orm";
import type { z } from "zod";
import { AppError, invalid } from "../schema/error.ts";
import type { Id } from "../schema/id.ts";
import { limits } from "../schema/limits.ts";
import { type ToolAnswer, type ToolCall, tools } from "../schema/tool.ts";
import { turn } from "../schema/turn.table.ts";
import { record } from "./event.ts";
import * as outbox from "./outbox.ts";
import * as project from "./project.ts";
import { me, type Self } from "./self.ts";
import { effect } from "./work.ts";

/** How long a tool waits for its effect: it must have answered by `limits.toolAnswer`. */
const patience = limits.toolAnswer - 5_000;

export async function runningTurn(self: Self): Promise<Id<"trn"> | undefined> {
  const [row] = await self.db.select({ id: turn.id }).from(turn).where(eq(turn.state, "running"));
  return row?.id as Id<"trn"> | undefined;
}

/** One tool call of the member's agent. The same call again in the same turn (or a retry of it) does nothing twice and gets the same answer. */
export async function callTool(self: Self, call: ToolCall, key: string, requestId: string): Promise<ToolAnswer> {
  const who = await me(self.db);
  if (call.agent !== who.agent) throw new AppError("not_found");
  const turnId = await runningTurn(self);
  const context = { key: `${turnId ?? "-"}:${key}`, agent: call.agent, turnId, requestId };
  if (call.tool === "remember") return rememberTool(self, parse(tools.remember.input, call.arguments), context);
  return openProject(self, parse(tools.open_project.input, call.arguments), context);
}
type Context = { key: string; agent: string; turnId: Id<"trn"> | undefined; requestId: string };

function parse<T>(shape: z.ZodType<T>, input: unknown): T {
  const parsed = shape.safeParse(input);
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
}

async function rememberTool(self: Self, input: z.infer<typeof tools.remember.input>, context: Context): Promise<ToolAnswer> {
  const work = await record(self, (writer) => outbox.remember(writer, { ...input, ...context }));
  self.vars.kick();
  const hash = await effect(self, work, patience, async () => (await outbox.find(self, context.key))?.hash ?? undefined);
  if (hash) return { ok: true, text: `Remembered as ${input.kind} “${input.title}”, commit ${hash}.` };
  return { ok: true, text: `Noted “${input.title}”. It is safe in the outbox and will be committed to memory as soon as Git answers.` };
}

async function openProject(self: Self, input: z.infer<typeof tools.open_project.input>, context: Context): Promise<ToolAnswer> {
  const known = await project.find(self, input.name);
  if (known?.readyAt) return { ok: true, text: project.address(input.name, context.agent) };
  const work = await record(self, (writer) => project.open(writer, input.name, context.turnId, context.requestId));
  self.vars.kick();
  const ready = await effect(self, work, patience, async () => (await project.find(self, input.name))?.readyAt ?? undefined);
  if (ready) return { ok: true, text: project.address(input.name, context.agent) };
  const error = (await project.find(self, input.name))?.error;
  return { ok: false, text: `The project could not be opened yet${error ? ` (${error})` : ""}. Call open_project again in a moment.` };
}
