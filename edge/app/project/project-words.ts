import type { Deployable, ProjectView } from "../../../schema/project/project.ts";
import type { ReleaseState, ReleaseStep, ReleaseView } from "../../../schema/release/release.ts";
import type { AppState } from "../../../schema/release/release-host.ts";
import { trimTail } from "../../../schema/wire/foreign-text.ts";
import type { RingState } from "../ui/ring.tsx";

/** How projects and releases stand, in words and as a ring. Pure. */
export type ShownState = { ring: RingState; text: string };
const projectStandings: Record<ProjectView["state"], ShownState> = {
  making: { ring: "working", text: "Being made" },
  removing: { ring: "working", text: "Being taken away" },
  idle: { ring: "idle", text: "Not online" },
  deploying: { ring: "working", text: "Going online" },
  running: { ring: "deployed", text: "Running" },
  failing: { ring: "failed", text: "Not well" },
  asleep: { ring: "cancelled", text: "Asleep" },
  stopped: { ring: "cancelled", text: "Stopped" },
  suspended: { ring: "cancelled", text: "Needs a plan to run" },
};
export const describeProjectState = ({ state }: Pick<ProjectView, "state">): ShownState => projectStandings[state];

/** `press`: what the person may do next; with `deploys` it takes a release of what is on main. */
type OnlineStanding = ShownState & { press?: { title: string; deploys: boolean }; failed?: true };
/** Whether visitors see a project, and its newest version. `newest`: its newest release. */
export function describeOnline(
  view: Pick<ProjectView, "state" | "published" | "current" | "reason" | "app">,
  main: Pick<Deployable, "can" | "reason" | "commit">,
  newest: Pick<ReleaseView, "state" | "reason"> | undefined,
): OnlineStanding {
  const { state, published, current } = view;
  if (state === "making" || state === "removing") return describeProjectState(view);
  if (state === "deploying")
    return {
      ring: "working",
      text: current ? "The new version is going online. The one before is seen meanwhile." : "It is going online.",
    };
  const failed = newest?.state === "failed" || newest?.state === "rolled_back";
  const tried = newest?.state === "failed" ? "The last try failed" : "The newest release was taken back";
  const why = failed ? ` ${tried}: ${newest.reason ?? "no reason is known"}` : "";
  const told = failed ? ({ failed: true } as const) : {};
  const isNewer = current !== undefined && main.can && main.commit !== current.commit;
  if (!current || isNewer) {
    const seen = published ? "Visitors see the version before this one." : "You alone see the version before this one.";
    const text = `${current ? seen : main.can ? "It is not online." : `It is not online. ${main.reason}`}${why}`;
    const title = current ? "Put this version online" : "Put it online…";
    return { ring: failed ? "failed" : "idle", text, ...told, ...(main.can ? { press: { title, deploys: true } } : {}) };
  }
  const { ring, text } = describeProjectState(view);
  if (state !== "running" && state !== "asleep")
    return { ring, text: state === "failing" ? `${text}: ${view.reason ?? describeHealth(view.app)}` : text };
  if (!published)
    return {
      ring,
      text: `It ${state === "asleep" ? "sleeps until it is visited" : "runs"}, and you alone see it at`,
      press: { title: "Show it to everybody…", deploys: false },
    };
  return { ring, text: "Online. Everybody sees it at" };
}
/** An address as people write it. */
export const shortAddress = (address: string): string => address.replace(/^https?:\/\//, "").replace(/\/$/, "");

const releaseStandings: Record<ReleaseState, ShownState> = {
  queued: { ring: "idle", text: "Waits for your machine" },
  starting: { ring: "working", text: "Starting" },
  serving: { ring: "deployed", text: "Serves now" },
  replaced: { ring: "complete", text: "Replaced" },
  failed: { ring: "failed", text: "Failed" },
  cancelled: { ring: "cancelled", text: "Cancelled" },
  rolled_back: { ring: "cancelled", text: "Taken back" },
};
export const stepWords: Record<ReleaseStep, string> = {
  setup: "Installs what it needs",
  migrate: "Changes its data",
  start: "Starts it",
  health: "Asks whether it is well",
  switch: "Leads visitors to it",
};
const failedSteps: Record<ReleaseStep, string> = {
  setup: "while it was installed",
  migrate: "while its data was changed",
  start: "while it was started",
  health: "because it was not well",
  switch: "while visitors were led to it",
};
export function describeRelease({ state, step }: Pick<ReleaseView, "state" | "step">): ShownState {
  const { ring, text } = releaseStandings[state];
  if (state === "starting" && step) return { ring, text: stepWords[step] };
  return { ring, text: state === "failed" && step ? `${text} ${failedSteps[step]}` : text };
}

const healthWords: Record<AppState, string> = {
  well: "Answers as it should",
  unwell: "Does not answer as it should",
  restarting: "Is started again",
  crashed: "Has crashed too often and is not started again",
  asleep: "Sleeps until somebody visits it",
  waking: "Is being started",
  stopped: "Does not run",
  suspended: "Needs a plan to run",
  lost: "Is not on its machine any more",
  unreachable: "Its machine does not answer",
};
export const describeHealth = (app: AppState | undefined): string | undefined => app && healthWords[app];

/** The release under way, else what the newest failure was while nothing newer serves. */
export function findNewsOfReleases(releases: readonly ReleaseView[]): ReleaseView | undefined {
  const [newest] = releases;
  return newest && (newest.state === "queued" || newest.state === "starting" || newest.state === "failed" || newest.state === "rolled_back")
    ? newest
    : undefined;
}

/** A name for its address and repository, of what people call it: “Lisa’s Bread!” is `lisas-bread`. */
export function shortNameOf(title: string): string {
  const plain = title
    .normalize("NFD")
    .replace(/\p{M}|’/gu, "")
    .toLowerCase();
  const words = plain.replace(/[^a-z0-9]+/g, "-").replace(/^[^a-z]+/, "");
  return trimTail(words.slice(0, 40), "-");
}
