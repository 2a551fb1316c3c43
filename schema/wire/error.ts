import { z } from "zod";

/**
 * Every code the product answers with: HTTP status, what a person reads, and whether trying again can help.
 */
export const errorTable = {
  bad_json: { status: 400, message: "The body is not valid JSON.", retryable: false },
  invalid: { status: 400, message: "The request is not what this address takes.", retryable: false },
  unauthenticated: { status: 401, message: "Sign in first.", retryable: false },
  ticket_expired: { status: 401, message: "The ticket has expired; ask for a new one.", retryable: true },
  payment_required: { status: 402, message: "This needs a running trial or a paid plan.", retryable: false },
  budget_exhausted: { status: 402, message: "The budget for this is used up.", retryable: false },
  forbidden: { status: 403, message: "This is not yours to do.", retryable: false },
  not_found: { status: 404, message: "There is nothing here by that name.", retryable: false },
  method_not_allowed: { status: 405, message: "This address does not take that method.", retryable: false },
  conflict: { status: 409, message: "Something else changed first.", retryable: true },
  idempotency_mismatch: { status: 409, message: "This idempotency key was used with another body or query.", retryable: false },
  shown_once: {
    status: 409,
    message: "The first try did this, and what it made was shown that once. Where it did not reach you, remove it and make another.",
    retryable: false,
  },
  in_progress: { status: 409, message: "The first call with this idempotency key is still running.", retryable: true },
  proration_expired: {
    status: 409,
    message: "The amount was counted too long ago, or for another month. Nothing was changed: look at it again and confirm it.",
    retryable: false,
  },
  already_answered: { status: 409, message: "This was answered already.", retryable: false },
  join_token_used: { status: 409, message: "This join token was used already.", retryable: false },
  generation_stale: { status: 409, message: "A newer command has been given for this stack.", retryable: false },
  ceiling: { status: 409, message: "The account does not allow this stack to run.", retryable: false },
  join_token_expired: { status: 410, message: "This join token has expired.", retryable: false },
  erased: { status: 410, message: "This account is being erased, or is gone.", retryable: false },
  too_large: { status: 413, message: "The body is too large.", retryable: false },
  unsupported_media_type: { status: 415, message: "Send JSON.", retryable: false },
  rate_limited: { status: 429, message: "Too many requests; slow down.", retryable: true },
  internal: { status: 500, message: "Something went wrong on our side.", retryable: true },
  upstream: { status: 502, message: "A part behind this one did not answer properly.", retryable: true },
  no_capacity: { status: 503, message: "No host has room right now.", retryable: true },
  memory_missing: {
    status: 409,
    message: "This stack's memory is missing from its machine. Nothing new is taken until it is back.",
    retryable: false,
  },
  storage_full: { status: 507, message: "There is no room on the disk right now; nothing new is taken until there is.", retryable: true },
  no_seat: { status: 507, message: "This stack can't hold another agent: all its seats are taken.", retryable: false },
  quota_full: { status: 507, message: "There is no room left to keep this.", retryable: false },
  unavailable: { status: 503, message: "A part behind this one is not reachable right now.", retryable: true },
  timeout: { status: 504, message: "A part behind this one took too long.", retryable: true },
} as const satisfies Record<string, { status: number; message: string; retryable: boolean }>;

export type ErrorCode = keyof typeof errorTable;
export const errorCode = z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]);

/** The body of every refusal. */
export const errorBody = z
  .object({
    error: z.object({
      code: errorCode,
      message: z.string(),
      retryable: z.boolean(),
      requestId: z.string(),
      issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
  })
  .meta({ id: "Refusal" });
export type ErrorBody = z.infer<typeof errorBody>;

/** The one error of the product. Callers branch on `code`; `meta` is for logs and never carries a secret. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly meta: Record<string, unknown>;
  constructor(code: ErrorCode, meta: Record<string, unknown> = {}, options?: { cause?: unknown; message?: string }) {
    super(options?.message ?? errorTable[code].message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.meta = meta;
  }
  get status(): number {
    return errorTable[this.code].status;
  }
}

/**
 * What goes over the wire for an error. Anything that is not an AppError is `internal` and says nothing else.
 */
export function errorResponse(error: unknown, requestId: string): { status: number; body: ErrorBody } {
  const app = error instanceof AppError ? error : new AppError("internal", {}, { cause: error });
  const issues = app.meta.issues as ErrorBody["error"]["issues"];
  return {
    status: app.status,
    body: {
      error: { code: app.code, message: app.message, retryable: errorTable[app.code].retryable, requestId, ...(issues ? { issues } : {}) },
    },
  };
}

/** A zod failure as `invalid`, with paths and without the rejected values. */
export function invalidInput(error: z.ZodError): AppError {
  const issues = error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  return new AppError("invalid", { issues });
}

/** Issues of what somebody wrote as `invalid`: the first thirty, more helps nobody. */
export const invalidIssues = (issues: readonly { path: string; message: string }[]): AppError =>
  new AppError("invalid", { issues: issues.slice(0, 30) });
