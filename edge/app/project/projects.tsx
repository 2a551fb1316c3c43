import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { ProjectView } from "../../../schema/project/project.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useTitle } from "../shell/page-title.ts";
import { useScreen } from "../shell/screen.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { NewProject } from "./new-project.tsx";
import styles from "./project.module.css";
import { ProjectPicture } from "./project-picture.tsx";
import { describeHealth, describeProjectState, shortAddress } from "./project-words.ts";

/** What the person has had built: how each stands, and where it is seen. */
export function Projects() {
  const query = useActionQuery("projects", {});
  const projects = query.data?.projects ?? [];
  const { new: begins = false } = useSearch({ from: "/project" });
  const navigate = useNavigate();
  useTitle("Projects");
  return (
    <>
      <div className="bar">
        <h1 className="grow">Projects</h1>
        {!begins && (
          <Link className="btn" to="/project" search={{ new: true }}>
            <Plus className="i s14" aria-hidden="true" /> New project
          </Link>
        )}
      </div>
      <ScrollPage label="Projects">
        <div className="narrow col">
          {begins && <NewProject close={() => void navigate({ to: "/project" })} />}
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {projects.length === 0 && !query.isError && !begins && (
            <div className="empty">
              <b className="b">{query.isPending ? "Reading" : "No projects yet"}</b>
              <p className="sub">
                Ask your agent for something that runs, such as a guest book, or begin one from a template. What is built stands here, and
                goes to an address of its own.
              </p>
              {!query.isPending && (
                <Link className="btn" to="/">
                  Ask for something
                </Link>
              )}
            </div>
          )}
          <ul className={styles.projects}>
            {projects.map((project) => (
              <ProjectLine key={project.id} project={project} />
            ))}
          </ul>
        </div>
      </ScrollPage>
    </>
  );
}

function ProjectLine({ project }: { project: ProjectView }) {
  const { ring, text } = describeProjectState(project);
  const { current, address, reason, app } = project;
  const health = describeHealth(app);
  const { phone } = useScreen();
  return (
    <li>
      <Link className="item-row" to="/project/$name" params={{ name: project.name }}>
        {phone ? <Ring state={ring} size={20} label="" /> : <ProjectPicture project={project} />}
        <span className="grow col t">
          <span className="fx">
            <b className="b t grow">{project.name}</b>
            <span className="s13">{text}</span>
          </span>
          <span className="s13 sub t">
            {reason ??
              (project.beginning?.reason ? "It could not be made yet" : project.state === "idle" ? "Nothing of it is online yet" : health)}
          </span>
          {address && (
            <span className="s12 sub t">
              {shortAddress(address)}, {project.published ? "seen by everybody" : "seen by you alone"}
            </span>
          )}
          {current && (
            <span className="s12 sub num t">
              Last release {formatDay(current.servedAt ?? current.createdAt)}, {formatTime(current.servedAt ?? current.createdAt)}
            </span>
          )}
        </span>
      </Link>
    </li>
  );
}
