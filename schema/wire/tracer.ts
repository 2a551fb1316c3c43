import { AppError } from "./error.ts";
import type { Logger } from "./log.ts";
import { formatTraceparent, newSpanId, type Span, type TraceKind, traceIdOf } from "./trace.ts";
import { formatSpans, isSampled, type TraceTarget } from "./trace-export.ts";

/** What holds the span that is at work: Node's AsyncLocalStorage has this shape. */
export type SpanHolder = { getStore(): Span | undefined; run<T>(span: Span, work: () => T): T };
type Begin = { requestId: string; name: string; kind: TraceKind; parentId?: string | undefined; attributes?: Span["attributes"] };

const [sendEvery, sendWithin, mostSpans, mostSent] = [1_000, 5_000, 4_096, 512];
const tellEvery = 60_000;

/**
 * Collects the spans of one part and sends them, a second after the first of them. A collector that is away
 * costs spans, never a request: what does not fit is dropped, and the log says so once a minute.
 */
export class Tracer {
  readonly #service: string;
  #target: TraceTarget | undefined;
  readonly #log: Logger;
  readonly #holder: SpanHolder | undefined;
  #kept: Span[] = [];
  #dropped = 0;
  #toldAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  constructor(service: string, log: Logger, holder?: SpanHolder) {
    this.#service = service;
    this.#log = log;
    this.#holder = holder;
  }
  /** Until this is called there are no traces. */
  sendTo(target: TraceTarget | undefined): void {
    this.#target = target;
  }

  /** Undefined where there are no traces, or this one is not kept. */
  begin({ requestId, name, kind, parentId, attributes = {} }: Begin): Span | undefined {
    const traceId = this.#target && traceIdOf(requestId);
    if (!this.#target || !traceId || !isSampled(traceId, this.#target.ratio)) return undefined;
    return { traceId, spanId: newSpanId(), ...(parentId ? { parentId } : {}), name, kind, began: Date.now(), attributes };
  }
  end(span: Span, failed?: string): void {
    const ended = { ...span, ended: Date.now(), ...(failed === undefined ? {} : { failed }) };
    if (this.#kept.length >= mostSpans) this.#dropped += 1;
    else this.#kept.push(ended);
  }

  /** The span that is at work. */
  #current(): Span | undefined {
    const span = this.#holder?.getStore();
    return span?.ended === undefined ? span : undefined;
  }
  /** Runs work as a span, below the one that is at work unless a parent is given. */
  async run<T>(begin: Begin, work: () => Promise<T>): Promise<T> {
    const above = this.#current();
    const parentId = begin.parentId ?? (above && above.traceId === traceIdOf(begin.requestId) ? above.spanId : undefined);
    const span = this.begin({ ...begin, parentId });
    if (!span) return work();
    try {
      const result = await (this.#holder ? this.#holder.run(span, work) : work());
      this.#close(span);
      return result;
    } catch (error) {
      this.#close(span, error instanceof AppError ? error.code : "internal");
      throw error;
    }
  }
  /** As `run`, for work of the span that is at work; none of its own where there is no such span. */
  step<T>(name: string, kind: TraceKind, work: Promise<T>): Promise<T> {
    const above = this.#current();
    if (!above) return work;
    const span: Span = { ...above, parentId: above.spanId, spanId: newSpanId(), name, kind, began: Date.now(), attributes: {} };
    work.then(
      () => this.#close(span),
      (error: unknown) => this.#close(span, error instanceof AppError ? error.code : "internal"),
    );
    return work;
  }
  /** The header for a call of the work that runs; none where no span is at work. */
  header(): { traceparent?: string } {
    const span = this.#current();
    return span ? { traceparent: formatTraceparent(span) } : {};
  }

  #close(span: Span, failed?: string): void {
    this.end(span, failed);
    span.ended = Date.now(); // what goes on after it, a watch that it began for one, is no part of it
    this.#timer ??= setTimeout(() => void this.flush(), sendEvery);
    if (typeof this.#timer === "object") (this.#timer as { unref?: () => void }).unref?.(); // it keeps no process alive
  }
  /** Sends what there is. Never throws. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#target && this.#kept.length > 0) {
      const spans = this.#kept.splice(0, mostSent);
      const { url, headers } = this.#target;
      const sent = await fetch(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(formatSpans(this.#service, spans)),
        redirect: "manual",
        signal: AbortSignal.timeout(sendWithin),
      }).then(
        (answer) => answer.body?.cancel().then(() => answer.ok) ?? answer.ok,
        () => false,
      );
      if (sent) continue;
      this.#dropped += spans.length + this.#kept.length;
      this.#kept = [];
    }
    this.#tellDropped();
  }
  #tellDropped(): void {
    if (this.#dropped === 0 || Date.now() - this.#toldAt < tellEvery) return;
    this.#log("warn", "spans of traces were lost: the collector takes none", { lost: this.#dropped });
    [this.#dropped, this.#toldAt] = [0, Date.now()];
  }
}
