import { z } from "zod";
import { type Span, traceKinds } from "./trace.ts";

/** How spans leave: OTLP over HTTP, in JSON. */
const headerList = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((pair) => (pair.trim() ? [pair.split("=")] : [])))
  .transform((pairs) =>
    Object.fromEntries(pairs.map(([name = "", ...value]) => [name.trim(), decodeURIComponent(value.join("=").trim())])),
  );
/**
 * Settings of every part that takes part in traces. Not by OpenTelemetry's own names: libraries read those,
 * Rivet Kit for one, and would send spans of their own, which nobody has looked over for secrets.
 */
export const traceSettings = {
  /** The collector, by OTLP over HTTP; absent: no traces. */
  TRACES_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/$/, ""))
    .optional(),
  /** `name=value,…`, sent with them. */
  TRACES_HEADERS: headerList,
  /** Which part of all traces is kept, 0 to 1; every part keeps the same ones. */
  TRACES_RATIO: z.coerce.number().min(0).max(1).default(1),
};
export type TraceTarget = { url: string; headers: Record<string, string>; ratio: number };
export const readTraceTarget = (settings: {
  TRACES_URL?: string | undefined;
  TRACES_HEADERS: Record<string, string>;
  TRACES_RATIO: number;
}): TraceTarget | undefined =>
  settings.TRACES_URL === undefined
    ? undefined
    : {
        url: `${settings.TRACES_URL}/v1/traces`,
        headers: settings.TRACES_HEADERS,
        ratio: settings.TRACES_RATIO,
      };
export const isSampled = (traceId: string, ratio: number): boolean => Number.parseInt(traceId.slice(-8), 16) < ratio * 2 ** 32;

const formatValue = (value: Span["attributes"][string]) =>
  typeof value === "string"
    ? { stringValue: value }
    : typeof value === "boolean"
      ? { boolValue: value }
      : { intValue: String(Math.round(value)) };
const listAttributes = (attributes: Span["attributes"]) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: formatValue(value) }));
const nanoseconds = (ms: number) => `${Math.round(ms * 1000)}000`;
/** Spans as OTLP's JSON has them. */
export function formatSpans(service: string, spans: readonly Span[]): object {
  const said = spans.map(({ traceId, spanId, parentId, name, kind, began, ended = began, failed, attributes }) => ({
    ...{ traceId, spanId, name, kind: traceKinds[kind] },
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    startTimeUnixNano: nanoseconds(began),
    endTimeUnixNano: nanoseconds(Math.max(began, ended)),
    attributes: listAttributes(attributes),
    ...(failed === undefined ? {} : { status: { code: 2, message: failed } }),
  }));
  const resource = { attributes: listAttributes({ "service.name": service, "service.namespace": "growqr" }) };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "growqr" }, spans: said }] }] };
}
