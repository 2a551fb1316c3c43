import type { ReleaseView } from "../../../schema/release/release.ts";
import { failureText, useAction } from "../live/use-action.ts";
import { useScreen } from "../shell/screen.ts";
import { formatDay, formatTime } from "../ui/format.ts";

const stays = "What serves now is kept, and its data stays as it is.";
const changed = "Newer releases have changed its data since, and that stays: the older one may not know how to read it.";
const withSecrets = " It runs with the secrets that it was started with.";
/** Goes back to a release that served before. */
export function RollBack({ project, release, pastMigration }: { project: string; release: ReleaseView; pastMigration: boolean }) {
  const { ask } = useScreen();
  const back = useAction("rollBack");
  const at = release.servedAt ?? release.createdAt;
  const hasSecrets = Object.keys(release.made?.secrets ?? {}).length > 0;
  const when = `${formatDay(at)}, ${formatTime(at)}`;
  const press = () =>
    back.isPending ||
    ask({
      title: `Go back to the release of ${when}?`,
      text: `Visitors see that one within seconds. ${pastMigration ? changed : stays}${hasSecrets ? withSecrets : ""}`,
      yes: "Go back to it",
      act: () => back.mutate({ project, to: release.id, pastMigration }),
    });
  return (
    <div className="fx wrap">
      <button type="button" className="btn" aria-disabled={back.isPending} onClick={press}>
        {back.isPending ? "Going back" : "Go back to this"}
      </button>
      <span className="s13 sub grow">The release of {when} served before.</span>
      {back.isError && (
        <p className="c-bad s13" role="alert">
          {failureText(back.error)} What serves is as it was.
        </p>
      )}
    </div>
  );
}
