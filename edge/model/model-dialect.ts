import { z } from "zod";

/**
 * What providers say in other words than OpenAI, made one form. OpenCode reads that form
 * alone: of a second call under a number that it knows it would not hear.
 */

const contentPart = z.looseObject({ text: z.string().nullish(), thinking: z.unknown().optional() });
const content = z.union([z.string(), z.array(contentPart)]).nullish();
const modelCall = z.looseObject({
  index: z.number().int().nonnegative().nullish(),
  id: z.string().nullish(),
  function: z
    .looseObject({ name: z.string().nullish(), arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish() })
    .nullish(),
});
type ModelCall = z.infer<typeof modelCall>;
export const modelMessage = z.looseObject({
  content,
  refusal: z.string().nullish(),
  reasoning: z.unknown().optional(),
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(modelCall).nullish(),
});
type ModelMessage = z.infer<typeof modelMessage>;

const endingNames: Record<string, string> = {
  ...{ stop: "stop", end: "stop", end_turn: "stop", eos: "stop", eos_token: "stop", stop_sequence: "stop", complete: "stop" },
  ...{ length: "length", max_tokens: "length", max_length: "length", model_length: "length" },
  ...{ tool_calls: "tool_calls", tool_call: "tool_calls", tool_use: "tool_calls", function_call: "function_call" },
  ...{ content_filter: "content_filter", safety: "content_filter", recitation: "content_filter", refusal: "content_filter" },
};
/** The reason of an end by OpenAI's name; undefined for what is none. */
export const endingNamed = (reason: string): string | undefined => endingNames[reason.toLowerCase()];

const textOf = (thought: unknown): string => {
  if (typeof thought === "string") return thought;
  const parts = z.array(contentPart).safeParse(thought).data ?? [];
  return parts.map(({ text }) => text ?? "").join("");
};
/** A message, or a piece of one, whose text, thoughts and refusal stand where OpenCode reads them. */
export function plainMessage(message: ModelMessage): ModelMessage {
  const { content: said, refusal } = message;
  const known = typeof message.reasoning === "string" || message.reasoning === undefined || message.reasoning === null;
  if (!Array.isArray(said) && !refusal && known) return message;
  const text = Array.isArray(said) ? said.map((part) => part.text ?? "").join("") : (said ?? "");
  const thought = Array.isArray(said) ? said.map(({ thinking }) => textOf(thinking)).join("") : "";
  const { reasoning, ...rest } = message;
  return {
    ...rest,
    ...(typeof reasoning === "string" ? { reasoning } : {}),
    content: refusal && !text.includes(refusal) ? text + refusal : text,
    ...(refusal ? { refusal: null } : {}),
    ...(thought === "" ? {} : { reasoning_content: (message.reasoning_content ?? "") + thought }),
  };
}

/** Characters of what a message says, thinks and calls with. */
export function countSaid({ content: said, reasoning, reasoning_content: thought, tool_calls: calls }: ModelMessage): number {
  const texts = [said, reasoning, thought, ...(calls ?? []).map((call) => call.function?.arguments)];
  return texts.reduce<number>((sum, text) => sum + (typeof text === "string" ? text.length : 0), 0);
}

/**
 * Numbers the calls of one answer from 0, as they begin. Providers leave the number or the
 * id out, give all calls the number 0 or the same id, or send arguments as an object.
 */
export class CallNumbers {
  readonly #calls: { id: string; index: number | undefined }[] = [];

  get count(): number {
    return this.#calls.length;
  }
  #find(index: number | undefined, id: string | undefined): number {
    if (id !== undefined) return this.#calls.findLastIndex((call) => call.id === id && (index === undefined || call.index === index));
    return index === undefined ? this.#calls.length - 1 : this.#calls.findLastIndex((call) => call.index === index);
  }
  /** Pieces of calls under their numbers, without those that belong to no call. */
  place(pieces: readonly ModelCall[]): ModelCall[] {
    return pieces.map((piece) => this.#placeOne(piece)).filter((piece) => piece !== undefined);
  }
  #placeOne(piece: ModelCall): ModelCall | undefined {
    const [index, id] = [piece.index ?? undefined, piece.id || undefined];
    const { name, arguments: given, ...rest } = piece.function ?? {};
    const args = typeof given === "object" && given !== null ? JSON.stringify(given) : (given ?? "");
    const known = this.#find(index, id);
    const begins = Boolean(name) && (known < 0 || (id === undefined && index === undefined));
    if (!begins) {
      const at = known < 0 ? this.#find(index, undefined) : known;
      return at < 0 ? undefined : { ...piece, id: undefined, index: at, function: { ...rest, arguments: args } };
    }
    const at = this.#calls.length;
    const free = id !== undefined && !this.#calls.some((call) => call.id === id) ? id : `${id ?? "call"}_${at}`;
    this.#calls.push({ id: free, index });
    return { ...piece, index: at, id: free, type: "function", function: { ...rest, name, arguments: args } };
  }
}
