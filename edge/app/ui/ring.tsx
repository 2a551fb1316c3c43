/** The growth ring. Shape carries the state, colour repeats it. */
export const ringStates = ["idle", "working", "waiting", "complete", "done", "deployed", "stale", "failed", "cancelled"] as const;
export type RingState = (typeof ringStates)[number];

const ringNames: Record<RingState, string> = {
  idle: "Idle",
  working: "Working",
  waiting: "Waiting for you",
  complete: "Complete",
  done: "Verified",
  deployed: "Deployed",
  stale: "Changed since it was checked",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** `label` names the state for screen readers; empty when the text beside it says the same. */
export function Ring({ state, size = 16, label = ringNames[state] }: { state: RingState; size?: 12 | 16 | 20; label?: string }) {
  const className = `ring ${state} r${size}`;
  return label ? <span className={className} role="img" aria-label={label} /> : <span className={className} aria-hidden="true" />;
}

const length = 2 * Math.PI * 17;
/** The ring of a task head: one segment a step, `done` of them full, then the one that works now. */
type SegmentsProps = {
  steps: number;
  done: number;
  working: boolean /** It counts what is done, not the step it is at. */;
  counts?: boolean;
};
export function Segments({ steps, done, working, counts = false }: SegmentsProps) {
  const at = Math.min(steps, done + (working && !counts ? 1 : 0));
  const share = length / steps;
  const dash = steps === 1 ? `${length} 0` : `${Math.max(1, share - 3.4)} ${length}`;
  const kind = (index: number) => (index < done ? "ok" : working && index === done ? "now" : "tr");
  const arc = (index: number) => (
    <circle
      key={`${index} of ${steps}`}
      className={kind(index)}
      cx="20"
      cy="20"
      r="17"
      strokeDasharray={dash}
      transform={`rotate(${-87 + (360 / steps) * index} 20 20)`}
    />
  );
  return (
    <svg className="seg" viewBox="0 0 40 40" role="img" aria-label={counts ? `${at} of ${steps} done` : `Step ${at} of ${steps}`}>
      {Array.from({ length: steps }, (_none, index) => arc(index))}
      <text x="20" y="24.5" textAnchor="middle" fontSize="12.5" fontWeight="600" fill="currentColor">
        {at}/{steps}
      </text>
    </svg>
  );
}

export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" aria-hidden="true">
      <circle cx="12" cy="12" r="10.8" strokeWidth="1.6" />
      <circle cx="12.7" cy="12.6" r="7.2" strokeWidth="1.6" />
      <circle cx="13.3" cy="13.1" r="3.8" strokeWidth="1.6" />
      <circle cx="13.7" cy="13.4" r="1.1" fill="currentColor" stroke="none" />
    </svg>
  );
}
