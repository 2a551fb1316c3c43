import type { components } from "./api-types.ts";

/** What the body of a refusal says. */
export type RefusalBody = components["schemas"]["Refusal"]["error"];
/** A code of the product's one table of errors. */
export type RefusalCode = RefusalBody["code"];
/** `status` is absent where no answer came; `retryAfter` in seconds. */
type Circumstances = { status?: number | undefined; retryAfter?: number | undefined; cause?: unknown };

/**
 * The one error of every call. Branch on `code`, never on the message. `retryable`: another try may end
 * otherwise; those that the client makes by itself are over then. Where no answer came the code is
 * `unavailable` or `timeout`, and there is no `requestId`.
 */
export class GrowqrError extends Error {
  override readonly name = "GrowqrError";
  readonly code: RefusalCode;
  readonly retryable: boolean;
  readonly requestId: string | undefined;
  readonly issues: NonNullable<RefusalBody["issues"]>;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  constructor(refusal: Omit<RefusalBody, "requestId"> & { requestId?: string | undefined }, { status, retryAfter, cause }: Circumstances) {
    super(refusal.message, cause === undefined ? undefined : { cause });
    this.code = refusal.code;
    this.retryable = refusal.retryable;
    this.requestId = refusal.requestId;
    this.issues = refusal.issues ?? [];
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const cutOff = { code: "upstream", message: "What answered is not the API, or its answer was cut off.", retryable: true } as const;
const unreached = { code: "unavailable", message: "No connection to the API.", retryable: true } as const;
const silent = { code: "timeout", message: "No answer in time.", retryable: true } as const;

function isRefusal(body: unknown): body is { error: RefusalBody } {
  if (typeof body !== "object" || body === null || !("error" in body)) return false;
  const { error } = body;
  return typeof error === "object" && error !== null && "code" in error && "message" in error && typeof error.code === "string";
}
/** A refusal that was answered; what is no refusal of the API's is `upstream`. */
export function readAnsweredRefusal(response: Response, body: unknown): GrowqrError {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : undefined;
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const said = isRefusal(body) ? body.error : { ...cutOff, requestId };
  return new GrowqrError(said, { status: response.status, retryAfter });
}
/** What a call that had no whole answer fails with. */
export function readThrown(cause: unknown): GrowqrError {
  if (cause instanceof GrowqrError) return cause;
  if (cause instanceof SyntaxError) return new GrowqrError(cutOff, { cause });
  const late = cause instanceof DOMException && cause.name === "TimeoutError";
  return new GrowqrError(late ? silent : unreached, { cause });
}
