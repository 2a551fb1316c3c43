import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { stepTitles } from "../../../schema/stack/stack.ts";
import type { StackRun } from "../live/log-view.ts";
import { formatDuration, formatTime } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";

/** A provision or a wake, folded to one line. */
export function RunRow({ run }: { run: StackRun }) {
  const [open, setOpen] = useState(false);
  const last = run.steps.at(-1);
  const failed = run.steps.some((step) => step.state === "failed");
  const over = run.steps.every((step) => step.state !== "started") && (failed || last?.step === "ready");
  const state = failed ? "failed" : over ? "done" : "working";
  const first = run.steps.some((step) => step.step === "memory");
  const title = failed ? "Stack did not start" : over ? (first ? "Stack set up" : "Stack woken") : `${stepTitles[last?.step ?? "network"]}`;
  const took = last ? last.at + (last.ms ?? 0) - run.at : 0;
  return (
    <div className="msg" style={{ display: "block" }}>
      <div className="tools">
        <button type="button" className="tool" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? <ChevronDown className="i s14" aria-hidden="true" /> : <ChevronRight className="i s14" aria-hidden="true" />}
          <Ring state={state} size={12} label={state === "done" ? "Done" : state} />
          <b>{title}</b>
          <span className="grow" />
          <time dateTime={new Date(run.at).toISOString()}>{formatTime(run.at)}</time>
          <span className="num tm">{over && formatDuration(took)}</span>
        </button>
        {open &&
          run.steps.map((step) => (
            <div className="tool" key={step.step} style={{ paddingLeft: 22 }}>
              <Ring state={step.state === "started" ? "working" : step.state} size={12} label={step.state} />
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
        {stepWords[body.observed]} {formatTime(at)}
        {body.reason && body.reason !== "stop" && `, ${body.reason.replaceAll("_", " ")}`}
      </span>
    </div>
  );
}
