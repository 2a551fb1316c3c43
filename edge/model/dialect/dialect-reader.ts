import { estimateUsage, type ModelUsage, readModelUsage } from "../../billing/model-usage.ts";
import { bytesOf, longestAnswer, type ModelRequest, parseChunk } from "../answer-reader.ts";
import type { Judged, StreamReader } from "../answer-stream.ts";
import { type ModelFault, modelFaults } from "../model-fault.ts";
import type { AnswerPiece, Dialect } from "./dialect.ts";

/** Reads what an answer costs, while its lines pass as they are. */
export class DialectReader implements StreamReader {
  readonly exact = true;
  readonly #dialect: Dialect;
  readonly #asked: ModelRequest;
  #begun = false;
  #ended = false;
  #said = 0;
  #bytes = 0;
  #input: number | undefined;
  #output: number | undefined;

  constructor(dialect: Dialect, asked: ModelRequest) {
    this.#dialect = dialect;
    this.#asked = asked;
  }
  get begun(): boolean {
    return this.#begun;
  }
  get fault(): ModelFault | undefined {
    if (this.#ended) return undefined;
    return this.#begun ? modelFaults.cut : modelFaults.empty;
  }
  /**
   * What the provider says was used, never more than the call can hold; an estimate where it says nothing.
   */
  get known(): { used?: ModelUsage; odd?: string } {
    if (this.#input === undefined || this.#output === undefined) return {};
    const room = { ...this.#asked, answerBytes: this.#bytes };
    return readModelUsage({ prompt_tokens: this.#input, completion_tokens: this.#output }, room);
  }
  get used(): ModelUsage | undefined {
    const whole = this.#ended ? this.known.used : undefined; // until its end a provider counts what it has said so far, or nothing
    return whole ?? (this.#begun ? estimateUsage(this.#asked.requestBytes, this.#said) : undefined);
  }

  note(piece: AnswerPiece, bytes: number): void {
    this.#begun = true;
    this.#bytes += bytes;
    this.#said += piece.said;
    this.#input = piece.input ?? this.#input;
    this.#output = piece.output ?? this.#output;
    this.#ended ||= piece.ended ?? false;
  }
  judge(line: string): Judged {
    if (!line.startsWith("data:")) return line === "" || /^(?::|event:|id:|retry:)/.test(line) ? { line } : { fault: modelFaults.nonsense };
    const data = line.slice(5).trim();
    if (data === "" || data === "[DONE]") return { line };
    const piece = this.#dialect.read(parseChunk(data));
    if (!piece) return { fault: modelFaults.nonsense };
    if (piece.failed !== undefined) return { fault: modelFaults.said(JSON.stringify({ error: { message: piece.failed } })) };
    this.note(piece, bytesOf(data));
    return this.#said > longestAnswer ? { line: "", cut: true } : { line };
  }
  close(): string {
    return "";
  }
  cut(): string {
    return this.#dialect.errorEvent("The model's answer is longer than one may be, and was cut.");
  }
  fail({ text }: ModelFault): string {
    return this.#dialect.errorEvent(text);
  }
}
