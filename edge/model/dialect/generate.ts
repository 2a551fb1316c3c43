import { z } from "zod";
import { type Dialect, dataEvent } from "./dialect.ts";

/** Google's generateContent. Of its tools only functions of the agent's own: none that Google would run. */
const ownFunctions = z.array(z.unknown()).min(1);
const tool = z.union([z.strictObject({ functionDeclarations: ownFunctions }), z.strictObject({ function_declarations: ownFunctions })]);
const googleRequest = z.object({
  contents: z.array(z.unknown()).min(1),
  systemInstruction: z.unknown().optional(),
  system_instruction: z.unknown().optional(),
  generationConfig: z.looseObject({ maxOutputTokens: z.number().int().positive().optional() }).optional(),
  tools: z.array(tool).optional(),
  toolConfig: z.unknown().optional(),
  safetySettings: z.array(z.unknown()).optional(),
});
const googleCount = z.number().nullish();
const googleUsage = z
  .looseObject({ promptTokenCount: googleCount, candidatesTokenCount: googleCount, thoughtsTokenCount: googleCount })
  .nullish()
  .catch(undefined);
const candidate = z.looseObject({ content: z.unknown().optional(), finishReason: z.string().nullish() });
const googleAnswer = z.looseObject({
  candidates: z.array(candidate).nullish(),
  usageMetadata: googleUsage,
  promptFeedback: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).nullish(),
});
export const generateDialect: Dialect = {
  name: "generate",
  request: googleRequest,
  mostOutput: ({ generationConfig }) => z.looseObject({ maxOutputTokens: z.unknown() }).safeParse(generationConfig).data?.maxOutputTokens,
  address: ({ door, model, stream }) =>
    `${door.url}/models/${encodeURIComponent(model)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  fill: ({ body }) => body,
  read: (said) => {
    const parsed = googleAnswer.safeParse(said);
    if (!parsed.success) return undefined;
    const { candidates, usageMetadata: used, promptFeedback, error } = parsed.data;
    if (error) return { said: 0, failed: error.message };
    if (!candidates && !used && promptFeedback === undefined) return undefined;
    const output = used ? (used.candidatesTokenCount ?? 0) + (used.thoughtsTokenCount ?? 0) : undefined;
    return {
      ...{ input: used?.promptTokenCount ?? undefined, output },
      said: (candidates ?? []).reduce((sum, { content }) => sum + JSON.stringify(content ?? "").length, 0),
      ended: candidates?.some(({ finishReason }) => Boolean(finishReason)) ?? promptFeedback !== undefined,
    };
  },
  error: (status, text) => ({ error: { code: status, message: text, status: status === 429 ? "RESOURCE_EXHAUSTED" : "UNAVAILABLE" } }),
  errorEvent: (text) => dataEvent({ error: { code: 502, message: text, status: "UNAVAILABLE" } }),
};
