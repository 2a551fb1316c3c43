import { useState } from "react";
import type { ProjectView } from "../../../schema/project/project.ts";
import type { AppLogLine } from "../../../schema/release/release-host.ts";
import { failureText } from "../live/use-action.ts";
import { formatTime } from "../ui/format.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import { longLog } from "../ui/printed-log.tsx";
import { Ring } from "../ui/ring.tsx";
import { useDebounced } from "../ui/use-debounced.ts";
import { describeCrash, useLastCrash } from "./last-crash.ts";
import { useLogs } from "./log-lines.ts";
import styles from "./project.module.css";
import { useScrollEnd } from "./use-scroll-end.ts";

/** What the app prints, as it comes, or printed until its last crash; a word narrows it. */
export function ProjectLogs({ project }: { project: ProjectView }) {
  const [words, setWords] = useState("");
  const [wantsCrash, setWantsCrash] = useState(false);
  const search = useDebounced(words.trim(), 300);
  const { lines: followed, state, error, retry } = useLogs(project.name, search);
  const last = useLastCrash(project.name, followed);
  const crash = wantsCrash ? last : undefined;
  const lines = crash ? crash.lines.filter(({ text }) => text.toLowerCase().includes(search.toLowerCase())) : followed;
  const end = useScrollEnd(lines);
  const newest = project.current?.id;
  return (
    <>
      <div className="fx wrap">
        <input
          className={`inp ${styles.find}`}
          type="search"
          aria-label="Lines that hold this text"
          placeholder="Find in what it printed"
          maxLength={200}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <span className="fx s13 sub" role="status">
          <Ring state={state === "following" ? "working" : state === "broken" ? "stale" : "idle"} size={12} label="" />
          {state === "following" ? "Follows" : state === "reading" ? "Reading" : "Not connected, tried again soon"}
        </span>
        {state === "broken" && (
          <button type="button" className="btn xs" onClick={retry}>
            Try now
          </button>
        )}
        {last && (
          <button type="button" className="chip" aria-pressed={crash !== undefined} onClick={() => setWantsCrash(!crash)}>
            Last crash
          </button>
        )}
      </div>
      {crash && (
        <p className="s13" role="status">
          {describeCrash(crash)}
        </p>
      )}
      {state === "broken" && error !== undefined && (
        <p className="c-bad s13" role="alert">
          {failureText(error)}
        </p>
      )}
      {lines.length > 0 ? (
        <section
          className={longLog}
          ref={end}
          aria-label={crash ? "What it printed until its last crash" : "What it printed"}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
          tabIndex={0}
        >
          <ol>
            {keyedByIndex(
              lines.map((line) => (
                <>
                  <LogLine line={line} earlier={line.release !== newest} />
                </>
              )),
              "li",
            )}
          </ol>
        </section>
      ) : (
        <div className="empty">
          <b className="b">
            {crash || state === "following"
              ? search
                ? "No line holds this"
                : "It has printed nothing yet"
              : state === "broken"
                ? "No lines"
                : "Reading"}
          </b>
          <p className="sub">
            {project.current
              ? "What the app prints to its output stands here, line by line."
              : "Nothing of it is online yet, so nothing is printed."}
          </p>
        </div>
      )}
    </>
  );
}

function LogLine({ line: { at, stream, text }, earlier }: { line: AppLogLine; earlier: boolean }) {
  return (
    <span className={stream === "err" ? "c-bad" : stream === "platform" ? "sub" : ""}>
      <time className="sub">{formatTime(at)}</time> {earlier && <em className="sub">earlier </em>}
      {text}
    </span>
  );
}
