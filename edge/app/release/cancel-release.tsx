import type { ReleaseView } from "../../../schema/release/release.ts";
import { failureText, useAction } from "../live/use-action.ts";

/** Gives up a release that is on its way. What serves stays as it is. */
export function CancelRelease({ release: { project, id } }: { release: Pick<ReleaseView, "project" | "id"> }) {
  const cancel = useAction("cancelRelease");
  return (
    <>
      <button
        type="button"
        className="btn"
        aria-disabled={cancel.isPending}
        onClick={() => !cancel.isPending && cancel.mutate({ project, release: id })}
      >
        {cancel.isPending ? "Cancelling" : "Cancel this release"}
      </button>
      {cancel.isError && (
        <p className="c-bad s13" role="alert">
          {failureText(cancel.error)}
        </p>
      )}
    </>
  );
}
