import { useEffect, useState } from "react";
import { type AppLogLine, appLogLine, mostLogLines } from "../../../schema/release/release-host.ts";
import { restCall } from "../live/api.ts";
import { useServices } from "../live/workspace.ts";

/** Splits what came into whole lines; the rest waits for more. A line that is none of ours is left out. */
export function readLogLines(rest: string, chunk: string): { lines: AppLogLine[]; rest: string } {
  const parts = (rest + chunk).split("\n");
  const left = parts.pop() ?? "";
  const lines = parts.flatMap((part) => {
    try {
      return appLogLine.safeParse(JSON.parse(part)).data ?? [];
    } catch {
      return []; // cut off, or not ours
    }
  });
  return { lines, rest: left.length > mostLineLength ? "" : left };
}
const mostLineLength = 1_000_000;
/** The newest lines, as many as are shown. */
export function addLogLines(before: readonly AppLogLine[], lines: readonly AppLogLine[]): readonly AppLogLine[] {
  return lines.length === 0 ? before : [...before, ...lines].slice(-mostLogLines);
}
/** Milliseconds until a connection that broke is tried again. */
export const logRetry = (failures: number): number => Math.min(15_000, 1_000 * 2 ** Math.min(failures, 10));

const firstLines = 500;
export type Logs = { lines: readonly AppLogLine[]; state: "reading" | "following" | "broken"; error: unknown; retry: () => void };
/** What a project's app prints: its last lines, then each that comes. A broken connection is tried again. */
export function useLogs(project: string, search: string): Logs {
  const { api } = useServices();
  const [lines, setLines] = useState<readonly AppLogLine[]>([]);
  const [state, setState] = useState<Logs["state"]>("reading");
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState({ failures: 0, n: 0 });
  useEffect(() => {
    const stop = new AbortController();
    const query = { follow: "true", lines: firstLines, ...(search ? { search } : {}) } as const;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let { failures } = attempt;
    const follow = async () => {
      const call = restCall("GET", "/projects/{project}/logs", { params: { path: { project }, query } });
      const answer = await api.stream(call, stop.signal);
      failures = 0;
      setState("following");
      setError(undefined);
      setLines([]); // the answer begins with the last lines again
      const reader = answer.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        const next = readLogLines(rest, read.value);
        rest = next.rest;
        setLines((before) => addLogLines(before, next.lines));
      }
    };
    const broke = (cause: unknown) => {
      if (stop.signal.aborted) return;
      setState("broken");
      setError(cause);
      const again = () => setAttempt(({ n }) => ({ failures: failures + 1, n: n + 1 }));
      timer = setTimeout(again, logRetry(failures));
    };
    follow().then(() => broke(undefined), broke);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [api, project, search, attempt]);
  const retry = () => setAttempt(({ n }) => ({ failures: 0, n: n + 1 }));
  return { lines, state, error, retry };
}
