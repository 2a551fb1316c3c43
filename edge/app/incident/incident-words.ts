import type { IncidentState, IncidentStepKind } from "../../../schema/incident/incident.ts";
import type { RingState } from "../ui/ring.tsx";

/** How an incident stands, in words and as a ring. Pure. */
type ShownIncident = { ring: RingState; text: string };
const incidentStandings: Record<IncidentState, ShownIncident> = {
  open: { ring: "failed", text: "Not well, and nothing is done about it" },
  asked: { ring: "waiting", text: "Waits for your word: is it repaired?" },
  agreed: { ring: "working", text: "A repair begins" },
  repairing: { ring: "working", text: "Being repaired" },
  deploying: { ring: "working", text: "The repair is being deployed" },
  watching: { ring: "working", text: "The repair serves, and is watched" },
  rolling_back: { ring: "working", text: "Goes back to the release before" },
  handed_over: { ring: "waiting", text: "Repairs did not help. It waits for you" },
  closed: { ring: "done", text: "Over" },
};
export const describeIncident = (state: IncidentState): ShownIncident => incidentStandings[state];

const stepRings: Partial<Record<IncidentStepKind, RingState>> = {
  opened: "failed",
  failed: "failed",
  asked: "waiting",
  handed_over: "waiting",
  declined: "cancelled",
  proven: "done",
  deployed: "deployed",
  closed: "done",
};
export const describeIncidentStep = (kind: IncidentStepKind): RingState => stepRings[kind] ?? "complete";
