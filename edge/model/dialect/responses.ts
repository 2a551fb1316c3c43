import { z } from "zod";
import { type AnswerPiece, type Dialect, dataEvent } from "./dialect.ts";

/** OpenAI's Responses. What it would keep or run by itself (`store`, its own tools) is not had here. */
const openAiRequest = z.object({
  model: z.string().optional(),
  input: z.union([z.string(), z.array(z.unknown()).min(1)]),
  instructions: z.string().nullish(),
  stream: z.boolean().optional(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  max_output_tokens: z.number().int().positive().nullish(),
  tools: z.array(z.looseObject({ type: z.enum(["function", "custom"]) })).optional(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z.unknown().optional(),
  text: z.unknown().optional(),
  include: z.array(z.string()).nullish(),
  truncation: z.string().nullish(),
});

const openAiUsage = z.object({ input_tokens: z.number(), output_tokens: z.number() }).nullish().catch(undefined);
const failure = z.looseObject({ message: z.string() }).nullish();
const openAiAnswer = z.looseObject({
  status: z.string().nullish(),
  usage: openAiUsage,
  error: failure,
  output: z.array(z.unknown()).nullish(),
});
const event = z.looseObject({
  type: z.string(),
  delta: z.unknown().optional(),
  response: openAiAnswer.nullish(),
  message: z.string().nullish(),
});
const lengthOf = (said: unknown) => (typeof said === "string" ? said.length : 0);

function readAnswer(response: z.infer<typeof openAiAnswer>): AnswerPiece {
  const { status, usage: used, error } = response;
  if (status === "failed" || error) return { said: 0, failed: error?.message ?? "it gave no reason" };
  const ended = status === "completed" || status === "incomplete";
  return { said: 0, input: used?.input_tokens, output: used?.output_tokens, ended };
}
export const responsesDialect: Dialect = {
  name: "responses",
  request: openAiRequest,
  mostOutput: ({ max_output_tokens: most }) => most,
  address: ({ door }) => `${door.url}/responses`,
  fill: ({ body, model, stream }) => ({ ...body, model, stream, store: false }),
  read: (said) => {
    const parsed = event.safeParse(said);
    if (parsed.success) {
      const { type, delta, response, message } = parsed.data;
      if (type === "error") return { said: 0, failed: message ?? "it gave no reason" };
      return response ? readAnswer(response) : { said: lengthOf(delta) };
    }
    const whole = openAiAnswer.safeParse(said);
    if (!whole.success || !whole.data.output) return undefined;
    return { ...readAnswer(whole.data), said: JSON.stringify(whole.data.output).length };
  },
  error: (_status, text) => ({ error: { message: text, type: "upstream", code: "upstream", param: null } }),
  errorEvent: (text) => dataEvent({ type: "error", code: "upstream", message: text, param: null, sequence_number: 0 }, "error"),
};
