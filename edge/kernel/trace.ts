import type { Context } from "hono";
import { routePath } from "hono/route";
import type { Id } from "../../schema/wire/id.ts";
import { formatTraceparent, readTraceparent, requestIdOf, type Span, traceIdOf } from "../../schema/wire/trace.ts";
import { readTraceTarget } from "../../schema/wire/trace-export.ts";
import { Tracer } from "../../schema/wire/tracer.ts";
import type { EdgeConfig } from "../env.ts";
import { edgeLog } from "./log.ts";

const edgeTraces = new Tracer("growqr-edge", edgeLog);
/** Spans of the requests that this isolate is answering. */
const openSpans = new Map<string, Span>();

/** The request of a caller who sends a trace of their own, and no request id. */
export function tracedRequestId(header: string | undefined): Id<"req"> | undefined {
  const parent = readTraceparent(header);
  return parent && requestIdOf(parent.traceId);
}
/** Header for a call that this request makes. */
export function traceHeader(requestId: string): { traceparent?: string } {
  const span = openSpans.get(requestId);
  return span ? { traceparent: formatTraceparent(span) } : {};
}
/** For the envelope of an actor's action: the span above it. */
export function traceSpan(requestId: string): { span?: string } {
  const span = openSpans.get(requestId);
  return span ? { span: span.spanId } : {};
}

/** Answers a request as a span of its trace. Nobody waits for the collector. */
export async function traceRequest(c: Context, config: EdgeConfig, requestId: string, next: () => Promise<void>): Promise<void> {
  edgeTraces.sendTo(readTraceTarget(config));
  const parent = readTraceparent(c.req.header("traceparent"));
  const mine = parent?.traceId === traceIdOf(requestId) ? parent : undefined;
  const begin = { requestId, name: c.req.method, kind: "server", parentId: mine?.spanId } as const;
  const span = mine?.sampled === false ? undefined : edgeTraces.begin(begin);
  if (!span) return next();
  openSpans.set(requestId, span);
  try {
    await next();
  } finally {
    if (openSpans.get(requestId) === span) openSpans.delete(requestId);
    const { status } = c.res;
    const route = routePath(c, -1);
    const attributes = { "http.request.method": c.req.method, "http.route": route, "http.response.status_code": status };
    edgeTraces.end({ ...span, name: `${c.req.method} ${route}`, attributes }, status >= 500 ? String(status) : undefined);
    c.executionCtx.waitUntil(edgeTraces.flush());
  }
}
