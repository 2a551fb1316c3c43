import { Link } from "@tanstack/react-router";
import { BookOpen, ChartGantt, Ellipsis, Inbox, MessageSquare } from "lucide-react";
import { useWaiting } from "../approval/pending.ts";
import styles from "./frame.module.css";
import { useScreen } from "./screen.ts";

/** The phone's navigation. */
export function TabBar() {
  const { side, sheet, showPanel, open, close } = useScreen();
  const waiting = useWaiting().n;
  const more = sheet === "more";
  const talk = () => {
    close();
    showPanel(false);
  };
  return (
    <nav className={styles.tabbar} aria-label="Sections">
      <Link to="/" onClick={talk} activeOptions={{ exact: true }} activeProps={{ className: side || more ? "" : "on" }}>
        <MessageSquare className="i" aria-hidden="true" />
        Talk
      </Link>
      <Link to="/inbox" onClick={close} activeProps={{ className: more ? "" : "on" }}>
        <Inbox className="i" aria-hidden="true" />
        Inbox
        {waiting > 0 && (
          <span className="badge wait" title="waiting for you">
            {waiting}
          </span>
        )}
      </Link>
      <Link to="/timeline" onClick={close} activeProps={{ className: more ? "" : "on" }}>
        <ChartGantt className="i" aria-hidden="true" />
        Timeline
      </Link>
      <Link to="/memories" onClick={close} activeProps={{ className: more ? "" : "on" }}>
        <BookOpen className="i" aria-hidden="true" />
        Memory
      </Link>
      <button type="button" className={more ? "on" : ""} aria-pressed={more} onClick={() => (more ? close() : open("more"))}>
        <Ellipsis className="i" aria-hidden="true" />
        More
      </button>
    </nav>
  );
}
