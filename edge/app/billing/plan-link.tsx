import { Link } from "@tanstack/react-router";
import { isPlanLimit } from "../../../schema/billing/limit-reached.ts";

/** The way to the plans, after a text that says that a limit of the plan is met; after another, nothing. */
export function PlanLink({ after }: { after: string | undefined }) {
  if (after === undefined || !isPlanLimit(after)) return null;
  return (
    <>
      {" "}
      <Link className="link" to="/plan-usage">
        See plans
      </Link>
    </>
  );
}
