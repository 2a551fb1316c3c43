import { z } from "zod";
import { newId } from "../schema/id.ts";
import type { AgentClaims } from "../schema/machine.ts";
import type { ModelAlias } from "../schema/model.ts";
import { costMicros } from "../schema/price.ts";
import { usages } from "../schema/usage.table.ts";
import type { Database } from "./db.ts";

/** What a provider says a call used; other fields pass. */
const usage = z.object({ prompt_tokens: z.number().int().nonnegative(), completion_tokens: z.number().int().nonnegative() });
const withUsage = z.object({ usage: usage.nullish() });
export type Used = { inputTokens: number; outputTokens: number };

function usedIn(json: string): Used | undefined {
  try {
    const said = withUsage.safeParse(JSON.parse(json)).data?.usage;
    return said ? { inputTokens: said.prompt_tokens, outputTokens: said.completion_tokens } : undefined;
  } catch {
    return undefined; // not JSON: it says nothing of usage
  }
}

/** Characters of one answer, or of one line of a stream, that are kept to be read. */
const most = 16 * 1024 * 1024;
/** Reads the usage out of an answer as it passes by, whole JSON or server-sent events; the last word counts. Bytes are never changed. */
export function usageReader(streamed: boolean) {
  const decoder = new TextDecoder();
  let rest = "";
  let used: Used | undefined;
  return {
    see(chunk: Uint8Array): void {
      const text = decoder.decode(chunk, { stream: true });
      const parts = streamed ? text.split("\n") : [text];
      for (const [index, part] of parts.entries()) {
        if (rest.length <= most) rest += part; // what is longer says nothing of usage
        if (index === parts.length - 1) break; // its end has not come
        if (rest.startsWith("data:") && rest.includes('"usage"')) used = usedIn(rest.slice(5)) ?? used;
        rest = "";
      }
    },
    end(): Used | undefined {
      if (!streamed) return usedIn(rest);
      return rest.startsWith("data:") ? (usedIn(rest.slice(5)) ?? used) : used;
    },
  };
}

/** One ledger row a call. `used` is absent when the provider's answer broke off before it said so. */
export async function recordUsage(
  db: Database,
  agent: AgentClaims,
  call: { session: string; requestId: string; model: string; alias: ModelAlias },
  used: Used | undefined,
): Promise<void> {
  const { inputTokens, outputTokens } = used ?? { inputTokens: 0, outputTokens: 0 };
  await db.insert(usages).values({
    id: newId("usg"),
    member: agent.member,
    agent: agent.agent,
    ...call,
    inputTokens,
    outputTokens,
    costMicros: costMicros(call.model, inputTokens, outputTokens),
    unknown: used ? 0 : 1,
    at: Date.now(),
  });
}
