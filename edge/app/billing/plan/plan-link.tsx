import { Link } from "@tanstack/react-router";
import { isPlanLimit } from "../../../../schema/billing/limit-reached.ts";
import type { TurnPart } from "../../turn/turn.ts";

type PlanLinkProps = {
  after: string | undefined;
  /** The parts of its turn below it: the last limit has the link. */
  below?: readonly TurnPart[];
};
/** The way to the plans, after a text that says that a limit of the plan is met; after another, nothing. */
export function PlanLink({ after, below = [] }: PlanLinkProps) {
  if (after === undefined || !isPlanLimit(after)) return null;
  if (below.some((part) => part.type === "notice" && isPlanLimit(part.notice.text))) return null;
  return (
    <>
      {" "}
      <Link className="link" to="/plan-usage">
        See plans
      </Link>
    </>
  );
}
export default PlanLink;
