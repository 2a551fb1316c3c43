import { Link } from "@tanstack/react-router";
import { BookOpen, Ellipsis, ListTodo, MessageSquare } from "lucide-react";
import { useScreen } from "./screen.ts";

/** The phone's way around. */
export function TabBar() {
  const { side, sheet, showPanel, open, close } = useScreen();
  const more = sheet === "more";
  const talk = () => {
    close();
    showPanel(false);
  };
  return (
    <nav className="tabbar" aria-label="Sections">
      <Link to="/" onClick={talk} activeOptions={{ exact: true }} activeProps={{ className: side || more ? "" : "on" }}>
        <MessageSquare className="i" aria-hidden="true" />
        Talk
      </Link>
      <Link
        to="/"
        onClick={() => {
          close();
          showPanel(true);
        }}
        className={side && !more ? "on" : ""}
      >
        <ListTodo className="i" aria-hidden="true" />
        Task
      </Link>
      <Link to="/files" onClick={close} activeProps={{ className: more ? "" : "on" }}>
        <BookOpen className="i" aria-hidden="true" />
        Files
      </Link>
      <button type="button" className={more ? "on" : ""} aria-pressed={more} onClick={() => (more ? close() : open("more"))}>
        <Ellipsis className="i" aria-hidden="true" />
        More
      </button>
    </nav>
  );
}
