import { CloudOff } from "lucide-react";
import { type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { type AwayPart, describeSignInAway, type HealthPart, healthParts } from "../../../schema/readiness.ts";
import { AppServices } from "../live/workspace.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { AwayWatch } from "./away-watch.ts";

export type AwayLineProps = {
  /** A connection that is lost, or back again, is a reason to look at once. */
  linkLost?: boolean;
  /** Of whom has no agent yet: machines and files that they have none of are not spoken of. */
  accountOnly?: boolean;
};
const accountParts: readonly HealthPart[] = ["db", "billing", "identity"];
const never = () => () => undefined;

/** One line while a part of the platform is away: what still works, and what waits. */
export default function AwayLine({ linkLost = false, accountOnly = false }: AwayLineProps): ReactNode {
  const [told, show] = useState<AwayPart>();
  /** Whose session may have no token to call with while Clerk is away; nobody's at the door. */
  const sessions = useContext(AppServices)?.sessions;
  const noToken = useSyncExternalStore(sessions?.subscribe ?? never, () => sessions?.awayAt);
  const found = noToken === undefined ? told : describeSignInAway(told, noToken);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever it changes
  useEffect(() => {
    const watch = new AwayWatch(told, show, accountOnly ? accountParts : healthParts);
    return () => watch.end();
  }, [linkLost]);
  return (
    <>
      {found && (
        <div className="offline">
          <CloudOff className="i" aria-hidden="true" />
          <span className="grow">
            <b>{found.away}</b> since {formatSince(found.since)}. {found.works}
          </span>
        </div>
      )}
      {/* Its time is left out: a screen reader says it once for each part, and it is there before its first words. */}
      <div className="vh" role="status">
        {found && `${found.away}. ${found.works}`}
      </div>
    </>
  );
}
function formatSince(at: number): string {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return isToday ? formatTime(at) : `${formatDay(at)}, ${formatTime(at)}`;
}
