import { Link } from "@tanstack/react-router";
import { useActionQuery } from "../live/use-action.ts";
import { formatDay } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import styles from "./memory.module.css";

/**
 * What the agents know of the person, in words; each line leads to its file. It is there while the stack
 * sleeps, too.
 */
export function Remembered() {
  const query = useActionQuery("remembered", {});
  if (!query.data) return query.isError ? <Failed error={query.error} retry={query.refetch} /> : <p className="sub s13">Reading</p>;
  const { facts, decisions } = query.data;
  return (
    <>
      <h2>About you</h2>
      {facts.length === 0 ? (
        <p className="sub s13">Nothing yet. What your agents want to remember about you, they propose first.</p>
      ) : (
        <ul className="s13">
          {facts.map(({ path, title, text, at }) => (
            <li key={path}>
              <Named path={path} title={title} at={at} />
              <p className={styles.fact}>{text}</p>
            </li>
          ))}
        </ul>
      )}
      <h2>Decisions</h2>
      {decisions.length === 0 ? (
        <p className="sub s13">None yet. What you decide with your agents is kept here.</p>
      ) : (
        <ul className="s13">
          {decisions.map(({ path, title, at }) => (
            <li key={path}>
              <Named path={path} title={title} at={at} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
function Named({ path, title, at }: { path: string; title: string; at: number }) {
  return (
    <p className="fx">
      <Link className="link grow t" to="/memories" search={{ path }}>
        {title}
      </Link>
      <span className="s12 sub num">{formatDay(at)}</span>
    </p>
  );
}
