import type { EventBody } from "../../../schema/event.ts";
import { LazyPlanLink } from "../billing/plan/lazy-plan-link.tsx";
import type { TurnPart } from "../turn/turn.ts";
import { Ring } from "../ui/ring.tsx";

/** `below`: the parts of its turn after it. */
export function Notice({ notice, below = [] }: { notice: EventBody<"notice">; below?: readonly TurnPart[] }) {
  return (
    <div className={notice.level === "error" ? "quiet bad" : "quiet"}>
      <Ring state={notice.level === "info" ? "complete" : notice.level === "warning" ? "stale" : "failed"} label={notice.level} />
      <div>
        {notice.text}
        {notice.level !== "info" && <LazyPlanLink after={notice.text} below={below} />}
      </div>
    </div>
  );
}
