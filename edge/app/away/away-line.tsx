import { CloudOff } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import type { AwayPart } from "../../../schema/readiness.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { AwayWatch } from "./away-watch.ts";

/**
 * One line while a part of the platform is away: what still works, and what waits. `linkLost`: another way to
 * notice, since a connection that is lost, or back again, is a reason to look at once.
 */
export default function AwayLine({ linkLost = false }: { linkLost?: boolean }): ReactNode {
  const [found, show] = useState<AwayPart>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever it changes
  useEffect(() => {
    const watch = new AwayWatch(found, show);
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
