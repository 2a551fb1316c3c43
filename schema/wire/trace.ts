import { z } from "zod";
import { type Id, id } from "./id.ts";

/**
 * Traces (OpenTelemetry). The id of a request is the id of its trace, written otherwise: the 128 bits of its
 * ULID in hexadecimal. Whatever carries a request id, a row of work for one, carries its trace.
 */
export const traceKinds = { internal: 1, server: 2, client: 3, consumer: 5 } as const;
export type TraceKind = keyof typeof traceKinds;
type Attribute = string | number | boolean;
/** One step of a trace. Times are milliseconds since 1970; `failed` is the code of what went wrong. */
export type Span = {
  traceId: string;
  spanId: string;
  parentId?: string;
  name: string;
  kind: TraceKind;
  began: number;
  ended?: number;
  failed?: string;
  attributes: Record<string, Attribute>;
};

const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const noTrace = "0".repeat(32);
/** The trace of a request; undefined for what is no id of ours. */
export function traceIdOf(requestId: string): string | undefined {
  if (!id("req").safeParse(requestId).success) return undefined;
  let bits = 0n;
  for (const letter of requestId.slice(4)) bits = bits * 32n + BigInt(letters.indexOf(letter));
  const hex = bits.toString(16).padStart(32, "0");
  return hex.length > 32 || hex === noTrace ? undefined : hex;
}
/** The request of a trace that began elsewhere. */
export function requestIdOf(traceId: string): Id<"req"> {
  let [bits, text] = [BigInt(`0x${traceId}`), ""];
  for (let letter = 0; letter < 26; letter++, bits /= 32n) text = letters[Number(bits % 32n)]! + text;
  return id("req").parse(`req_${text}`);
}

export type TraceParent = { traceId: string; spanId: string; sampled: boolean };
/** W3C Trace Context, level 1: undefined for a header that is to be ignored. */
export function readTraceparent(header: string | undefined): TraceParent | undefined {
  const [, version, traceId, spanId, flags, more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header ?? "") ?? [];
  if (!version || !traceId || !spanId || !flags || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (traceId === noTrace || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
export const formatTraceparent = ({ traceId, spanId }: Pick<Span, "traceId" | "spanId">): string => `00-${traceId}-${spanId}-01`;
export const spanId = z.string().regex(/^[0-9a-f]{16}$/);
export const newSpanId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
