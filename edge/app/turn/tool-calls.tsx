import { ChevronDown, ChevronRight } from "lucide-react";
import { memo, useState } from "react";
import type { ToolView } from "../../../schema/event.ts";
import { formatDuration, formatElapsed } from "../ui/format.ts";
import { hideIds } from "../ui/plain-words.ts";
import { Ring, type RingState } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import styles from "./turn.module.css";

export type ShownToolCall = { call: ToolView; at: number; skew: number };
const toolRings: Record<ToolView["state"], { ring: RingState; label: string }> = {
  running: { ring: "working", label: "Running" },
  done: { ring: "done", label: "Done" },
  failed: { ring: "failed", label: "Failed" },
};

/** Tool calls in a row. Finished ones fold to one line; running and failed ones always show. */
export function ToolCalls({ calls, settled }: { calls: readonly ShownToolCall[]; settled: boolean }) {
  const [open, setOpen] = useState(false);
  const folds = settled && calls.length > 5;
  const shown = folds && !open ? calls.filter(({ call }) => call.state === "failed") : calls;
  return (
    <div className="tools">
      {folds && (
        <button type="button" className="tool" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? <ChevronDown className="i s14" aria-hidden="true" /> : <ChevronRight className="i s14" aria-hidden="true" />}
          <b>{calls.length} calls</b>
          <span className="t">{summary(calls)}</span>
          <span className="grow" />
          <span className="num tm">{formatDuration(calls.reduce((sum, { call }) => sum + (call.ms ?? 0), 0))}</span>
        </button>
      )}
      {shown.map((call) => (
        <ToolLine key={call.call.callId} {...call} />
      ))}
    </div>
  );
}

function summary(calls: readonly ShownToolCall[]): string {
  const counts = new Map<string, number>();
  for (const { call } of calls) counts.set(call.verb, (counts.get(call.verb) ?? 0) + 1);
  return [...counts].map(([verb, n]) => `${verb.toLowerCase()} ${n}`).join(", ");
}

/** One call folded to a line: ring, verb, target, result, duration. Its output opens below. */
const ToolLine = memo(
  function ToolLine({ call, at, skew }: ShownToolCall) {
    const [open, setOpen] = useState(false);
    const running = call.state === "running";
    const now = useClock(running, 250);
    const { ring, label } = toolRings[call.state];
    const line = (
      <>
        <Ring state={ring} size={12} label={label} />
        <b>{call.verb}</b>
        {call.command === undefined ? <code>{hideIds(call.target)}</code> : <span className="t c-ink">{hideIds(call.target)}</span>}
        <span className="grow" />
        {call.result && <span className={call.state === "failed" ? "res c-bad" : "res"}>{hideIds(call.result)}</span>}
        <span className={running ? "num tm c-run" : "num tm"}>
          {running ? formatElapsed(now + skew - at) : call.ms !== undefined && formatDuration(call.ms)}
        </span>
      </>
    );
    const written = call.tool.startsWith("platform_") && call.tool !== "platform_call_service"; // for the model
    const output = written ? undefined : call.output;
    if (!output && call.command === undefined) return <div className="tool">{line}</div>;
    return (
      <>
        <button type="button" className="tool" aria-expanded={open} onClick={() => setOpen(!open)}>
          {line}
        </button>
        {open && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
          <section className={`${styles.out} mono`} tabIndex={0} aria-label={`Output of ${call.verb} ${call.target}`}>
            {call.command !== undefined && <b className={styles.cmd}>$ {call.command}</b>}
            {output}
          </section>
        )}
      </>
    );
  },
  (a, b) => a.call === b.call && a.at === b.at,
);
