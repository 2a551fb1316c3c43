import { Link } from "@tanstack/react-router";
import type { SearchHit } from "../../../schema/search/search.ts";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { failureText, useActionQuery } from "../live/use-action.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { useDebounced } from "../ui/use-debounced.ts";
import styles from "./memory.module.css";

const sourceNames: Record<SearchHit["source"], string> = {
  memory: "Memory",
  files: "File",
  messages: "Conversation",
  decisions: "Decision",
};

/** The search's hits, each with its place. */
export function MemoryHits({ words, leave }: { words: string; leave: () => void }) {
  const query = useDebounced(words.trim(), 150);
  const search = useActionQuery("search", { query: query.slice(0, 400), limit: 50 }, { on: query !== "" });
  const hits = search.data?.hits ?? [];
  return (
    <div className="pad">
      <div className="s12 sub num" role="status">
        <p>
          {search.isError
            ? failureText(search.error)
            : search.isPending
              ? "Searching"
              : `${hits.length} ${hits.length === 1 ? "place" : "places"}${search.data?.behind ? ", the newest is still being read" : ""}`}
        </p>
        {search.data?.partial && (
          <p>Searched only in part: a repository has more files than are read. What you miss here may be in one that was not.</p>
        )}
      </div>
      {search.data && hits.length === 0 && (
        <div className="empty s13">
          <b className="b">Nothing found</b>
          <p className="sub">Memory, project files{search.data.partial && " in part"}, messages and decisions were searched.</p>
        </div>
      )}
      <ul className={styles.hits}>
        {hits.map((hit) => (
          <li key={`${hit.repo}${hit.path}${hit.line}${hit.seq}`}>
            <HitLine hit={hit} leave={leave} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function HitLine({ hit, leave }: { hit: SearchHit; leave: () => void }) {
  const where = hit.path ? `${hit.path}:${hit.line ?? 1}` : `${formatDay(hit.at)}, ${formatTime(hit.at)}`;
  const inside = (
    <>
      <span className="fx">
        <b className="med grow t">{hit.title}</b>
        <span className="chip">{sourceNames[hit.source]}</span>
      </span>
      <span className={`s13 ${styles.excerpt}`}>{hit.excerpt}</span>
      <span className="s12 sub t">{where}</span>
    </>
  );
  if (hit.path && hit.repo === memoryRepository)
    return (
      <Link to="/memories" search={{ path: hit.path, line: hit.line ?? 1 }} onClick={leave}>
        {inside}
      </Link>
    );
  if (hit.path && hit.repo)
    return (
      <Link to="/files" search={{ repo: hit.repo, path: hit.path }}>
        {inside}
      </Link>
    );
  const at = hit.seq === null ? {} : { at: hit.seq };
  return hit.agent ? (
    <Link to="/c/$agent" params={{ agent: hit.agent }} search={at}>
      {inside}
    </Link>
  ) : (
    <Link to="/" search={at}>
      {inside}
    </Link>
  );
}
