import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { AppLogLine } from "../../../schema/release/release-host.ts";
import { restCall } from "../live/api.ts";
import { useServices } from "../live/workspace.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { readLogLines } from "./log-lines.ts";

/** What an app printed until its process last ended by itself; the last line tells that. */
export type LastCrash = { lines: readonly AppLogLine[]; end: AppLogLine };
/** Undefined where it never crashed, or that is not known. Each end among `followed` has it asked again. */
export function useLastCrash(project: string, followed: readonly AppLogLine[]): LastCrash | undefined {
  const { api } = useServices();
  const newest = followed.findLast(({ ended }) => ended !== undefined)?.at;
  const query = useQuery({
    queryKey: ["project", "crash", project],
    queryFn: async ({ signal }) => {
      const call = restCall("GET", "/projects/{project}/logs", { params: { path: { project }, query: { crash: "last" } } });
      return readLogLines("", await new Response(await api.stream(call, signal)).text()).lines;
    },
  });
  const { refetch } = query;
  useEffect(() => {
    if (newest !== undefined) void refetch();
  }, [newest, refetch]);
  const end = query.data?.at(-1);
  return query.data && end?.ended ? { lines: query.data, end } : undefined;
}
/** When it was, and with which exit code. */
export function describeCrash({ end: { at, ended } }: LastCrash): string {
  const code = ended?.code === undefined ? "its exit code is not known" : `exit code ${ended.code}`;
  return `It crashed on ${formatDay(at)} at ${formatTime(at)}, ${code}. This is what it printed until then.`;
}
