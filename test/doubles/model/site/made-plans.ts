import { isGuestBook } from "../guest-book.ts";
import type { Talk } from "../next.ts";
import type { Called } from "../wire.ts";
import { readDetailLines, type SiteDetails } from "./site-details.ts";

/** The plans that the demo model made in a conversation, and what the platform said of them. */
export const planTool = "platform_plan";
export const planId = (plan: Called | undefined) => /pln_[0-9A-Z]{26}/.exec(plan?.result ?? "")?.[0];
/** What a plan is by now that was to be replaced, and does not wait for the member any more. */
export const refusedAs = (plan: Called | undefined) => /does not wait for the member any more, it is (\w+)/.exec(plan?.result ?? "")?.[1];
/** Its work has begun, or is over. */
export const isTooLate = (plan: Called | undefined) => /^(?:accepted|done)$/.test(refusedAs(plan) ?? "");

type Spec = { id?: string; project?: string; description?: string };
const firstTask = ({ args }: Pick<Called, "args">): Spec | undefined => (Array.isArray(args.tasks) ? (args.tasks as Spec[])[0] : undefined);
export const projectOf = (plan: Pick<Called, "args">): string => firstTask(plan)?.project ?? "work";
/** It changes words of a site that is built. */
export const isChange = (plan: Called): boolean => firstTask(plan)?.id === "change";
export const headingOf = (plan: Called): string => String(plan.args.title).replace(/, tested and reviewed$/, "");
export const linesOf = (plan: Called): SiteDetails => readDetailLines(firstTask(plan)?.description ?? "");

const findPlans = (calls: readonly Called[], project: string) =>
  calls.filter((plan) => plan.tool === planTool && projectOf(plan) === project);
/** The plan of a site that was made last in this conversation. */
export const lastSitePlan = ({ before }: Talk, project?: string): Called | undefined =>
  before.findLast((plan) => {
    const name = plan.tool === planTool && planId(plan) && !isChange(plan) ? projectOf(plan) : undefined;
    return name !== undefined && !isGuestBook(name) && (project ?? name) === name;
  });

export type SiteNow = {
  heading: string;
  project: string;
  /** The plan that was made last: of the site, or of a change of it. */
  current: Called;
  /** The last try to replace that plan while it was at work: it says what was told until then. */
  late: Called | undefined;
  /** What the site says, as far as its plans are done. */
  known: SiteDetails;
  /** How many changes were planned. */
  changes: number;
};
export function siteNow({ before, called, messages }: Talk, site: Called): SiteNow {
  const project = projectOf(site);
  const plans = findPlans(before, project);
  const current = plans.findLast((plan) => planId(plan)) ?? site;
  const changes = plans.filter((plan) => isChange(plan) && planId(plan));
  const isDone = (plan: Called) =>
    messages.some(({ content }) => content.includes(`(${planId(plan)}) is done`)) ||
    called.some((each) => each.args.replaces === planId(plan) && refusedAs(each) === "done");
  return {
    heading: headingOf(site),
    project,
    current,
    late: plans.findLast((plan) => plan.args.replaces === planId(current) && refusedAs(plan) === "accepted"),
    known: Object.assign({}, linesOf(site), ...changes.filter(isDone).map(linesOf)) as SiteDetails,
    changes: changes.length,
  };
}
