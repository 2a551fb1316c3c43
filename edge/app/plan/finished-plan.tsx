import { useSearch } from "@tanstack/react-router";
import type { EventBody } from "../../../schema/event.ts";
import { useActionQuery } from "../live/use-action.ts";
import { Ring } from "../ui/ring.tsx";
import styles from "./plan.module.css";
import { OpenResult } from "./plan-result.tsx";

/** Above the message field: what a plan has brought, whose card may lie far above by then. */
export function FinishedPlan({ body: { planId, title } }: { body: EventBody<"plan.state"> }) {
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
