import { useSearch } from "@tanstack/react-router";
import { useConversationLive } from "../conversation/conversation.ts";
import type { LogRow } from "../live/log-view.ts";
import { useActionQuery } from "../live/use-action.ts";
import { Ring } from "../ui/ring.tsx";
import styles from "./plan.module.css";
import { OpenResult } from "./plan-result.tsx";

/** The newest plan that has ended well, while the member has written nothing since. Pure. */
export function findFinishedPlan(rows: readonly LogRow[]): (LogRow & { type: "plan" }) | undefined {
  const plans = rows.filter((row) => row.type === "plan");
  const newest = plans.reduce<(typeof plans)[number] | undefined>(
    (best, row) => (best && best.changedAt > row.changedAt ? best : row),
    undefined,
  );
  if (newest?.body.state !== "done") return undefined;
  const wrote = rows.findLast((row) => row.type === "member");
  return wrote && wrote.at > newest.changedAt ? undefined : newest;
}

/** Above the message field: what a plan has brought, whose card may lie far above by then. */
export function FinishedPlan() {
  const row = useConversationLive(({ view }) => findFinishedPlan(view.rows));
  return row && <Finished planId={row.body.planId} title={row.body.title} />;
}
function Finished({ planId, title }: { planId: `pln_${string}`; title: string }) {
  const result = useActionQuery("planResult", { planId }).data?.result;
  const shown = useSearch({ strict: false, select: (search) => search.preview });
  if ((!result?.preview && !result?.place) || (shown !== undefined && shown === result.preview?.id)) return null;
  return (
    <section className={`fx s13 ${styles.finished}`} aria-label="What was made">
      <Ring state="done" label="Done" />
      <span className="grow t">
        <b className="b">{title}</b> is done
      </span>
      <OpenResult result={result} />
    </section>
  );
}
