import { AppError } from "../../../schema/wire/error.ts";
import { failureText } from "../live/use-action.ts";

/** A failed query, with its retry where that may help: what is refused for good is refused again. */
export function Failed({ error, retry, className = "c-bad s13" }: { error: unknown; retry: () => unknown; className?: string }) {
  return (
    <p className={className} role="alert">
      {failureText(error)}{" "}
      {!(error instanceof AppError && error.code === "forbidden") && (
        <button type="button" className="link" onClick={() => void retry()}>
          Retry
        </button>
      )}
    </p>
  );
}
