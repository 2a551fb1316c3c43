import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { stepTitles } from "../../../schema/stack/stack.ts";
import type { StackRun } from "../live/log-view.ts";
import { useLive } from "../live/use-live.ts";
import { formatDuration, formatTime } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";

const runLabels = { failed: "failed", done: "Done", cancelled: "stopped", working: "working" };
/** A provision or a wake, folded to one line. */
export function RunRow({ run }: { run: StackRun }) {
  const [open, setOpen] = useState(false);
  const last = run.steps.at(-1);
  const failed = run.steps.some((step) => step.state === "failed");
  const over = run.steps.every((step) => step.state !== "started") && (failed || last?.step === "ready");
  const stopped = useLive(({ view }) => view.run?.run !== run.run || view.stack?.tier === "stopped");
  const state = failed ? "failed" : over ? "done" : stopped ? "cancelled" : "working";
  const first = run.steps.some((step) => step.step === "memory");
  const done = first ? "Stack set up" : "Stack woken";
  const titles = { failed: "Stack did not start", done, cancelled: "Start was stopped", working: stepTitles[last?.step ?? "network"] };
  const took = last ? last.at + (last.ms ?? 0) - run.at : 0;
  return (
    <div className="msg" style={{ display: "block" }}>
      <div className="tools">
        <button type="button" className="tool" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? <ChevronDown className="i s14" aria-hidden="true" /> : <ChevronRight className="i s14" aria-hidden="true" />}
          <Ring state={state} size={12} label={runLabels[state]} />
          <b>{titles[state]}</b>
          <span className="grow" />
          <time dateTime={new Date(run.at).toISOString()}>{formatTime(run.at)}</time>
          <span className="num tm">{over && formatDuration(took)}</span>
        </button>
        {open &&
          run.steps.map((step) => (
            <div className="tool" key={step.step} style={{ paddingLeft: 22 }}>
              <Ring state={step.state !== "started" ? step.state : stopped ? "cancelled" : "working"} size={12} label={step.state} />
              <b>{stepTitles[step.step]}</b>
              <span className="t">{step.state !== "done" && step.detail}</span>
              <span className="grow" />
              <span className="num tm">{step.ms !== undefined && formatDuration(step.ms)}</span>
            </div>
          ))}
      </div>
    </div>
  );
}

const stepWords: Partial<Record<EventBody<"stack.state">["observed"], string>> = {
  stopped: "Stack stopped",
  failed: "Stack failed",
  unreachable: "Host not reachable",
};
export function StackEventRow({ body, at }: { body: EventBody<"stack.state">; at: number }) {
  return (
    <div className="rule">
      <span>
        {body.asleep ? "Stack asleep" : stepWords[body.observed]} {formatTime(at)}
        {body.reason && body.reason !== "stop" && !body.asleep && `, ${body.reason.replaceAll("_", " ")}`}
      </span>
    </div>
  );
}
