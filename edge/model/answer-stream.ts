import { type ModelFault, modelFaults } from "./model-fault.ts";

/** An answer's line is never longer; what is, is no answer. Characters. */
export const longestLine = 8 * 1024 * 1024;

/** How long a provider may take, in milliseconds: until its first word, between two lines, for all of it. */
export type AnswerTimes = { first: number; between: number; whole: number };
/** `cut`: the answer is longer than an answer may be. */
export type Judged = { line: string; cut?: boolean } | { fault: ModelFault };
/** Looks at one line of an answer after another, and knows how it ends. */
export type StreamReader = {
  /** Lines pass byte by byte, their ends too. */
  readonly exact?: boolean;
  readonly begun: boolean;
  readonly fault: ModelFault | undefined;
  judge(line: string): Judged;
  close(): string;
  cut(): string;
  fail(fault: ModelFault): string;
};
export type PassedStream = {
  reader: StreamReader;
  times: AnswerTimes;
  /** The answer has ended, with a fault or whole. */
  ended: (fault: ModelFault | undefined) => void;
  /** Whoever reads it has gone. */
  left: () => void;
};
/** `cut`: the answer is longer, or takes longer, than one may. */
type Taken = { text: string; fault?: ModelFault | undefined; done?: boolean; cut?: boolean };

/** `refused`: it came to nothing before its first word, so its status can still say so. */
export type OpenedStream = { body: ReadableStream<Uint8Array> } | { refused: ModelFault };

/**
 * Passes a streamed answer on line by line as it comes. One that breaks off, is silent for too long or is no
 * answer ends with an error of ours; one that goes on and on ends as an answer that its model cut. A line
 * that does not come to its end is silence.
 */
export class AnswerStream {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #passed: PassedStream;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  readonly #begun = Date.now();
  #heard: number | undefined;
  #rest = "";

  constructor(from: ReadableStream<Uint8Array>, passed: PassedStream) {
    this.#source = from.getReader();
    this.#passed = passed;
  }
  /** Waits for the answer's first word. */
  async open(): Promise<OpenedStream> {
    const { reader, left } = this.#passed;
    let opening: Taken = { text: "" };
    while (!reader.begun && !opening.done) {
      const taken = await this.#next();
      opening = { ...taken, text: opening.text + taken.text };
    }
    if (opening.fault && !reader.begun) {
      this.#leave();
      return { refused: opening.fault };
    }
    let first: Taken | undefined = opening;
    const pull = async (to: ReadableStreamDefaultController<Uint8Array>) => {
      for (;;) {
        const taken: Taken = first ?? (await this.#next());
        first = undefined;
        if (taken.text) to.enqueue(this.#encoder.encode(taken.text));
        if (taken.done) return this.#end(to, taken);
        if (taken.text) return;
      }
    };
    const cancel = () => {
      left();
      return this.#source.cancel();
    };
    return { body: new ReadableStream({ pull, cancel }) };
  }

  /** What of a piece is whole lines, and the fault in them. */
  #take(piece: string): Taken {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    if (lines.length > 0) this.#heard = Date.now();
    let text = "";
    for (const line of lines) {
      const { reader } = this.#passed;
      const returned = line.endsWith("\r");
      const judged = reader.judge(returned ? line.slice(0, -1) : line);
      if ("fault" in judged) return { text, fault: judged.fault, done: true };
      text += `${judged.line}${returned && reader.exact ? "\r" : ""}\n`;
      if (judged.cut) return { text, done: true, cut: true };
    }
    return this.#rest.length > longestLine ? { text, fault: modelFaults.nonsense, done: true } : { text };
  }
  async #next(): Promise<Taken> {
    const { reader, times } = this.#passed;
    const silence = this.#heard === undefined ? times.first : times.between;
    const last = this.#begun + times.whole;
    const wait = Math.max(0, Math.min((this.#heard ?? this.#begun) + silence, last) - Date.now());
    const piece = await waitAtMost(wait, this.#source.read()).catch(() => ({ broke: true }) as const);
    if (piece === "silent") {
      if (Date.now() < last) return { text: "", fault: modelFaults.silent(silence), done: true };
      return reader.begun ? { text: "", done: true, cut: true } : { text: "", fault: modelFaults.silent(times.whole), done: true };
    }
    if ("broke" in piece) return { text: "", fault: reader.fault, done: true };
    if (!piece.done) return this.#take(this.#decoder.decode(piece.value, { stream: true }));
    const open = this.#rest + this.#decoder.decode();
    this.#rest = "";
    const tail: Taken = open === "" ? { text: "" } : this.#take(`${open}\n`);
    if (reader.exact && tail.text.endsWith("\n")) tail.text = tail.text.slice(0, -1); // it was not the provider's
    return { ...tail, fault: tail.fault ?? (tail.cut ? undefined : reader.fault), done: true };
  }
  #end(to: ReadableStreamDefaultController<Uint8Array>, { fault, cut }: Taken): void {
    const { reader, ended } = this.#passed;
    const closing = fault ? reader.fail(fault) : cut ? reader.cut() : reader.close();
    if (closing) to.enqueue(this.#encoder.encode(closing.endsWith("\n") ? closing : `\n${closing}\n\n`));
    to.close();
    ended(fault);
    this.#leave();
  }
  #leave(): void {
    this.#source.cancel().catch(() => undefined); // it has ended, or its fault has been told
  }
}
export function waitAtMost<T>(ms: number, work: Promise<T>): Promise<T | "silent"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"silent">((resolve) => {
    timer = setTimeout(() => resolve("silent"), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
