import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ProjectView } from "../../../schema/project/project.ts";
import { type AppMinute, appMetrics } from "../../../schema/release/release-host.ts";
import { useServices } from "../live/workspace.ts";
import { formatCount, formatDuration } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { type ChartSeries, MetricsChart } from "./metrics-chart.tsx";
import { greatestOf, sumMinutes } from "./minutes.ts";

const spans = [
  { hours: 1, title: "The last hour" },
  { hours: 24, title: "The last day" },
  { hours: 168, title: "The last week" },
] as const;

/** Requests, errors, latency, processor and memory of what runs, minute by minute. */
export function ProjectMetrics({ project }: { project: ProjectView }) {
  const { api } = useServices();
  const [hours, setHours] = useState<number>(24);
  const query = useQuery({
    queryKey: ["project", "metrics", project.name, hours],
    queryFn: () => api.get("/projects/{project}/metrics", appMetrics, { params: { path: { project: project.name }, query: { hours } } }),
    refetchInterval: 60_000,
  });
  const minutes = query.data?.minutes ?? [];
  return (
    <>
      <p>
        <select className="inp" aria-label="Shown" value={hours} onChange={(event) => setHours(Number(event.target.value))}>
          {spans.map((span) => (
            <option key={span.hours} value={span.hours}>
              {span.title}
            </option>
          ))}
        </select>
      </p>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {minutes.length > 0 ? (
        <MetricsOf minutes={minutes} />
      ) : (
        !query.isError && (
          <div className="empty">
            <b className="b">{query.isPending ? "Reading" : "Nothing was measured yet"}</b>
            <p className="sub">Each minute that it runs adds a point: requests, errors, how long answers take, processor and memory.</p>
          </div>
        )
      )}
    </>
  );
}

const requestSeries: readonly ChartSeries[] = [
  { name: "requests", title: "Requests", colour: "run" },
  { name: "errors", title: "Errors", colour: "bad" },
];
const latencySeries: readonly ChartSeries[] = [
  { name: "p50", title: "Half", colour: "acc" },
  { name: "p95", title: "95 of 100", colour: "wait" },
];
const cpuSeries: readonly ChartSeries[] = [{ name: "cpu", title: "Processor", colour: "run" }];
const memorySeries: readonly ChartSeries[] = [{ name: "memoryMb", title: "Memory", colour: "acc" }];

function MetricsOf({ minutes }: { minutes: readonly AppMinute[] }) {
  const { requests, errors } = sumMinutes(minutes);
  const last = minutes.at(-1)!;
  return (
    <>
      <MetricsChart
        title="Requests"
        text={`${formatCount(requests)} requests, ${formatCount(errors)} with an error`}
        minutes={minutes}
        series={requestSeries}
      />
      <MetricsChart
        title="Time to an answer"
        text={`In the last minute half within ${formatDuration(last.p50)}, nearly all within ${formatDuration(last.p95)}`}
        minutes={minutes}
        unit=" ms"
        series={latencySeries}
      />
      <MetricsChart
        title="Processor"
        text={`${Math.round(last.cpu)} % of one processor now, ${Math.round(greatestOf(minutes, "cpu"))} % at most`}
        minutes={minutes}
        unit=" %"
        series={cpuSeries}
      />
      <MetricsChart
        title="Memory"
        text={`${Math.round(last.memoryMb)} MB now, ${Math.round(greatestOf(minutes, "memoryMb"))} MB at most`}
        minutes={minutes}
        unit=" MB"
        series={memorySeries}
      />
    </>
  );
}
