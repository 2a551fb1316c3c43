import { failureText } from "../live/use-action.ts";

/** What went wrong with a reading, and reading again. */
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
