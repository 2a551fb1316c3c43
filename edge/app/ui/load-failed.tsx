import { failureText } from "../live/use-action.ts";

/** A failed query, with its retry. */
export function Failed({ error, retry, className = "c-bad s13" }: { error: unknown; retry: () => unknown; className?: string }) {
  return (
    <p className={className} role="alert">
      {failureText(error)}{" "}
      <button type="button" className="link" onClick={() => void retry()}>
        Retry
      </button>
    </p>
  );
}
