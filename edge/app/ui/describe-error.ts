import { AppError } from "../../../schema/wire/error.ts";

/** What to tell a person about a failure. */
export function describeError(error: unknown): { code: AppError["code"]; message: string; requestId: string | undefined } {
  const app = error instanceof AppError ? error : new AppError("internal", {}, { cause: error });
  const requestId = typeof app.meta.requestId === "string" ? app.meta.requestId : undefined;
  return { code: app.code, message: app.message, requestId };
}
