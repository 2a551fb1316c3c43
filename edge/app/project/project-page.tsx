import { Link, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { lazy, Suspense } from "react";
import type { z } from "zod";
import type { projectDetail } from "../../../schema/project/project.ts";
import { useActionQuery } from "../live/use-action.ts";
import { ProjectReleases } from "../release/project-releases.tsx";
import { useTitle } from "../shell/page-title.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import styles from "./project.module.css";
import { ProjectChecks } from "./project-checks.tsx";
import { ProjectLogs } from "./project-logs.tsx";
import { ProjectOverview } from "./project-overview.tsx";
import { ProjectSettings } from "./project-settings.tsx";
import { projectTabs, projectTabTitles } from "./project-tabs.ts";
import { describeProjectState } from "./project-words.ts";

const Monitoring = lazy(() => import("../incident/incidents.tsx").then((part) => ({ default: part.Monitoring })));
const ProjectMetrics = lazy(() => import("./project-metrics.tsx").then((part) => ({ default: part.ProjectMetrics })));

export type ProjectDetail = z.infer<typeof projectDetail>;

/** One project: what runs of it, its releases, what it prints and needs, what proves it, and its settings. */
export function ProjectPage() {
  const { name } = useParams({ from: "/project/$name" });
  const { tab = "overview" } = useSearch({ from: "/project/$name" });
  const query = useActionQuery("project", { project: name });
  const detail = query.data;
  const standing = detail && describeProjectState(detail.project);
  useTitle(`${detail?.project.name ?? name}, ${projectTabTitles[tab]}`);
  return (
    <>
      <div className="bar">
        <Link to="/project" className="ib" aria-label="All projects">
          <ArrowLeft className="i" aria-hidden="true" />
        </Link>
        {standing && <Ring state={standing.ring} label="" />}
        <h1 className="t">{detail?.project.name ?? name}</h1>
        {standing && <span className="sub s13 nowrap">{standing.text}</span>}
      </div>
      <nav aria-label="Views" className={`tabs ${styles.views}`}>
        {projectTabs.map((view) => (
          <Link key={view} to="/project/$name" params={{ name }} search={{ tab: view }} aria-current={tab === view ? "page" : undefined}>
            {projectTabTitles[view]}
          </Link>
        ))}
      </nav>
      <ScrollPage label={projectTabTitles[tab]}>
        <div className={`narrow col ${styles.project}`}>
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {!detail && !query.isError && <p className="sub s13">Reading</p>}
          {detail && (
            <Suspense fallback={<p className="sub s13">Reading</p>}>
              {tab === "overview" && <ProjectOverview detail={detail} />}
              {tab === "releases" && <ProjectReleases project={detail.project} />}
              {tab === "logs" && <ProjectLogs project={detail.project} />}
              {tab === "metrics" && <ProjectMetrics project={detail.project} />}
              {tab === "monitoring" && <Monitoring project={detail.project} />}
              {tab === "checks" && <ProjectChecks detail={detail} />}
              {tab === "settings" && <ProjectSettings detail={detail} />}
            </Suspense>
          )}
        </div>
      </ScrollPage>
    </>
  );
}
