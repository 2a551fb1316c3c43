import { z } from "zod";
import { estimateUsage, type ModelUsage, readModelUsage, type UsageRoom, withUsage } from "../billing/model-usage.ts";
import type { Judged, StreamReader } from "./answer-stream.ts";
import { CallNumbers, countSaid, endingNamed, modelMessage, plainMessage } from "./model-dialect.ts";
import { type ModelFault, modelFaults } from "./model-fault.ts";

/**
 * What a provider streams, checked before the agent's OpenCode reads it:
 * one that gets an answer without an end asks again at once, for ever.
 */

const choice = z.looseObject({ delta: modelMessage.nullish(), finish_reason: z.string().nullish() });
const chunk = z.looseObject({
  choices: z.array(choice).nullish(),
  error: z.unknown().optional(),
  usage: z.unknown().optional(),
});
type Chunk = z.infer<typeof chunk>;
/** What the call was: `requestBytes` of it, and what its answer may hold beside its text. */
export type ModelRequest = Omit<UsageRoom, "answerBytes">;
/** As many bytes of UTF-8 as a text has at most. */
export const bytesOf = (text: string) => 3 * text.length;

/** An answer that says more, in characters, or makes more calls ends there, as one that its model cut. */
export const longestAnswer = 512 * 1024;
export const mostCalls = 64;

const dataLine = (body: object) => `data: ${JSON.stringify(body)}`;

/**
 * Looks at one line after another of a streamed answer; not by eventsource-parser, for
 * what is judged is passed on as it came.
 */
export class AnswerReader implements StreamReader {
  readonly #asked: ModelRequest;
  readonly #calls = new CallNumbers();
  #begun = false;
  /** Lines of data that are of no answer of OpenAI's. */
  #foreign = false;
  #finished = false;
  #closed = false;
  #bytes = 0;
  #said = 0;
  #used: ModelUsage | undefined;
  #odd: string | undefined;

  constructor(asked: ModelRequest) {
    this.#asked = asked;
  }
  /** What is wrong with what the provider says of its usage, for the log. */
  get odd(): string | undefined {
    return this.#odd;
  }
  /** What the provider says was used, or an estimate by what came; undefined while nothing has come. */
  get used(): ModelUsage | undefined {
    return this.#used ?? (this.#begun ? estimateUsage(this.#asked.requestBytes, this.#said) : undefined);
  }
  /** What is wrong with an answer that ends here; undefined when it is whole. */
  get fault(): ModelFault | undefined {
    if (this.#finished) return undefined;
    if (this.#begun) return modelFaults.cut;
    return this.#foreign ? modelFaults.foreign : modelFaults.empty;
  }
  get begun(): boolean {
    return this.#begun;
  }

  judge(line: string): Judged {
    if (this.#closed) return { line: "" };
    if (!line.startsWith("data:")) return line === "" || /^(?::|event:|id:|retry:)/.test(line) ? { line } : { fault: modelFaults.nonsense };
    const data = line.slice(5).trim();
    if (data === "") return { line: "" };
    if (data === "[DONE]") return { line: this.#finished ? this.close() : line };
    const parsed = chunk.safeParse(parseChunk(data));
    if (!parsed.success) return { fault: modelFaults.nonsense };
    if (parsed.data.error) return { fault: modelFaults.said(data) };
    return this.#judgeChunk(line, data, parsed.data);
  }

  #judgeChunk(line: string, data: string, read: Chunk): Judged {
    this.#bytes += bytesOf(data);
    const { used, odd } = readModelUsage(read.usage, { ...this.#asked, answerBytes: this.#bytes });
    this.#used = used ?? this.#used;
    this.#odd = odd ?? this.#odd;
    if (!read.choices) {
      this.#foreign = true;
      return { line: used ? dataLine(withUsage({ ...read, choices: [] }, used)) : "" };
    }
    this.#begun = true;
    const choices = this.#finished ? [] : read.choices.map((each) => this.#take(each));
    const calls = choices.some(({ finish_reason: finish }) => finish === "tool_calls" || finish === "function_call");
    if (calls && this.#calls.count === 0) return { fault: modelFaults.nonsense }; // OpenCode would ask again at once
    this.#finished ||= choices.some(({ finish_reason: finish }) => finish && endingNamed(finish) === finish);
    if (this.#said > longestAnswer || this.#calls.count > mostCalls) return { line: "", cut: true };
    const same = odd === undefined && choices.length === read.choices.length && choices.every((each, at) => each === read.choices?.[at]);
    if (same) return { line };
    const plain = { ...read, choices };
    return { line: dataLine(odd === undefined ? plain : withUsage(plain, used)) };
  }
  /** A choice in OpenAI's words; the same object where it is in them already. */
  #take(read: z.infer<typeof choice>): z.infer<typeof choice> {
    const finish = read.finish_reason ? (endingNamed(read.finish_reason) ?? read.finish_reason) : read.finish_reason;
    const delta = read.delta && plainMessage(read.delta);
    const calls = delta?.tool_calls ? this.#calls.place(delta.tool_calls) : undefined;
    if (delta) this.#said += countSaid(calls ? { ...delta, tool_calls: calls } : delta);
    if (finish === read.finish_reason && delta === read.delta && !calls?.length) return read;
    return { ...read, delta: calls?.length && delta ? { ...delta, tool_calls: calls } : delta, finish_reason: finish };
  }

  /** The lines that end a whole answer, once: its usage, where the provider does not say it, and the end. */
  close(): string {
    if (this.#closed) return "";
    this.#closed = true;
    const used = this.#used ? [] : [dataLine(withUsage({ choices: [] }, this.used)), ""];
    return [...used, "data: [DONE]"].join("\n");
  }
  /** The lines that end an answer that is none. */
  fail({ text }: ModelFault): string {
    const error = { message: text, type: "upstream", code: "upstream", param: null };
    return `\n${dataLine({ error })}\n\ndata: [DONE]\n\n`;
  }
  /** The lines that end an answer where it is cut, for which its member pays. */
  cut(): string {
    this.#finished = true;
    return `\n${dataLine({ choices: [{ index: 0, delta: {}, finish_reason: "length" }] })}\n\n${this.close()}\n\n`;
  }
}

export function parseChunk(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller's shape refuses it
  }
}
